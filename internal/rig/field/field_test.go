package field

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestInputs: each case gives what it must.
func TestInputs(t *testing.T) { runAll(t, Inputs()) }

// TestLedgers: the same of what is done to a ledger.
func TestLedgers(t *testing.T) { runAll(t, Ledgers()) }

// TestEveryFileIsACase: no file of testdata is forgotten.
func TestEveryFileIsACase(t *testing.T) {
	named := map[string]bool{}
	for _, c := range slices.Concat(Inputs(), Ledgers()) {
		named[c.File] = true
	}
	files, err := os.ReadDir("testdata")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if !named[f.Name()] {
			t.Errorf("%s is in no case", f.Name())
		}
	}
}

// runAll runs the cases with a binary of their own.
func runAll(t *testing.T, cases []Case) {
	t.Helper()
	bin := build(t)
	for _, c := range cases {
		name := strings.Join(append([]string{c.File}, c.Flags...), " ") + c.Config
		t.Run(name, func(t *testing.T) {
			f := newFolder(t, bin, c.Config)
			if strings.HasSuffix(c.File, ".sh") {
				f.script(c)
				return
			}
			f.file(c)
		})
	}
}

// build builds the binary, as the Makefile does, and returns its folder.
func build(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	cmd := exec.CommandContext(t.Context(), "go", "build", "-trimpath", "-ldflags", "-s -w", "-o", folder, "cleaner/cmd/cleaner")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("build cleaner: %v\n%s", err, out)
	}
	return folder
}

// folder is where a case runs.
type folder struct {
	*testing.T
	dir      string
	bin      string
	testdata string
}

func newFolder(t *testing.T, bin, inputs string) *folder {
	t.Helper()
	testdata, err := filepath.Abs("testdata")
	if err != nil {
		t.Fatal(err)
	}
	f := &folder{t, t.TempDir(), bin, testdata}
	config := fmt.Sprintf("service: {region: cn-north-4, endpoint: 'http://127.0.0.1:9'}\nauth: {token_file: %[1]s/token}\nqueue: {url: 'sqlite:%[1]s/queue.db'}\n", f.dir)
	if inputs != "" {
		config += "inputs:\n  " + inputs + "\n"
	}
	for name, text := range map[string]string{"cleaner.yaml": config, "token": "not-a-secret\n"} {
		if err := os.WriteFile(filepath.Join(f.dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return f
}

// run runs a command in the folder.
func (f *folder) run(name string, args ...string) (code int, printed string) {
	f.Helper()
	cmd := exec.CommandContext(f.Context(), name, args...)
	cmd.Dir = f.dir
	cmd.Env = append(os.Environ(), "PATH="+f.bin+":"+os.Getenv("PATH"), "TESTDATA="+f.testdata)
	out, err := cmd.CombinedOutput()
	if _, ended := errors.AsType[*exec.ExitError](err); err != nil && !ended {
		f.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), string(out)
}

// script runs a script, which knows itself what must be.
func (f *folder) script(c Case) {
	f.Helper()
	if code, printed := f.run("bash", "-euo", "pipefail", filepath.Join(f.testdata, c.File)); code != 0 {
		f.Errorf("exit code %d\n%s", code, printed)
	}
}

// file makes a dry run over a file: it tells every ID that would be deleted.
func (f *folder) file(c Case) {
	f.Helper()
	args := []string{"run", "--config", "cleaner.yaml", "--dry-run", "--results", "results.jsonl", "--ids", filepath.Join(f.testdata, c.File)}
	code, printed := f.run(filepath.Join(f.bin, "cleaner"), append(args, c.Flags...)...)
	if code != c.Exit || !strings.Contains(printed, c.Says) {
		f.Errorf("exit code %d, want %d and %q\n%s", code, c.Exit, c.Says, printed)
	}
	want := slices.Sorted(slices.Values(c.IDs))
	if diff := cmp.Diff(want, f.ids()); diff != "" {
		f.Errorf("IDs (-want +got):\n%s\n%s", diff, printed)
	}
}

// ids returns the IDs of the results.
func (f *folder) ids() (ids []string) {
	f.Helper()
	text, err := os.ReadFile(filepath.Join(f.dir, "results.jsonl"))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		f.Fatal(err)
	}
	for line := range bytes.Lines(text) {
		var r struct{ ID string }
		if err := json.Unmarshal(line, &r); err != nil {
			f.Fatal(err)
		}
		ids = append(ids, r.ID)
	}
	slices.Sort(ids)
	return ids
}
