package source

import (
	"bytes"
	"compress/gzip"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	space "unicode"

	"golang.org/x/text/encoding/unicode"
)

// checkWord is a rule as the client's is: what can stand in a URL.
func checkWord(id string) error {
	for _, c := range []byte(id) {
		if !isDigit(c) && (c|0x20 < 'a' || c|0x20 > 'z') && c != '-' && c != '_' {
			return fmt.Errorf("byte %q", c)
		}
	}
	if len(id) > 128 {
		return errors.New("too long")
	}
	return nil
}

// readBytes reads text as a file of that name, with every line allowed to be bad.
func readBytes(t *testing.T, name string, text []byte) (ids []string, stats Stats, err error) {
	t.Helper()
	s, err := Open(t.Context(), Stdin, Options{Check: checkWord, InvalidShare: 1, Stdin: bytes.NewReader(text)})
	if err != nil {
		t.Fatal(err)
	}
	s.path = name
	for id, e := range s.IDs() {
		if err != nil {
			t.Fatal("there is something after an error")
		}
		if e != nil {
			err = e
			continue
		}
		if id == "" || checkWord(id) != nil || id != Fold(id) {
			t.Errorf("the ID %q", id)
		}
		ids = append(ids, id)
	}
	stats = s.Stats()
	if stats.Valid != len(ids) {
		t.Errorf("%d IDs, stats %+v", len(ids), stats)
	}
	if MachineFault(err) {
		t.Errorf("a fault of the machine: %v", err)
	}
	return ids, stats, err
}

// FuzzText compares with the shortest program that reads lines.
func FuzzText(f *testing.F) {
	f.Add([]byte("a1\r\n\n # x\nb2"))
	f.Add([]byte("\xef\xbb\xbfa1\n"))
	f.Add([]byte("=\"00a1\";;\n\"b2\",\"\"\nc3\t\t\n"))
	f.Add([]byte("https://x/task/1\n1.5E+31\n12345678901234567890\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		if len(text) > maxLine/2 {
			return
		}
		ids, _, err := readBytes(t, "a.txt", fmt.Appendf(nil, "first\n%s\n", text))
		if bytes.IndexByte(text, 0) >= 0 && err == nil {
			t.Error("a NUL byte was read")
		}
		want := []string{"first"}
		for line := range strings.SplitSeq(string(text), "\n") {
			line = strings.TrimPrefix(strings.TrimSuffix(line, "\r"), mark)
			plain := strings.TrimFunc(line, func(c rune) bool { return space.IsSpace(c) || strings.ContainsRune(`=",;|`, c) }) // the cell, if the row has only one
			if plain != "" && checkWord(plain) == nil && !strings.HasPrefix(strings.TrimSpace(line), "#") {
				want = append(want, Fold(plain))
			}
		}
		if !isPart(ids, want) {
			t.Errorf("IDs are %q, which are not all of %q", ids, want)
		}
		if len(bytes.Trim(text, "abcdef0\r\n")) == 0 && (err != nil || !slices.Equal(ids, want)) {
			t.Errorf("IDs are %q, want %q (%v)", ids, want, err)
		}
	})
}

// isPart reports whether part is all, with some left out.
func isPart(part, all []string) bool {
	for _, p := range part {
		i := slices.Index(all, p)
		if i < 0 {
			return false
		}
		all = all[i+1:]
	}
	return true
}

// FuzzCSV compares with encoding/csv on the whole text: where that reads it
// without a complaint, the IDs are the same.
func FuzzCSV(f *testing.F) {
	f.Add([]byte("x,a1\n\"y\nz\",b2\n"), byte(0))
	f.Add([]byte("\"a\"\"b\",c\r\n,\n"), byte(0))
	f.Add([]byte("a\"b,\"c\nd\",e\n\"x\ny"), byte(0))
	f.Add([]byte("x;=\"00a1\";\n;;\ny;\"b2\"\nz\n"), byte(1))
	f.Add([]byte("x\ta1\t\t\nname\ttask_id\ny\tid\n"), byte(2))
	f.Fuzz(func(t *testing.T, text []byte, which byte) {
		if bytes.IndexByte(text, 0) >= 0 || len(text) > maxLine/2 {
			return
		}
		sep := separators[int(which)%len(separators)]
		text = fmt.Appendf(nil, "name%ctask_id\nx%cfirst\n%s\n", sep, sep, text) // whole: what is cut off is judged more strictly
		ids, stats, err := readBytes(t, "a.csv", text)
		whole := csv.NewReader(bytes.NewReader(text))
		whole.Comma, whole.FieldsPerRecord = rune(sep), -1
		records, fault := whole.ReadAll()
		if fault != nil || bytes.Contains(text, []byte(`="`)) || bytes.Contains(text, []byte(mark)) {
			return
		}
		if errors.Is(err, errUnclosed) {
			t.Fatalf("encoding/csv reads it: %v", err)
		}
		var want []string
		for _, r := range records[1:] {
			if len(r) > 1 && isBlank(trimmed(r[min(len(r), 2):])) {
				if id := strings.TrimSpace(r[1]); id != "" && checkWord(id) == nil && id != "task_id" {
					want = append(want, Fold(id))
				}
			}
		}
		if err != nil && !isPart(ids, want) || err == nil && !slices.Equal(ids, want) {
			t.Errorf("IDs are %q, want %q (%v)", ids, want, err)
		}
		if stats.Valid+stats.Rejected > len(records)-1 {
			t.Errorf("%+v of %d records", stats, len(records)-1)
		}
	})
}

