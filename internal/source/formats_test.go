package source

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding/unicode"
)

// wideText encodes text as UTF-16.
func wideText(t testing.TB, order unicode.Endianness, bom unicode.BOMPolicy, text string) string {
	t.Helper()
	wide, err := unicode.UTF16(order, bom).NewEncoder().String(text)
	if err != nil {
		t.Fatal(err)
	}
	return wide
}

// TestSpreadsheets: what Excel and LibreOffice write, in their several ways.
func TestSpreadsheets(t *testing.T) {
	little, big := unicode.LittleEndian, unicode.BigEndian
	const tabbed = "Task ID\tName\r\na1\tGrün 🙂\r\nb2\t\"x\ty\"\r\n"
	both := []string{"a1", "b2"}
	for _, row := range []struct {
		name, file, text string
		want             []string
	}{
		{"Excel: Unicode text", "a.txt", wideText(t, little, unicode.UseBOM, tabbed), both},
		{"UTF-16, the other order", "a.txt", wideText(t, big, unicode.UseBOM, tabbed), both},
		{"UTF-16 without a mark", "a.csv", wideText(t, little, unicode.IgnoreBOM, tabbed), both},
		{"UTF-16 without a mark, the other order", "a.txt", wideText(t, big, unicode.IgnoreBOM, "a1\nb2\n"), both},
		{"UTF-16 in gzip", "a.txt.gz", zip(t, wideText(t, little, unicode.UseBOM, tabbed)), both},
		{"UTF-16 and JSON", "a.json", wideText(t, little, unicode.UseBOM, `["a1","b2"]`), both},
		{"a German Excel", "a.csv", mark + "Name;Task ID;Größe\r\nx;a1;1,5\r\ny;b2;\r\n", both},
		{"latin-1 beside the IDs", "a.csv", "Name;Task ID;Gr\xf6\xdfe\r\nx\xfc;a1;1,5\r\ny;b2;\r\n", both},
		{"Excel's own separator line", "a.csv", "sep=;\r\nid;name\r\na1;x,y\r\nb2;z\r\n", both},
		{"the separator line in quotes, tabs", "a.csv", "\"sep=\t\"\r\nid\tname\r\na1\tx\r\nb2\tz\r\n", both},
		{"the separator line without a header", "a.csv", "sep=,\r\na1,\r\nb2,\r\n", both},
		{"formulas against numbers", "a.csv", "name,task_id,x\r\nq,=\"a1\",=\"1,2\"\r\nr,\"=\"\"b2\"\"\",\r\n", both},
		{"formulas without a header", "a.csv", "=\"a1\"\r\n\"=\"\"b2\"\"\"\r\n", both},
		{"quotes without a header", "a.txt", "'\"\n\"a1\",\n\"b2\",\"\"\n"[3:], both},
		{"blank rows and short rows", "a.csv", "name;task_id;note\r\n;;\r\nx;a1\r\n\r\n;;;;\r\ny;b2;z\r\n", both},
		{"blank cells at the end", "a.csv", "task_id,,\r\na1,,\r\nb2,,,,\r\n,,\r\n", both},
		{"blank cells behind one column", "a.txt", "task_id\na1;;\nb2,,\n;;\n", both},
		{"blank cells without a header", "a.txt", "a1,,\n,,\nb2;\t\n", both},
		{"tabs", "a.tsv", "name\ttask-id\nx\ta1\ny\tb2\n", both},
		{"bars", "a.txt", "name|TaskID\nx|a1\ny|b2\n", both},
		{"a name in Chinese", "a.csv", "任务名,任务ID\nx,a1\ny,b2\n", both},
		{"files put together", "a.csv", mark + "id,name\na1,x\n" + mark + "id,name\nb2,y\n", both},
		{"lists put together", "a.txt", mark + "a1\n" + mark + "b2\n", both},
		{"a header of several lines", "a.csv", "\"the\nname\",id\nx,a1\ny,b2\n", both},
		{"a blank line with a mark first", "a.csv", mark + "\n\nid,name\na1,x\nb2,y\n", both},
		{"no row", "a.csv", "task_id;name\r\n;;\r\n", nil},
		{"only the separator line", "a.csv", "sep=;\r\n", nil},
		{"a column without a header", "a.csv", "a1\nb2\n", both},
	} {
		t.Run(row.name, func(t *testing.T) {
			got := readAll(t, row.file, row.text)
			if got.err != nil {
				t.Fatal(got.err)
			}
			if diff := cmp.Diff(row.want, got.ids); diff != "" {
				t.Errorf("IDs (-want +got):\n%s", diff)
			}
			if got.stats.Rejected != 0 {
				t.Errorf("stats %+v, rejects %+v", got.stats, got.rejects)
			}
		})
	}
}

