package main

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
	"go.yaml.in/yaml/v3"

	"cleaner/internal/report"
	"cleaner/internal/sim"
	"cleaner/internal/terminal"
	"cleaner/internal/worker"
)

// TestMain collects garbage rarely: each stage needs little memory, and a quarter of the
// time of all of them was spent on it.
func TestMain(m *testing.M) {
	debug.SetGCPercent(400)
	goleak.VerifyTestMain(m)
}

// newApp is the program in an empty environment.
func newApp(stdin io.Reader, stdout, stderr io.Writer) *app {
	return &app{env: func(string) string { return "" }, stdin: stdin, stdout: stdout, stderr: terminal.NewScreen(stderr)}
}

// The secrets of every stage. No output may ever hold them.
const (
	thePassword  = "planted-password-6a1f"
	theSecretKey = "planted-secret-key-77c2"
)

// stage is a simulated service and a folder with all that a run needs. The
// program runs in this process, over real HTTP and on a real ledger.
type stage struct {
	*testing.T
	sim *sim.Sim
	url string
	dir string
	cfg map[string]any
	env map[string]string
	// written are the files that the test itself wrote; all others are cleaner's.
	written map[string]bool
	writing sync.Mutex // guards written; two commands may run at once
	// confirm and settle take the place of the times of calibration; 0 leaves them.
	confirm, settle time.Duration
}

// newStage returns a stage with a quick configuration.
func newStage(t *testing.T, o sim.Options) *stage {
	t.Helper()
	o.RequireAuth = true
	o.Domain, o.User, o.Password, o.Project = "account", "operator", thePassword, "cn-north-4"
	s, err := sim.New(o)
	if err != nil {
		t.Fatal(err)
	}
	url, stop, err := s.Start("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	st := &stage{T: t, sim: s, url: url, dir: t.TempDir(), env: map[string]string{}, written: map[string]bool{}}
	t.Cleanup(st.searchFiles) // when all that writes has ended
	t.Cleanup(stop)
	st.write("password", thePassword+"\n")
	st.cfg = map[string]any{
		"service": map[string]any{"region": "cn-north-4", "endpoint": url, "iam_endpoint": url},
		"auth":    map[string]any{"password": map[string]any{"domain": "account", "user": "operator", "password_file": st.path("password")}},
		"queue":   map[string]any{"url": "sqlite:" + st.path("state/queue.db")},
		"limits":  map[string]any{"workers": 16, "rate": 100_000, "floor": 100_000, "burst": 100, "request_timeout": "1s", "grace": "5s"},
		"retry":   map[string]any{"attempts": 5, "initial": "5ms", "max": "50ms", "deadline": "1m"},
		"safety":  map[string]any{"invalid_share": 0.1},
		"inputs":  map[string]any{"id_pattern": "[0-9A-Za-z_-]+"}, // tests have IDs that say what they are
	}
	return st
}

func (st *stage) path(name string) string { return filepath.Join(st.dir, name) }

func (st *stage) write(name, text string) string {
	st.Helper()
	st.writing.Lock()
	st.written[st.path(name)] = true
	st.writing.Unlock()
	// A command that runs beside this one finds the whole file, the old or the new.
	temporary, err := os.CreateTemp(st.dir, ".written-")
	if err != nil {
		st.Fatal(err)
	}
	_, err = temporary.WriteString(text)
	if err = errors.Join(err, temporary.Close(), os.Rename(temporary.Name(), st.path(name))); err != nil {
		st.Fatal(err)
	}
	return st.path(name)
}

// set sets a key of the configuration, e.g. limits.workers.
func (st *stage) set(path string, value any) {
	section, key, _ := strings.Cut(path, ".")
	m, ok := st.cfg[section].(map[string]any)
	if !ok {
		m = map[string]any{}
		st.cfg[section] = m
	}
	m[key] = value
}

// ids writes n task IDs, the same ones in every run, to tasks.txt.
func (st *stage) ids(n int) []string {
	st.Helper()
	ids := make([]string, n)
	for i := range ids {
		ids[i] = fmt.Sprintf("%032x", uint64(i+1)*0x9e3779b97f4a7c15)
	}
	st.write("tasks.txt", strings.Join(ids, "\n")+"\n")
	return ids
}

// cleaner runs the program and returns its exit code and what it printed. The
// configuration is given to every command that takes one.
func (st *stage) cleaner(args ...string) (code int, stdout, stderr string) {
	st.Helper()
	text, err := yaml.Marshal(st.cfg)
	if err != nil {
		st.Fatal(err)
	}
	args = append(args, "--config", st.write("cleaner.yaml", string(text)))
	var out, errs bytes.Buffer
	code = (&app{
		env: func(k string) string { return st.env[k] }, stdin: strings.NewReader(""), stdout: &out, stderr: terminal.NewScreen(&errs),
		fault: st.hasten,
	}).main(st.Context(), args)
	for _, printed := range []string{out.String(), errs.String()} {
		for _, secret := range []string{thePassword, theSecretKey} {
			if _, found := showing(printed, secret); found {
				st.Errorf("%v printed a secret:\n%s", args, printed)
			}
		}
	}
	return code, out.String(), errs.String()
}

// hasten shortens the waits of calibration, so that a test need not wait for them.
func (st *stage) hasten(o *worker.Options) {
	o.Calibration.Settle, o.Calibration.Confirm = cmp.Or(st.settle, 5*time.Millisecond), st.confirm
}

// searchFiles looks for the secrets in every file that cleaner wrote, the ledger
// with its log included. It runs at the end of every test that has a stage.
func (st *stage) searchFiles() {
	err := filepath.WalkDir(st.dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() || st.written[path] {
			return err
		}
		text, err := os.ReadFile(path)
		for _, secret := range []string{thePassword, theSecretKey} {
			if form, found := showing(string(text), secret); found {
				st.Errorf("%s holds a secret as %q", path, form)
			}
		}
		return err
	})
	if err != nil {
		st.Error(err)
	}
}

