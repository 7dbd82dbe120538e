package source

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// checkHex is a rule like the service's: lower-case hexadecimal digits.
func checkHex(id string) error {
	if strings.Trim(id, "0123456789abcdef") != "" {
		return fmt.Errorf("%q is not hexadecimal", id)
	}
	return nil
}

// outcome is all that a source said.
type outcome struct {
	ids     []string
	stats   Stats
	rejects []Reject
	digest  string
	err     error
}

// readAll reads text from a file of that name; all lines may be invalid.
func readAll(t testing.TB, name, text string) outcome {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return readPath(t, path, Options{Check: checkHex, InvalidShare: 1})
}

// readPath reads the source at path.
func readPath(t testing.TB, path string, o Options) outcome {
	t.Helper()
	s, err := Open(t.Context(), path, o)
	if err != nil {
		t.Fatal(err)
	}
	var out outcome
	for id, err := range s.IDs() {
		if out.err != nil {
			t.Fatal("there is something after an error")
		}
		if err != nil {
			out.err = err
			continue
		}
		out.ids = append(out.ids, id)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	out.stats, out.rejects, out.digest = s.Stats(), s.rejects.kept, s.Digest()
	for i := range out.rejects {
		if out.rejects[i].Source != s.Name() {
			t.Errorf("reject names the source %q", out.rejects[i].Source)
		}
		out.rejects[i].Source = ""
	}
	return out
}

// zip compresses text as one member of gzip.
func zip(t testing.TB, text string) string {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := io.WriteString(w, text); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestFormats(t *testing.T) {
	const bom = "\xef\xbb\xbf"
	for _, row := range []struct {
		name, file, text string
		want             []string
	}{
		{"empty", "a.txt", "", nil},
		{"blank", "a.txt", "\n \n\t\r\n", nil},
		{"lines", "a.txt", "a1\nb2\n", []string{"a1", "b2"}},
		{"no end to the last line", "a.txt", "a1\nb2", []string{"a1", "b2"}},
		{"CRLF, blanks and white space", "a.txt", "\r\n a1\r\n\r\n\tb2 \r\n", []string{"a1", "b2"}},
		{"byte order mark", "a.txt", bom + "a1\nb2\n", []string{"a1", "b2"}},
		{"comments", "a.txt", "# a header\na1\n  # more\nb2\n", []string{"a1", "b2"}},
		{"duplicates are left to others", "a.txt", "a1\na1\n", []string{"a1", "a1"}},
		{"any extension", "a.list", "a1\n", []string{"a1"}},

		{"CSV", "a.csv", "name,task_id\nx,a1\ny,b2\n", []string{"a1", "b2"}},
		{"CSV with a mark", "a.csv", bom + "task_id,name\r\na1,x\r\n", []string{"a1"}},
		{"CSV by its first line", "a.txt", "name,taskId\nx,a1\n", []string{"a1"}},
		{"CSV with one column", "a.txt", "id\na1\n", []string{"a1"}},
		{"CSV with a quoted header", "a", `"task-id","name"` + "\n\"a1\",x\n", []string{"a1"}},
		{"the most telling column counts", "a.csv", "id,task_id\nrow 3,a1\n", []string{"a1"}},
		{"the same in two columns", "a.csv", "id,task_id\na1,a1\n", []string{"a1"}},
		{"columns in upper case, with spaces", "a.csv", "Name, TASK_ID \nx, a1 \n", []string{"a1"}},
		{"quotes and line ends in CSV", "a.csv", "name,id\n\"x, \"\"y\"\"\n\nz\",a1\n\n\"\",b2\n", []string{"a1", "b2"}},
		{"no end to the last line of a CSV", "a.csv", "name,id\nx,a1\ny,b2", []string{"a1", "b2"}},
		{"a CSV cut behind its last ID", "a.csv", "id,name\na1a1,x\nb2,y", []string{"a1a1", "b2"}},
		{"a CSV cut behind the quote of its last ID", "a.csv", "name,id\nx,a1a1\ny,\"b2\"", []string{"a1a1", "b2"}},
		{"a shorter ID that is whole in CSV", "a.csv", "name,id\nx,a1a1\ny,b2\n", []string{"a1a1", "b2"}},
		{"CSV with a header alone", "a.csv", "id,name\n", nil},
		{"CSV without anything", "a.csv", "", nil},
		{"long CSV record", "a.csv", "id,name\na1," + strings.Repeat("x", 9_000) + "\nb2,y\n", []string{"a1", "b2"}},

		{"JSON strings", "a.jsonl", "\"a1\"\n\n \"b2\" \n", []string{"a1", "b2"}},
		{
			"JSON objects", "a.ndjson", `{"task_id":"a1","x":[1,{}]}` + "\n" + `{"taskId":"b2"}` + "\r\n" + `{"id":"c3"}` + "\n" + `{"task-id":"d4"}`,
			[]string{"a1", "b2", "c3", "d4"},
		},
		{"JSON by its first line", "a.txt", "\n{\"id\":\"a1\"}\n\"b2\"\n", []string{"a1", "b2"}},
		{"JSON strings by the first line", "a.txt", "\"a1\"\n{\"id\":\"b2\"}\n", []string{"a1", "b2"}},
		{"the most telling key counts", "a.jsonl", `{"id":5,"task_id":"a1","taskId":null}`, []string{"a1"}},
		{"escapes in JSON", "a.jsonl", `"\u0061\u0031"`, []string{"a1"}},

		{"gzip", "a.txt", zip(t, "a1\nb2\n"), []string{"a1", "b2"}},
		{"gzip by name", "a.CSV.gz", zip(t, "n,id\nx,a1\n"), []string{"a1"}},
		{"gzip of JSON Lines", "a.jsonl.gz", zip(t, "\"a1\"\n"), []string{"a1"}},
		{"gzip, several members", "a.gz", zip(t, "a1\nb") + zip(t, "2\n") + zip(t, "") + zip(t, "c3"), []string{"a1", "b2", "c3"}},
		{"gzip of nothing", "a.gz", zip(t, ""), nil},
		{"gzip with a mark inside", "a.gz", zip(t, bom+"a1\n"), []string{"a1"}},
		{"gzip by name alone is text", "a.gz", "a1\n", []string{"a1"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			got := readAll(t, row.file, row.text)
			if got.err != nil {
				t.Fatal(got.err)
			}
			if diff := cmp.Diff(row.want, got.ids); diff != "" {
				t.Errorf("IDs (-want +got):\n%s", diff)
			}
			if len(got.rejects) != 0 || got.stats.Valid != len(row.want) || got.stats.Rejected != 0 {
				t.Errorf("stats %+v, rejects %+v", got.stats, got.rejects)
			}
			if sum := sha256.Sum256([]byte(row.text)); got.digest != hex.EncodeToString(sum[:]) {
				t.Errorf("the digest is %s, want that of the whole file, %x", got.digest, sum)
			}
		})
	}
}

func TestRejects(t *testing.T) {
	long := strings.Repeat("ab", maxLine/2)
	for _, row := range []struct {
		name, file, text string
		ids              int
		want             []Reject
	}{
		{"a bad ID", "a.txt", "a1\n# x\n\nxyz\nb2\n", 2, []Reject{{Line: 4, Text: "xyz", Reason: `"xyz" is not hexadecimal`}}},
		{"a long line", "a.txt", "a1\n" + long + long + "\nb2\n", 2, []Reject{{Line: 2, Text: long[:maxReject], Reason: tooLong}}},
		{"a long last line", "a.txt", "a1\n" + long, 1, []Reject{{Line: 2, Text: long[:maxReject], Reason: tooLong}}},
		{"a file that only lacks its last line end", "a.txt", "a1a1\nb2b2", 2, nil},
		{"one short ID without a line end", "a.txt", "a1", 1, nil},
		{"a line that is just not too long", "a.txt", long[:maxLine-1] + "\n", 1, nil},
		{"what cannot be printed", "a.txt", "\x1b[31m\xff\u202e\u00e9\n", 0, []Reject{
			{Line: 1, Text: "\ufffd[31m\ufffd\ufffd\u00e9", Reason: `"\x1b[31m\xff\u202eé" is not hexadecimal`},
		}},
		{
			"too few and too many fields", "a.csv", "name,id\nx,a1\nb2\nc3,y,z\n,d4\n", 2,
			[]Reject{
				{Line: 3, Text: "b2", Reason: "no task ID: the row is too short"},
				{Line: 4, Text: "c3,y,z", Reason: "3 fields, where the header has 2"},
			},
		},
		{
			"quotes out of place", "a.csv", "id,name\na\"1,x\n\"b2\"x,\nc3,\"y\"\n", 1,
			[]Reject{{Line: 2, Text: `a"1,x`, Reason: "a quote out of place"}, {Line: 3, Text: `"b2"x,`, Reason: "a quote out of place"}},
		},
		{
			"a quote out of place before one that is open", "a.csv", "id,name\na\"1,\"x\ny\"\nc3,z\n", 1,
			[]Reject{{Line: 2, Text: "a\"1,\"x\ufffdy\"", Reason: "a quote out of place"}},
		},
		{
			"line numbers behind quoted line ends", "a.csv", "id,name\na1,\"x\r\n\r\n\"\r\nzz,y\r\n\"z\nz\",y\n", 1,
			[]Reject{
				{Line: 5, Text: "zz,y", Reason: `"zz" is not hexadecimal`},
				{Line: 6, Text: "\"z\ufffdz\",y", Reason: `"z\nz" is not hexadecimal`},
			},
		},
		{"no ID in CSV", "a.csv", "id,name\n,x\n\"\",y\n", 0, []Reject{
			{Line: 2, Text: ",x", Reason: "no task ID"}, {Line: 3, Text: `"",y`, Reason: "no task ID"},
		}},
		{"a long line in CSV", "a.csv", "id,name\na1," + long + "\nb2,x\n", 1, []Reject{
			{Line: 2, Text: ("a1," + long)[:maxReject], Reason: tooLong},
		}},
		{
			"JSON of other kinds", "a.jsonl", "5\nnull\n[\"a1\"]\n{\"name\":\"x\"}\n{\"id\":7}\n{\"id\":null}\n\"\"\n{\"id\":\" \"}\n\"a1\"\n", 1,
			[]Reject{
				{Line: 1, Text: "5", Reason: "the task ID is not a string"},
				{Line: 2, Text: "null", Reason: "the task ID is not a string"},
				{Line: 3, Text: `["a1"]`, Reason: "the task ID is not a string"},
				{Line: 4, Text: `{"name":"x"}`, Reason: "no key " + naming{}.String()},
				{Line: 5, Text: `{"id":7}`, Reason: "the task ID is not a string"},
				{Line: 6, Text: `{"id":null}`, Reason: "no key " + naming{}.String()},
				{Line: 7, Text: `""`, Reason: "no task ID"},
				{Line: 8, Text: `{"id":" "}`, Reason: `" " is not hexadecimal`},
			},
		},
		{
			"what is not JSON", "a.jsonl", "a1\n{\"id\":\"a1\"\n\"a1\" \"b2\"\n{\"id\":\"a1\"}}\n'a1'\n", 0,
			[]Reject{
				{Line: 1, Text: "a1", Reason: "not JSON"},
				{Line: 2, Text: `{"id":"a1"`, Reason: "not JSON"},
				{Line: 3, Text: `"a1" "b2"`, Reason: "not JSON"},
				{Line: 4, Text: `{"id":"a1"}}`, Reason: "not JSON"},
				{Line: 5, Text: `'a1'`, Reason: "not JSON"},
			},
		},
		{"a long line of JSON", "a.jsonl", `"` + long + "\"\n\"a1\"\n", 1, []Reject{
			{Line: 1, Text: (`"` + long)[:maxReject], Reason: tooLong},
		}},
	} {
		t.Run(row.name, func(t *testing.T) {
			got := readAll(t, row.file, row.text)
			if _, refused := errors.AsType[*RefusedError](got.err); refused != (row.ids == 0) || got.err != nil && !refused {
				t.Fatal(got.err)
			}
			if diff := cmp.Diff(row.want, got.rejects); diff != "" {
				t.Errorf("rejects (-want +got):\n%s", diff)
			}
			if len(got.ids) != row.ids || got.stats.Valid != row.ids || got.stats.Rejected != len(row.want) {
				t.Errorf("%d IDs, stats %+v", len(got.ids), got.stats)
			}
			if want := strings.Count(strings.TrimSuffix(row.text, "\n"), "\n") + 1; got.stats.Lines != want {
				t.Errorf("%d lines, want %d", got.stats.Lines, want)
			}
		})
	}
}

// Faults of the source end the reading, however many lines may be invalid.
func TestFaults(t *testing.T) {
	zipped := zip(t, strings.Repeat("a1\n", 1_000))
	corrupt := []byte(zipped)
	corrupt[len(corrupt)-6] ^= 1 // in the checksum
	for _, row := range []struct{ name, file, text, want string }{
		{"a NUL byte", "a.txt", "a1\nb\x002\n", "behind line 1: there is a NUL byte"},
		{"a CSV cut inside its last ID", "a.csv", "n,id\nx,a1a1\ny,b2b2\nz,c3c", "cut off"},
		{"a CSV of one column cut inside its last ID", "a.csv", "id\na1a1\nc3", "cut off"},
		{"a CSV cut in a short row", "a.csv", "id,name\na1,x\nb2", "cut off"},
		{"a CSV cut within quotes", "a.csv", "id,name\na1,x\nb2,\"y", "not closed"},
		{"a file cut inside its last ID", "a.txt", "a1a1\nb2b2\nc3c", "cut off"},
		{"a file cut to what is no ID", "a.txt", "a1\nb2\nx", "cut off"},
		{"JSON Lines cut inside the last", "a.jsonl", "\"a1\"\n\"b", "cut off"},
		{"a NUL byte in a long line", "a.txt", strings.Repeat("x", 3*maxLine) + "\x00\n", "NUL"},
		{"UTF-32", "a.txt", "\xff\xfe\x00\x00a\x00\x00\x00", "UTF-32"},
		{"UTF-16 cut inside a character", "a.txt", "\xff\xfea\x001\x00\n", "cut off"},
		{"NUL bytes at the end", "a.txt", "a1\n\x00\x00\x00", "NUL"},
		{"NUL byte in CSV", "a.csv", "id\na1\n\x00\n", "NUL"},
		{"truncated gzip", "a.gz", zipped[:len(zipped)-9], "unexpected EOF"},
		{"gzip without its end", "a.gz", zipped[:len(zipped)-4], "unexpected EOF"},
		{"a gzip header alone", "a.gz", zipped[:5], "unexpected EOF"},
		{"corrupt gzip", "a.gz", string(corrupt), "invalid checksum"},
		{"rubbish behind gzip", "a.gz", zipped + "rubbish, and more of it", "gzip: invalid header"},
		{"a CSV of other things", "a.csv", "name,ref\nx,y\n", `no column is named task_id, taskId, task-id, Task ID or id; there are ["name" "ref"]`},
		{"a CSV with a broken header", "a.csv", "na\"me,id\nx,y\n", "header"},
		{"a CSV with an endless header", "a.csv", strings.Repeat("x", 2*maxLine) + "\n", "header: " + tooLong},
		{"a quote that is not closed", "a.csv", "id,name\na1,x\nb2,\"y\nc3,z\n", "not closed: it stands on line 3"},
		{"two columns that could be meant", "a.csv", "task_id,Task ID\na1,b2\n", `"task_id" and "Task ID" could each be the task ID; say which one it is: --column task_id`},
		{"two columns with IDs", "a.csv", "id,task_id\nx,a1\nb2,c3\n", `line 3: "task_id" and "id" could each be`},
		{"another header", "a.csv", "n,id\nx,a1\nid,n\nb2,y\nz,task_id\n", "line 5: another header"},
		{"a quote that is not closed for long", "a.csv", "id,name\na1,\"x\n" + strings.Repeat("b2,y\n", maxLine/4), "not closed: it stands on line 2"},
	} {
		t.Run(row.name, func(t *testing.T) {
			got := readAll(t, row.file, row.text)
			if got.err == nil || !strings.Contains(got.err.Error(), row.want) {
				t.Errorf("error is %v, want %q", got.err, row.want)
			}
			if _, ok := errors.AsType[*RefusedError](got.err); ok {
				t.Error("the fault is taken for a matter of invalid lines")
			}
		})
	}
}

func TestInvalidShare(t *testing.T) {
	const text = "# one of four\na1\n\nxyz\nb2\nc3\n"
	for _, row := range []struct {
		share   float64
		refused bool
	}{{0, true}, {0.2499, true}, {0.25, false}, {1, false}} {
		path := filepath.Join(t.TempDir(), "a.txt")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		kept := filepath.Join(t.TempDir(), "rejects.jsonl")
		got := readPath(t, path, Options{Check: checkHex, InvalidShare: row.share, Rejects: kept})
		if len(got.ids) != 3 || len(got.rejects) != 1 {
			t.Errorf("share %v: %d IDs, %d rejects", row.share, len(got.ids), len(got.rejects))
		}
		var refused *RefusedError
		if errors.As(got.err, &refused) != row.refused {
			t.Fatalf("share %v: error is %v", row.share, got.err)
		}
		if !row.refused {
			continue
		}
		want := RefusedError{Source: path, Invalid: 1, Lines: 4, Share: row.share, Rejects: kept, First: got.rejects[0]}
		want.First.Source = path
		if *refused != want {
			t.Errorf("error is %+v, want %+v", *refused, want)
		}
		for _, part := range []string{path, "1 of 4", "25 %", kept, "; the first is line ", "correct the file"} {
			if !strings.Contains(got.err.Error(), part) {
				t.Errorf("%q does not say %q", got.err, part)
			}
		}
	}
	if got := readAll(t, "a.txt", ""); got.err != nil {
		t.Errorf("an empty file: %v", got.err)
	}
}

// TestUnsaid: where a list says why tasks are to go, or for whom, and that is not told,
// Unsaid says so; a table never tells it.
func TestUnsaid(t *testing.T) {
	for _, row := range []struct {
		name, text string
		said, want bool
	}{
		{"text", "a1\n", false, false},
		{"a table", "task_id,name\na1,x\n", false, false},
		{"a table with reasons", "task_id,reason\na1,left\n", false, true},
		{"a table with who asked, as a spreadsheet names it", "Task ID;Requested By\na1;mona\n", true, true},
		{"a table of no ID", "task_id,reason\n", false, false},
		{"objects", `{"task_id":"a1","size":1}`, false, false},
		{"objects with reasons", `{"task_id":"a1","reason":"left"}`, false, true},
		{"objects with reasons that are told", `{"task_id":"a1","reason":"left"}`, true, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			s, err := Open(t.Context(), Stdin, Options{Stdin: strings.NewReader(row.text), Said: row.said})
			if err != nil {
				t.Fatal(err)
			}
			for _, err := range s.IDs() {
				if err != nil {
					t.Fatal(err)
				}
			}
			if got := s.Unsaid(); got != row.want {
				t.Errorf("Unsaid = %v, want %v", got, row.want)
			}
		})
	}
}