// TestDocuments: JSON that is not one value a line.
func TestDocuments(t *testing.T) {
	both := []string{"a1", "b2"}
	long := `{"tasks":[` + strings.Repeat(`{"task_id":"a1","task_name":"`+strings.Repeat("n", 500)+`"},`, 300) + `{"task_id":"b2"}],"total":301}`
	for _, row := range []struct {
		name, file, text string
		want             []string
	}{
		{"the service's answer", "a.json", `{"tasks":[{"task_id":"a1","task_name":"x"},{"task_id":"b2","created_at":null}],"total":2}`, both},
		{"the service's answer, over lines", "a.txt", "{\n  \"total\": 2,\n  \"tasks\": [\n    {\n      \"task_id\": \"a1\"\n    },\n    { \"task_id\": \"b2\" }\n  ]\n}\n", both},
		{"one line longer than any of a text", "a", long, append(slicesRepeat("a1", 300), "b2")},
		{"answers behind another", "a.jsonl", `{"tasks":[{"task_id":"a1"}],"total":2}` + "\n" + mark + `{"tasks":[{"task_id":"b2"}],"total":2}` + "\n", both},
		{"an answer without tasks", "a.json", `{"tasks":[],"total":0}`, nil},
		{"an answer with no list", "a.json", `{"tasks":null,"total":0}`, nil},
		{"a list of strings", "a.txt", `["a1", "b2"]`, both},
		{"a list over lines", "a.json", "[\n\"a1\",\n\"b2\"\n]\n", both},
		{"a list of objects", "a.json", `[{"id":"a1","labels":["x"]},{"Task ID":"b2"}]`, both},
		{"lists", "a.json", `["a1"]["b2"]`, both},
		{"an empty list", "a.json", "[]\n", nil},
		{"objects as jq writes them", "a.json", "{\n  \"task_id\": \"a1\",\n  \"n\": {\"x\": [1]}\n}\n{\n  \"task_id\": \"b2\"\n}\n", both},
		{"escapes", "a.json", `["\u0061\u0031",{"task\u005fid":"b\u0032","\"":"]"}]`, both},
		{"an ID beside a list of other things", "a.jsonl", `{"task_id":"a1","parts":[{"id":"c3"}]}` + "\n\"b2\"\n", both},
	} {
		t.Run(row.name, func(t *testing.T) {
			got := readAll(t, row.file, row.text)
			if got.err != nil {
				t.Fatal(got.err)
			}
			if diff := cmp.Diff(row.want, got.ids); diff != "" {
				t.Errorf("IDs (-want +got):\n%s", diff)
			}
			if got.stats.Rejected != 0 {
				t.Errorf("stats %+v, rejects %+v", got.stats, got.rejects)
			}
		})
	}
}

func slicesRepeat(id string, n int) []string {
	return strings.Fields(strings.Repeat(id+" ", n))
}

