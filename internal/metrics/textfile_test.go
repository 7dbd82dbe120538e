package metrics

import (
	"context"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"cleaner/internal/exitcode"
	"cleaner/internal/queue"
	"cleaner/internal/worker"
)

// file is what a textfile says.
func file(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// has fails the test unless text has each of the lines.
func has(t *testing.T, text string, lines ...string) {
	t.Helper()
	for _, line := range lines {
		if !strings.Contains("\n"+text, "\n"+line+"\n") {
			t.Errorf("%s is missing", line)
		}
	}
}

// Runs that fail, at whatever point, carry over what they do not know.
func TestTextfileNeverErases(t *testing.T) {
	path := filepath.Join(t.TempDir(), "cleaner.prom")
	good := New("", "")
	leave := good.WatchLedger(heldOne{fixed{Pending: 3, Dead: 2}})
	good.StartRun(noon)
	good.EndRun(noon.Add(time.Minute), exitcode.OK, worker.StopNone)
	leave()
	write(t, good, path)

	for range 2 { // what is carried over is carried over again
		bad := New("", "")
		bad.StartRun(noon.Add(time.Hour))
		bad.EndRun(noon.Add(time.Hour), exitcode.Locked, worker.StopNone)
		write(t, bad, path)
		has(t, file(t, path),
			nameRunSuccess+" 1.77236646e+09",
			nameRunStart+" 1.77237e+09",
			nameRunCompletion+`{result="locked"} 1.77237e+09`,
			`cleaner_runs_total{result="success"} 0`,
			`cleaner_ledger_tasks{state="pending"} 3`,
			"cleaner_dead_letters 2",
			nameCodes+`{code="CC.00050000"} 2`,
			nameRunFinished+" 1.77236646e+09",
			`cleaner_holds{scope="batch"} 1`)
	}

	better := New("", "")
	better.EndRun(noon.Add(2*time.Hour), exitcode.OK, worker.StopNone)
	write(t, better, path)
	text := file(t, path)
	has(t, text, nameRunSuccess+" 1.7723736e+09")
	if n := strings.Count(text, "\n"+nameRunSuccess+" "); n != 1 {
		t.Errorf("%d last successes, want 1", n)
	}
}

// heldOne is a ledger in which a batch is held.
type heldOne struct{ fixed }

func (h heldOne) Counts(ctx context.Context) (queue.Counts, error) {
	c, err := h.fixed.Counts(ctx)
	c.HeldBatches = 1
	return c, err
}

func write(t *testing.T, m *Metrics, path string) {
	t.Helper()
	if err := m.WriteTextfile(path, nil); err != nil {
		t.Fatal(err)
	}
}

// Everybody may read the file, and nothing is left beside it.
func TestTextfileIsForEverybody(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "cleaner.prom")
	write(t, full(), path)
	info, err := os.Stat(path)
	if err != nil || info.Mode() != 0o644 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	if names, err := os.ReadDir(dir); err != nil || len(names) != 1 {
		t.Errorf("beside it: %v, %v", names, err)
	}
	text := file(t, path) // node_exporter has metrics go_* and process_* of its own
	golden(t, "full.prom", dateless(strings.ReplaceAll(text, runtime.Version(), "go")))
}

// What is there and not ours stays as it is, and the failure is counted.
func TestTextfileLeavesOthersAlone(t *testing.T) {
	dir := t.TempDir()
	for name, content := range map[string]string{
		"other.prom": "# HELP backup_last_success Backup.\nbackup_last_success 1\n",
		"notes.prom": "These are notes.\n",
		"big.prom":   "cleaner_build_info 1\n" + strings.Repeat("# nothing\n", mostText/10),
		"half.prom":  "cleaner_build_info 1\ncleaner_run_last_success_timestamp_seconds",
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(dir, name)
			if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
			m := New("", "")
			err := m.WriteTextfile(path, nil)
			if err == nil || !strings.Contains(err.Error(), "not written by cleaner") {
				t.Errorf("error %v", err)
			}
			if file(t, path) != content {
				t.Error("the file was changed")
			}
			shows(t, m, `cleaner_export_failures_total{to="textfile"} 1`)
		})
	}
}

// Where no file can be, the error says which and why.
func TestTextfileRefusals(t *testing.T) {
	dir := t.TempDir()
	for name, want := range map[string]string{
		"cleaner.txt":       "end in .prom",
		"absent/a.prom":     "no such file or directory",
		"directory.prom":    "not written by cleaner",
		"directory.prom/..": "end in .prom",
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(dir, name)
			if err := os.MkdirAll(filepath.Join(dir, "directory.prom"), 0o755); err != nil {
				t.Fatal(err)
			}
			err := New("", "").WriteTextfile(path, nil)
			if err == nil || !strings.Contains(err.Error(), want) || !strings.HasPrefix(err.Error(), "write metrics to "+path+": ") {
				t.Errorf("error %v, want %s", err, want)
			}
		})
	}
}

// An empty file, as an operator may have made it for its owner, is written.
func TestTextfileTakesAnEmptyFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "cleaner.prom")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	write(t, New("", ""), path)
	has(t, file(t, path), "cleaner_in_flight 0")
}

// Labels tell two files of one directory apart, and what was written under others
// is not carried over under these.
func TestTextfileLabels(t *testing.T) {
	path := filepath.Join(t.TempDir(), "cleaner.prom")
	east, west := map[string]string{"region": "east", "env": "pr\"od"}, map[string]string{"region": "west", "env": "pr\"od"}
	good := New("", "")
	good.EndRun(noon, exitcode.OK, worker.StopNone)
	if err := good.WriteTextfile(path, east); err != nil {
		t.Fatal(err)
	}
	if err := New("", "").WriteTextfile(path, east); err != nil {
		t.Fatal(err)
	}
	has(t, file(t, path),
		nameRunSuccess+`{env="pr\"od",region="east"} 1.7723664e+09`,
		`cleaner_runs_total{result="success",env="pr\"od",region="east"} 0`)
	text := file(t, path)
	for _, other := range []map[string]string{west, {"region": "east"}, nil} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := New("", "").WriteTextfile(path, other); err != nil {
			t.Fatal(err)
		}
		if strings.Contains(file(t, path), nameRunSuccess) {
			t.Errorf("a success under other labels was carried over under %v", other)
		}
	}
	for _, name := range []string{"result", "no label", "", "le", "__name__"} {
		if err := New("", "").WriteTextfile(path, map[string]string{name: "x"}); err == nil || !strings.Contains(err.Error(), "label") {
			t.Errorf("label %q: error %v", name, err)
		}
	}
	shows(t, good, nameRunSuccess+" 1.7723664e+09") // its own are as they were
}
