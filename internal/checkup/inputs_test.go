package checkup

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"cleaner/internal/config"
	"cleaner/internal/sim"
)

// TestInputs: files and lists at servers are read as a pass reads them, and what is wrong
// with one is said; the ledger stays as it was.
func TestInputs(t *testing.T) {
	s, err := sim.New(sim.Options{})
	if err != nil {
		t.Fatal(err)
	}
	url, stop, err := s.Start("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	const two = "3fa85f6457174562b3fc2c963f66afa6\n7c9e6679742540de944be07fc1f90ae7\n"
	lists := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/tasks.txt":
			_, _ = w.Write([]byte(two))
		case "/busy.txt":
			w.WriteHeader(http.StatusServiceUnavailable)
		default:
			http.NotFound(w, r)
		}
	}))
	defer lists.Close()
	dir := t.TempDir()
	good, bad := filepath.Join(dir, "good.txt"), filepath.Join(dir, "bad.txt")
	for path, text := range map[string]string{good: two, bad: "not a task ID\n"} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	b := newBench(t, url)
	b.cfg.Inputs.Files = []string{good, bad, filepath.Join(dir, "none.txt")}
	b.cfg.Inputs.URLs = []config.URL{
		{URL: lists.URL + "/tasks.txt?sig=hunter2"},
		{URL: lists.URL + "/none.txt?sig=hunter2"},
		{URL: lists.URL + "/busy.txt?sig=hunter2"},
		{URL: "http://127.0.0.1:1/closed.txt?sig=hunter2"},
	}
	b.cfg.Safety.InvalidShare = 0.01
	var got []Line
	for _, line := range b.run() {
		if line.Check == "input" {
			got = append(got, line)
		}
	}
	want := []Line{
		{Mark: OK, Says: good + ": 2 task IDs"},
		{Mark: Mend, Says: "1 of 1 lines name no valid task ID"},
		{Mark: Unknown, Says: "none.txt is not there"},
		{Mark: OK, Says: lists.URL + "/tasks.txt: 2 task IDs"},
		{Mark: Mend, Says: "404"},
		{Mark: Mend, Says: "503"},
		{Mark: Mend, Says: "connection refused"},
	}
	if len(got) != len(want) {
		t.Fatalf("lines are %+v", got)
	}
	for i, w := range want {
		if g := got[i]; g.Mark != w.Mark || g.Kind != Machine || !strings.Contains(g.Says, w.Says) || strings.Contains(g.Says, "hunter2") {
			t.Errorf("line %d is %+v, want %+v", i, g, w)
		}
	}
}