// TestRefused: what is not read is named, with the command that converts it.
func TestRefused(t *testing.T) {
	for _, row := range []struct{ name, file, text, want string }{
		{"zip", "a.zip", "PK\x03\x04\x14\x00ids.txt", "it is a zip archive, which is not read; convert it, look at what came of it, and give that: unzip -p /"},
		{"xlsx", "a.xlsx", "PK\x03\x04\x14\x00\x06\x00[Content_Types].xml", "an Excel workbook (xlsx)"},
		{"xlsx by another name", "a.csv", "PK\x03\x04\x14\x00\x06\x00_rels/.rels", "libreoffice --headless --convert-to csv /"},
		{"ods", "a.ods", "PK\x03\x04\x14\x00\x00\x08mimetypeapplication/vnd.oasis.opendocument.spreadsheet", "an OpenDocument spreadsheet"},
		{"xls", "a.xls", "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\x00\x00", "an Excel workbook (xls)"},
		{"xz", "a.xz", "\xfd7zXZ\x00\x00\x04", "xz -dc /"},
		{"zst", "a.zst", "\x28\xb5\x2f\xfd\x04\x00", "zstd -dc /"},
		{"bz2", "a.bz2", "BZh91AY&SY\x01\x02", "bzip2 -dc /"},
		{"a text that begins like bz2", "a.txt", "BZh9\n", "1 of 1 lines"},
		{"zip in gzip", "a.gz", zip(t, "PK\x03\x04"), "a zip archive"},
		{"gzip in gzip", "a.gz", zip(t, zip(t, "a1\n")), "gzip twice"},
		{"tar in gzip", "a.tgz", zip(t, "a1"+strings.Repeat("\x00", 255)+"ustar\x0000"+strings.Repeat("\x00", 250)), "a tar archive"},
		{"carriage returns", "a.csv", "id\ra1\rb2\r", `tr '\r' '\n' < `},

		{"another list", "a.json", `{"data":[{"id":"a1"}],"total":1}`, "line 1: an object has a list at .data[], where only one at .tasks is read; convert it, look at what came of it, and give that: jq -c '.data[]' /"},
		{"a list deeper", "a.json", "{\n\"result\": {\"tasks\": [{\"task_id\": \"a1\"}]}}", "jq -c '.result.tasks[]'"},
		{"a list under an odd name", "a.json", `{"it's a list":["a1"]}`, `jq -c '.["its a list"][]'`},
		{"another list beside the tasks", "a.json", `{"tasks":[{"task_id":"a1"}],"failed":["b2"]}`, "a list at .failed[]"},
		{"a task that has tasks", "a.json", `{"id":"a1","tasks":[{"task_id":"b2"}]}`, `an object with the key "id" has a list of tasks too`},
		{"what may be a project", "a.jsonl", `{"id":"a1","members":[{"id":"b2"}]}`, "a list at .members[]"},
		{"lists of tasks among objects", "a.jsonl", "\"a1\"\n{\"tasks\":[{\"task_id\":\"b2\"}]}\n", "line 2: one object of several has a list of tasks"},
		{"a list within a list", "a.json", `[["a1"]]`, "line 1: there is a list within a list"},
		{"two keys that could be meant", "a.jsonl", `{"task_id":"a1","taskId":"b2"}`, `"task_id" and "taskId" could each be`},
		{"two keys with IDs", "a.json", `[{"task_id":"a1","id":"b2"}]`, `"task_id" and "id" could each be`},
		{"an error of the service", "a.json", `{"error_code":"CC.00050001","error_msg":"x"}`, "1 of 1 lines"},
		{"nothing in an object", "a.json", `{}`, "1 of 1 lines"},
		{"a cut answer", "a.json", `{"tasks":[{"task_id":"a1"},{"task_id":"b`, "cut off"},
		{"a cut list", "a.json", `["a1","b2"`, "cut off"},
		{"a cut list behind a comma", "a.json", "[\n\"a1\",", "cut off"},
		{"a cut object", "a.json", "{\n\"task_id\": \"a1\"", "cut off"},
		{"no JSON behind it", "a.json", `["a1"] a2`, "line 1: it is not JSON"},
		{"a comma too many", "a.json", "[\"a1\",\n]", "line 2: it is not JSON"},
		{"a comma missing", "a.json", "[\"a1\" \"b2\"]", "a comma is missing"},
		{"a key missing", "a.json", "{\n5: 3}", "a key is missing"},
		{"a NUL byte", "a.json", "[\"a1\",\x00\"b2\"]", "NUL"},

		{"an address", "a.txt", "a1\nHTTPS://devcloud.example.com/codecheck/task/b2/detail\n", "line 2: \"HTTPS://devcloud.example.com/codecheck/task/b2/detail\": it holds addresses"},
		{"an address in a column", "a.csv", "id,name\nhttp://x/v2/tasks/a1,y\n", "grep -oE 'tasks?/[0-9a-f]{32}' /"},
		{"a number", "a.csv", "id,name\na1,x\n1.23E+31,y\n", `line 3: "1.23E+31": a spreadsheet has taken a task ID for a number`},
		{"a German number", "a.csv", "id;name\na1;x\n1,23457E+31;y\n", "has taken a task ID for a number"},
		{"digits for zeros", "a.csv", "id,name\na1,x\n12345678901234500000000000000000,y\n", "has taken a task ID for a number"},
		{"several cells without a header", "a.txt", "a1,b2\nc3,d4\n", "2 of 2 lines"},
		{"a web page", "a.txt", "<html>\n<body>Sign in</body>\n", "2 of 2 lines"},
		{"no column of that kind", "a.csv", "name;ref\nx;y\n", `there are ["name" "ref"]`},
	} {
		t.Run(row.name, func(t *testing.T) {
			got := readAll(t, row.file, row.text)
			if got.err == nil || !strings.Contains(got.err.Error(), row.want) {
				t.Errorf("error is %v, want %q", got.err, row.want)
			}
			if MachineFault(got.err) {
				t.Error("it is taken for a fault of the machine")
			}
		})
	}
}

