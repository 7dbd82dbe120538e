package api

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"cleaner/internal/answer"
	"cleaner/internal/rig/peertest"
)

func TestCheckID(t *testing.T) {
	for _, row := range []struct{ name, id, want string }{
		{"hexadecimal", peertest.TaskID, ""},
		{"all that is allowed", "azAZ09_-", ""},
		{"one byte", "a", ""},
		{"longest", strings.Repeat("a", 128), ""},
		{"empty", "", "task ID is empty"},
		{"too long", strings.Repeat("a", 129), "task ID has 129 bytes: at most 128 are allowed"},
		{"slash", "a/b", `task ID has byte '/' at position 2: only letters, digits, - and _ are allowed`},
		{"dots", "..", `task ID has byte '.' at position 1: only letters, digits, - and _ are allowed`},
		{"percent", "%2f", `task ID has byte '%' at position 1: only letters, digits, - and _ are allowed`},
		{"line end", "a\r\n", `task ID has byte '\r' at position 2: only letters, digits, - and _ are allowed`},
		{"space", " a", `task ID has byte ' ' at position 1: only letters, digits, - and _ are allowed`},
		{"not ASCII", "é", `task ID has byte 'Ã' at position 1: only letters, digits, - and _ are allowed`},
	} {
		t.Run(row.name, func(t *testing.T) {
			got := ""
			if err := CheckID(row.id); err != nil {
				got = err.Error()
			}
			if got != row.want {
				t.Errorf("CheckID(%q) = %q, want %q", row.id, got, row.want)
			}
		})
	}
}

// An invalid ID is refused before anything is sent, credentials included.
func TestDeleteTaskRefusesInvalidIDs(t *testing.T) {
	c := newTestClient(t, "http://127.0.0.1:1", nil)
	for _, id := range []string{"", "../x", "a b", "a?b", "a#b"} {
		_, err := c.DeleteTask(t.Context(), id)
		if got := peertest.Fault(t, err); got != answer.FaultInvalid {
			t.Errorf("DeleteTask(%q): fault %q, want %q", id, got, answer.FaultInvalid)
		}
	}
}

// FuzzRequestURL checks that no ID makes a request for anything but itself, even
// behind CheckID's back.
func FuzzRequestURL(f *testing.F) {
	for _, id := range []string{peertest.TaskID, "", "..", "a/../../v2/x?y=1#z", "%2e%2e%2f", "a\r\nHost: x", "é", "\x00", "//x", "@x"} {
		f.Add(id)
	}
	c := newTestClient(f, "https://check.example", nil)
	f.Fuzz(func(t *testing.T, id string) {
		line := c.request(http.MethodDelete, tasksPath, id, "").URL.String()
		if stop := c.request(http.MethodPost, tasksPath, id, "/stop").URL.String(); stop != line+"/stop" {
			t.Fatalf("ID %q forms the URL %q to stop", id, stop)
		}
		segment, ok := strings.CutPrefix(line, "https://check.example/v2/tasks/")
		if !ok || strings.ContainsAny(segment, "/?#\r\n \x00") {
			t.Fatalf("ID %q forms the URL %q", id, line)
		}
		if back, err := url.PathUnescape(segment); err != nil || back != id {
			t.Fatalf("ID %q forms the segment %q, which reads %q (%v)", id, segment, back, err)
		}
		if CheckID(id) == nil && segment != id {
			t.Fatalf("ID %q is allowed and was escaped to %q", id, segment)
		}
	})
}
