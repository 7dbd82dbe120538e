package intake

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"cleaner/internal/queue"
)

func TestParse(t *testing.T) {
	for _, row := range []struct {
		name, body string
		want       []Item
	}{
		{"an ID", "0123", []Item{{ID: "0123"}}},
		{"an ID with a line end", " 0123\r\n", []Item{{ID: "0123"}}},
		{"an ID of digits is no number", "00000000000000000000000000000001", []Item{{ID: "00000000000000000000000000000001"}}},
		{"a string", `"a1"`, []Item{{ID: "a1"}}},
		{"an object", `{"task_id":"a1"}`, []Item{{ID: "a1"}}},
		{"an object with id", `{"id":"a1","other":{"id":"b2"}}`, []Item{{ID: "a1"}}},
		{"both, and the same", `{"id":"a1","task_id":"a1"}`, []Item{{ID: "a1"}}},
		{"null counts as left out", `{"id":null,"task_id":"a1","batch":null}`, []Item{{ID: "a1"}}},
		{"all keys", `{"task_id":"a1","batch":"b","reason":"r","requested_by":"q"}`, []Item{{"a1", "b", &queue.Asked{Reason: "r", By: "q"}}}},
		{"texts as one line", `{"id":"a1","reason":" left\n\u001bthe project ","requested_by":null}`, []Item{{ID: "a1", Asked: &queue.Asked{Reason: "left  the project"}}}},
		{
			"a long reason is cut", `{"id":"a1","reason":"` + strings.Repeat("x", 300) + `"}`,
			[]Item{{ID: "a1", Asked: &queue.Asked{Reason: strings.Repeat("x", queue.MostAsked-3) + "…"}}},
		},
		{"a list", `["a1",{"id":"b2","batch":"b"}]`, []Item{{ID: "a1"}, {ID: "b2", Batch: "b"}}},
		{"an object over several lines", "{\n\"id\":\n\"a1\"}", []Item{{ID: "a1"}}},
		{"lines", "a1\n\nb2\r\n", []Item{{ID: "a1"}, {ID: "b2"}}},
		{"JSON lines", "{\"id\":\"a1\"}\n\"b2\"\n[\"c3\"]", []Item{{ID: "a1"}, {ID: "b2"}, {ID: "c3"}}},
	} {
		t.Run(row.name, func(t *testing.T) {
			got, err := Parse([]byte(row.body))
			if diff := cmp.Diff(row.want, got); err != nil || diff != "" {
				t.Error(err, diff)
			}
		})
	}
}

func TestParseRefuses(t *testing.T) {
	for _, row := range []struct{ name, body, says string }{
		{"nothing", "", "names no task ID"},
		{"blank lines", " \n \n", "names no task ID"},
		{"an empty list", "[]", "names no task ID"},
		{"an object without an ID", `{"name":"a"}`, "neither task_id nor id"},
		{"two IDs", `{"id":"a1","task_id":"b2"}`, "say which is meant"},
		{"a key twice", `{"id":"a1","id":"b2"}`, "id twice"},
		{"a number", `{"id":12345678901234567890}`, "id is not text"},
		{"a nested ID", `{"id":{"id":"a1"}}`, "id is not text"},
		{"a list in a list", `[["a1"]]`, "neither text nor an object"},
		{"a number in a list", `[1]`, "neither text nor an object"},
		{"a torn object", `{"id":"a1"`, "no JSON"},
		{"a torn list", "[\"a1\",", "no JSON"},
		{"something behind", `{"id":"a1"}x`, "behind the object"},
		{"something behind a list", `["a1"]x`, "behind the value"},
		{"one bad line", "a1\n{\"name\":1}", "line 2: the object has neither"},
		{"no text", "\xff\xfe", "not UTF-8"},
		{"a huge one", strings.Repeat("a\n", maxMessage), "at most 1048576"},
		{"a long batch", `{"id":"a1","batch":"` + strings.Repeat("b", 201) + `"}`, "batch has 201 bytes"},
		{"a batch with a line end", `{"id":"a1","batch":"a\nb"}`, "cannot be shown"},
	} {
		t.Run(row.name, func(t *testing.T) {
			got, err := Parse([]byte(row.body))
			if err == nil || got != nil || !strings.Contains(err.Error(), row.says) {
				t.Errorf("%v, %v", got, err)
			}
		})
	}
}

// Whatever a message holds, an ID that is read stands in it, and texts are short and can
// be shown. A list of what was read says the same.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{"a1", `"a1"`, `{"task_id":"a1","batch":"b"}`, `["a1",{"id":"b2"}]`, "a1\n{\"id\":\"b2\"}", `{"id":"a1","id":"b"}`, "[[", "{}", "\"\\u0061\""} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		items, err := Parse(body)
		if err != nil {
			if items != nil {
				t.Errorf("%v with %v", items, err)
			}
			return
		}
		var list []map[string]string
		for _, i := range items {
			if !strings.Contains(string(body), i.ID) && !strings.Contains(string(body), `\`) && !strings.Contains(i.ID, "\ufffd") {
				t.Errorf("%q is not in %q", i.ID, body)
			}
			var asked queue.Asked
			if i.Asked != nil {
				asked = *i.Asked
			}
			if len(i.Batch) > maxText || max(len(asked.Reason), len(asked.By)) > queue.MostAsked ||
				strings.ContainsAny(i.Batch+asked.Reason+asked.By, "\n\x00\x1b") {
				t.Errorf("%+v", i)
			}
			list = append(list, map[string]string{"task_id": i.ID, "batch": i.Batch, "reason": asked.Reason, "requested_by": asked.By})
		}
		text, err := json.Marshal(list)
		if err != nil || len(text) > maxMessage {
			return
		}
		again, err := Parse(text)
		for _, i := range items {
			if i.ID == "" {
				return // an empty string is refused elsewhere, as no ID
			}
		}
		if diff := cmp.Diff(items, again); err != nil || diff != "" {
			t.Error(err, diff)
		}
	})
}

func TestWindow(t *testing.T) {
	add := func(w *window, n int, bad bool) {
		for range n {
			w.add(bad)
		}
	}
	w := &window{share: 0.01, sample: 100}
	add(w, 99, true)
	if w.verdict() != nil {
		t.Error("stopped before the sample")
	}
	add(w, 1, true)
	if err := w.verdict(); err == nil || !strings.Contains(err.Error(), "100 of the last 100") {
		t.Error(err)
	}
	add(w, 990, false)
	if err := w.verdict(); err != nil { // 10 of 1000 are bad: as much as is allowed
		t.Error(err)
	}
	add(w, 1, true) // in the place of a bad one
	if err := w.verdict(); err != nil {
		t.Error(err)
	}
	add(w, 20, false)
	add(w, 11, true)
	if w.verdict() == nil {
		t.Error("11 of 1000 are let pass")
	}
}