// TestLostZeros: where IDs have 32 digits, a long number without all of them has lost
// the zeros at its beginning; where IDs are of another form it is only no ID.
func TestLostZeros(t *testing.T) {
	const text = "0123456789abcdef0123456789abcdef\n1234567890123456789012345678901\n"
	hex := func(id string) error {
		if len(id) != idLength {
			return errNUL
		}
		return nil
	}
	got := readPath(t, Stdin, Options{Stdin: strings.NewReader(text), Check: hex, InvalidShare: 1})
	if got.err == nil || !strings.Contains(got.err.Error(), "line 2") || len(got.rejects) != 1 {
		t.Errorf("error %v, rejects %v", got.err, got.rejects)
	}
	long := func(id string) error {
		if len(id) != idLength || strings.HasPrefix(id, "00") {
			return errNUL
		}
		return nil
	}
	if got := readPath(t, Stdin, Options{Stdin: strings.NewReader(text), Check: long, InvalidShare: 1}); got.err != nil {
		t.Error(got.err)
	}
}

// TestFold: 32 hexadecimal digits are one ID in either case, and nothing else is.
func TestFold(t *testing.T) {
	const upper = "0123456789ABCDEF0123456789ABCDEF"
	for id, want := range map[string]string{
		upper: strings.ToLower(upper), upper[:31] + "G": upper[:31] + "G", upper[:31]: upper[:31], upper + "A": upper + "A", "Task-1": "Task-1",
		upper[:31] + "\x11": upper[:31] + "\x11",
	} {
		if got := Fold(id); got != want {
			t.Errorf("%q becomes %q, want %q", id, got, want)
		}
	}
	got := readPath(t, Stdin, Options{Stdin: strings.NewReader("task_id\n" + upper + "\n")})
	if got.err != nil || !cmp.Equal(got.ids, []string{strings.ToLower(upper)}) {
		t.Errorf("read %v, %v", got.ids, got.err)
	}
}

// TestColumn: the column that the operator names counts, whatever else there is.
func TestColumn(t *testing.T) {
	for _, row := range []struct{ column, file, text, want, err string }{
		{"taskId", "a.csv", "task_id,ref\na1,b2\n", "a1", ""},
		{"ref", "a.csv", "task_id,ref\na1,b2\n", "b2", ""},
		{"REF", "a.txt", "task_id;Ref\na1;b2\n", "b2", ""},
		{"ref", "a.csv", "task_id,Ref,ref\na1,b2,c3\n", "", `"Ref" and "ref" could each be`},
		{"ref", "a.csv", "task_id,name\na1,b2\n", "", "no column is named ref"},
		{"ref", "a.txt", "a1\nb2\n", "", "no column is named ref"},
		{"ref", "a.jsonl", `{"task_id":"a1","ref":"b2"}`, "b2", ""},
		{"ref", "a.json", `{"tasks":[{"task_id":"a1","ref":"b2"}],"total":1}`, "b2", ""},
		{"ref", "a.json", `[{"task_id":"a1"}]`, "", "1 of 1"},
	} {
		s, err := Open(t.Context(), Stdin, Options{Stdin: strings.NewReader(row.text), Column: row.column, Check: checkHex})
		if err != nil {
			t.Fatal(err)
		}
		s.path = row.file
		var got string
		var failed error
		for id, err := range s.IDs() {
			got, failed = got+id, err
		}
		if got != row.want || (failed == nil) != (row.err == "") || failed != nil && !strings.Contains(failed.Error(), row.err) {
			t.Errorf("column %q of %q: %q, %v", row.column, row.text, got, failed)
		}
	}
}

// TestExpect: no ID at all is an error only where some are expected.
func TestExpect(t *testing.T) {
	for _, text := range []string{"", "\n\n", "# nothing today\n", "task_id,name\n", "[]", `{"tasks":[],"total":0}`, zip(t, "")} {
		for _, expect := range []bool{false, true} {
			got := readPath(t, Stdin, Options{Stdin: strings.NewReader(text), Expect: expect})
			if (got.err != nil) != expect {
				t.Errorf("%q, expected %v: %v", text, expect, got.err)
			}
		}
	}
}