func trimmed(cells []string) []string {
	for i, c := range cells {
		cells[i] = strings.TrimSpace(c)
	}
	return cells
}

// FuzzJSON checks that what is read is a string of the JSON, as encoding/json reads it:
// as a whole, or line by line.
func FuzzJSON(f *testing.F) {
	f.Add([]byte(`{"tasks":[{"task_id":"a1"},{"task_id":"b2"}],"total":2}`))
	f.Add([]byte("[\"a1\",\n {\"id\":\"b2\"}, 5, {}]\n[\"c3\"]"))
	f.Add([]byte(`{"data":[{"id":"a1"}]}`))
	f.Add([]byte("{\n \"task_id\": \"a1\"\n}\n{\"task_id\":\"b2\"}"))
	f.Add([]byte(`{"tasks":null,"total":0}`))
	f.Fuzz(fuzzJSON)
}

// FuzzJSONLines is FuzzJSON behind a first line that makes it JSON Lines.
func FuzzJSONLines(f *testing.F) {
	f.Add([]byte(`{"task_id":"a1","id":5}`))
	f.Add([]byte(`"\ud800"`))
	f.Add([]byte(`{"id":{"id":"a1"}} `))
	f.Add([]byte("\v\"a1\""))
	f.Fuzz(func(t *testing.T, text []byte) { fuzzJSON(t, append([]byte("\"first\"\n"), text...)) })
}

func fuzzJSON(t *testing.T, text []byte) {
	if len(text) > maxLine/2 {
		return
	}
	ids, _, err := readBytes(t, "a.jsonl", text)
	there := strings.Fields(strings.Join(stringsIn(text), " "))
	for line := range bytes.SplitSeq(text, []byte("\n")) {
		line = bytes.TrimSpace(bytes.TrimPrefix(line, []byte(mark)))
		if json.Valid(line) {
			there = append(there, stringsIn(line)...)
		}
	}
	for _, id := range ids {
		if !slices.ContainsFunc(there, func(s string) bool { return Fold(s) == id }) {
			t.Errorf("the ID %q is no string of it (%v)", id, err)
		}
	}
}

// stringsIn returns all strings of JSON, up to where it is none.
func stringsIn(text []byte) (all []string) {
	dec := json.NewDecoder(bytes.NewReader(bytes.ReplaceAll(text, []byte(mark), nil)))
	for {
		token, err := dec.Token()
		if err != nil {
			return all
		}
		if s, ok := token.(string); ok {
			all = append(all, s)
		}
	}
}

// FuzzBytes reads anything as a file of any name: whatever it is, no ID is read that
// does not stand in it.
func FuzzBytes(f *testing.F) {
	names := []string{"a.txt", "a.csv", "a.jsonl", "a.json", "a.tsv", "a.gz"}
	utf16 := func(order unicode.Endianness, text string) []byte {
		wide, err := unicode.UTF16(order, unicode.UseBOM).NewEncoder().String(text)
		if err != nil {
			f.Fatal(err)
		}
		return []byte(wide)
	}
	f.Add([]byte(zip(f, "a1\nb2\n")), byte(0))
	f.Add(utf16(unicode.LittleEndian, "Task ID\tName\r\na1\tx\r\n"), byte(1))
	f.Add(utf16(unicode.BigEndian, "a1\r\nb2\r\n"), byte(0))
	f.Add([]byte("sep=;\r\nid;name\r\n=\"00a1\";x\r\n;;\r\n"), byte(1))
	f.Add([]byte("PK\x03\x04xl/"), byte(0))
	f.Add([]byte("\xef\xbb\xbfid\na1\n\xef\xbb\xbfid\nb2\n"), byte(1))
	f.Fuzz(func(t *testing.T, text []byte, which byte) {
		ids, _, _ := readBytes(t, names[int(which)%len(names)], text)
		plain := plainText(text)
		if bytes.IndexByte(plain, '\\') >= 0 { // JSON may spell an ID so
			return
		}
		for _, id := range ids {
			if !bytes.Contains(bytes.ToLower(plain), []byte(strings.ToLower(id))) {
				t.Errorf("the ID %q does not stand in %q", id, plain)
			}
		}
	})
}

// plainText returns text decompressed and decoded, as far as it can be.
func plainText(text []byte) []byte {
	if r, err := gzip.NewReader(bytes.NewReader(text)); err == nil {
		text, _ = io.ReadAll(io.LimitReader(r, 1<<20))
	}
	if order, found := wide(text); found {
		text, _ = unicode.UTF16(order, unicode.UseBOM).NewDecoder().Bytes(text)
	}
	return text
}
