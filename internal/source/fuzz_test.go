package source

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
)

// readBytes reads text as standard input, with every line allowed to be bad.
func readBytes(t *testing.T, text []byte) (ids []string, stats Stats, err error) {
	t.Helper()
	s, err := Open(Stdin, Options{Stdin: bytes.NewReader(text), InvalidShare: 1})
	if err != nil {
		t.Fatal(err)
	}
	for id, e := range s.IDs() {
		if e != nil {
			err = e
			continue
		}
		ids = append(ids, id)
	}
	stats = s.Stats()
	if stats.Valid != len(ids) || stats.Valid+stats.Rejected > stats.Lines {
		t.Errorf("%d IDs, stats %+v", len(ids), stats)
	}
	return ids, stats, err
}

// FuzzText compares with the shortest program that reads lines.
func FuzzText(f *testing.F) {
	f.Add([]byte("a1\r\n\n # x\nb2"))
	f.Add([]byte("\xef\xbb\xbfa1\n"))
	f.Add([]byte("\x1f\x8b"))
	f.Fuzz(func(t *testing.T, text []byte) {
		ids, _, err := readBytes(t, fmt.Appendf(nil, "first\n%s\n", text))
		if bytes.IndexByte(text, 0) >= 0 {
			if err == nil {
				t.Error("a NUL byte was read")
			}
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		want := []string{"first"}
		for line := range strings.SplitSeq(string(text), "\n") {
			if line = strings.TrimSpace(line); line != "" && line[0] != '#' && len(line) < maxLine/2 {
				want = append(want, line)
			}
		}
		if len(text) < maxLine/2 && strings.Join(ids, "\n") != strings.Join(want, "\n") {
			t.Errorf("IDs are %q, want %q", ids, want)
		}
	})
}

// FuzzCSV compares with encoding/csv on the whole text: where that reads it
// without a complaint, the IDs are the same.
func FuzzCSV(f *testing.F) {
	f.Add([]byte("x,a1\n\"y\nz\",b2\n"))
	f.Add([]byte("\"a\"\"b\",c\r\n,\n"))
	f.Add([]byte("a\"b,\"c\nd\",e\n\"x\ny"))
	f.Fuzz(func(t *testing.T, text []byte) {
		if bytes.IndexByte(text, 0) >= 0 || len(text) > maxLine/2 {
			return
		}
		text = fmt.Appendf(nil, "name,task_id\n%s\n", text) // whole: what is cut off is judged more strictly
		ids, stats, err := readBytes(t, text)
		if err != nil && !errors.Is(err, errUnclosed) {
			t.Fatal(err)
		}
		whole := csv.NewReader(bytes.NewReader(text))
		records, fault := whole.ReadAll()
		if fault != nil {
			return
		}
		if err != nil {
			t.Fatalf("encoding/csv reads it: %v", err)
		}
		var want []string
		for _, r := range records[1:] {
			if id := strings.TrimSpace(r[1]); id != "" {
				want = append(want, id)
			}
		}
		if strings.Join(ids, "\x00") != strings.Join(want, "\x00") {
			t.Errorf("IDs are %q, want %q", ids, want)
		}
		if stats.Valid+stats.Rejected > len(records)-1 {
			t.Errorf("%+v of %d records", stats, len(records)-1)
		}
	})
}

// FuzzJSONLines checks that what is read is a string of the line.
func FuzzJSONLines(f *testing.F) {
	f.Add([]byte(`{"task_id":"a1","id":5}`))
	f.Add([]byte(`"\ud800"`))
	f.Add([]byte(`{"id":{"id":"a1"}} `))
	f.Fuzz(func(t *testing.T, line []byte) {
		if bytes.ContainsAny(line, "\n\x00") || len(line) > maxLine/2 {
			return
		}
		ids, _, err := readBytes(t, append([]byte("\"first\"\n"), line...))
		if err != nil || len(ids) == 0 || ids[0] != "first" {
			t.Fatalf("IDs %q, error %v", ids, err)
		}
		if len(ids) == 1 {
			return
		}
		var v any
		if err := json.Unmarshal(line, &v); err != nil {
			t.Fatalf("the ID %q out of what is not JSON", ids[1])
		}
		switch v := v.(type) {
		case string:
			if v != ids[1] {
				t.Errorf("the ID is %q", ids[1])
			}
		case map[string]any:
		default:
			t.Errorf("the ID %q out of a %T", ids[1], v)
		}
	})
}