// pass makes a pass over tasks.txt, wants the exit code and returns the report.
func (st *stage) pass(wantCode int, args ...string) report.Report {
	st.Helper()
	all := []string{"run", "--report", st.path("report.json"), "--results", st.path("results.jsonl")}
	code, stdout, stderr := st.cleaner(append(all, args...)...)
	if code != wantCode {
		st.Fatalf("exit code %d, want %d\n%s%s", code, wantCode, stdout, stderr)
	}
	text, err := os.ReadFile(st.path("report.json"))
	if err != nil {
		st.Fatal(err)
	}
	var r report.Report
	if err := json.Unmarshal(text, &r); err != nil {
		st.Fatal(err)
	}
	if r.ExitCode != wantCode {
		st.Errorf("report says exit code %d, want %d", r.ExitCode, wantCode)
	}
	if sum := r.Deleted + r.Gone + r.Protected + r.Dead + r.Pending; r.Loaded != sum {
		st.Errorf("loaded %d, sum %d", r.Loaded, sum)
	}
	return r
}

// results reads the results file. An ID that stands there twice is an error.
func (st *stage) results() map[string]report.Result {
	st.Helper()
	text, err := os.ReadFile(st.path("results.jsonl"))
	if err != nil {
		st.Fatal(err)
	}
	all := map[string]report.Result{}
	for lines := bufio.NewScanner(bytes.NewReader(text)); lines.Scan(); {
		var r report.Result
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			st.Fatal(err)
		}
		if _, twice := all[r.ID]; twice {
			st.Errorf("results name %s twice", r.ID)
		}
		all[r.ID] = r
	}
	return all
}

func (st *stage) want(what string, got, want any) {
	st.Helper()
	if got != want {
		st.Errorf("%s = %v, want %v", what, got, want)
	}
}

// fault reads a fault of the catalogue.
func fault(t *testing.T, text string) sim.Fault {
	t.Helper()
	f, err := sim.ParseFault(text)
	if err != nil {
		t.Fatal(err)
	}
	return f
}
