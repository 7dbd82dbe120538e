package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// logOf is a file with the events of go test -json.
func logOf(t *testing.T, events ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "log.json")
	if err := os.WriteFile(path, []byte(strings.Join(events, "\n")), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestSecondsOfTests: the time of each test counts once, that of tests which have tests
// of their own does not, and the slowest are named.
func TestSecondsOfTests(t *testing.T) {
	events := []string{
		`{"Action":"start","Package":"p"}`,
		`{"Action":"pass","Package":"p","Test":"TestA/deep/er","Elapsed":1.5}`,
		`{"Action":"pass","Package":"p","Test":"TestA/deep","Elapsed":7}`,
		`{"Action":"pass","Package":"p","Test":"TestA/other","Elapsed":38}`,
		`{"Action":"pass","Package":"p","Test":"TestA","Elapsed":50}`,
		`{"Action":"pass","Package":"q","Test":"TestA","Elapsed":0.2}`,
		`{"Action":"pass","Package":"p","Elapsed":99}`,
	}
	for _, row := range []struct {
		name   string
		events []string
		code   int
		says   string
	}{
		{"at the limit", events, 0, "tests, seconds summed  40     40"},
		{"above the limit", append(events, `{"Action":"pass","Package":"p","Test":"TestB","Elapsed":0.5}`), 1, "exceeded\n\ntests, seconds summed:\n  p.TestA/other, 38.00 s\n  p.TestA/deep/er, 1.50 s\n  p.TestB, 0.50 s\n"},
		{"one failed", append(events, `{"Action":"fail","Package":"p","Test":"TestB"}`), 2, "p.TestB failed"},
		{"no test", events[:1], 2, "no test"},
		{"no log", []string{"ok  \tp\t0.1s"}, 2, "go test -json"},
	} {
		t.Run(row.name, func(t *testing.T) {
			var out strings.Builder
			if code := run([]string{"-tests", logOf(t, row.events...)}, &out, &out); code != row.code {
				t.Errorf("exit code %d, want %d", code, row.code)
			}
			if !strings.Contains(out.String(), row.says) {
				t.Errorf("%q is not in:\n%s", row.says, out.String())
			}
		})
	}
}
