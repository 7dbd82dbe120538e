package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"cleaner/internal/report"
	"cleaner/internal/sim"
)

// auditStage makes two passes of 20 IDs each into one results file, and returns
// what their reports say of it.
func auditStage(t *testing.T) (st *stage, first, second report.Head) {
	t.Helper()
	st = newStage(t, sim.Options{})
	st.ids(40)
	one := st.pass(exitLimit, "--ids", st.path("tasks.txt"), "--max-deletes", "20")
	two := st.pass(exitOK)
	if one.Results == nil || two.Results == nil {
		t.Fatalf("the reports do not say where the results end: %v, %v", one.Results, two.Results)
	}
	return st, *one.Results, *two.Results
}

// TestAuditOfTwoPasses: what the reports note is what verify finds.
func TestAuditOfTwoPasses(t *testing.T) {
	st, first, second := auditStage(t)
	st.want("lines of the first", first.Lines, int64(20))
	st.want("lines of the second", second.Lines, int64(20))
	path := st.path("results.jsonl")
	for _, args := range [][]string{
		{path},
		{path, path},
		{"--expect", second.Chain, "--lines", "40", path},
		{"--expect", first.Chain, "--lines", "20", path},
		{"--lines", "30", path},
	} {
		code, stdout, stderr := oneShot(t, append([]string{"audit", "verify"}, args...)...)
		if code != exitOK || !strings.Contains(stdout, "whole, 40 lines from 20") || !strings.Contains(stdout, "chain "+second.Chain) {
			t.Errorf("%v: code %d\n%s%s", args, code, stdout, stderr)
		}
	}
	_, stdout, _ := oneShot(t, "audit", "verify", "--expect", first.Chain, path)
	st.want("says where", strings.Contains(stdout, "the noted chain value at line 20"), true)
}

func TestAuditOfABrokenFile(t *testing.T) {
	st, first, second := auditStage(t)
	text, err := os.ReadFile(st.path("results.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	ls := bytes.SplitAfter(text, []byte("\n"))
	join := func(parts ...[][]byte) string {
		var all []byte
		for _, p := range parts {
			all = append(all, bytes.Join(p, nil)...)
		}
		return string(all)
	}
	tests := []struct {
		name, text string
		args       []string
		code       int
		want       string
	}{
		{"changed", strings.Replace(string(text), `"deleted"`, `"gone"`, 1), nil, exitInternal, ": line 1 was changed"},
		{"removed", join(ls[:30], ls[31:]), nil, exitInternal, ": line 31 was changed, added or moved, or lines before it were removed"},
		{"copied", join(ls[:7], ls[6:]), nil, exitInternal, ": line 8 was changed, added or moved"},
		{"cut off, not noted", join(ls[:30]), nil, exitOK, ": whole, 30 lines"},
		{"cut off", join(ls[:30]), []string{"--expect", second.Chain}, exitInternal, ": the noted chain value is that of no line"},
		{"cut off by number", join(ls[:30]), []string{"--lines", "40"}, exitInternal, ": 40 lines were noted, and there are 30"},
		{"cut off later than noted", join(ls[:30]), []string{"--expect", first.Chain}, exitOK, ": whole, 30 lines"},
		{"torn", string(text[:len(text)-9]), nil, exitInternal, ": line 40 has no end"},
		{"not of results", "a1\n", nil, exitInternal, ": line 1 is not a line of results"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			path := st.write("changed.jsonl", tt.text)
			code, stdout, stderr := oneShot(t, append([]string{"audit", "verify", path}, tt.args...)...)
			if code != tt.code || !strings.Contains(stdout, path+tt.want) || stderr != "" {
				t.Errorf("code %d, want %d and %q\n%s%s", code, tt.code, tt.want, stdout, stderr)
			}
			if strings.Contains(stdout, "BROKEN") != (tt.code != exitOK) {
				t.Errorf("the last line says otherwise:\n%s", stdout)
			}
		})
	}
}

func TestAuditReadsStandardInput(t *testing.T) {
	st, _, second := auditStage(t)
	f, err := os.Open(st.path("results.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var out bytes.Buffer
	code := newApp(f, &out, &out).main(t.Context(), []string{"audit", "verify", "--expect", second.Chain, "-"})
	if code != exitOK || !strings.HasPrefix(out.String(), "-: whole, 40 lines") {
		t.Errorf("code %d: %s", code, &out)
	}
}

func TestAuditUsage(t *testing.T) {
	dir := t.TempDir()
	empty, broken, missing := filepath.Join(dir, "empty"), filepath.Join(dir, "broken"), filepath.Join(dir, "missing")
	for path, text := range map[string]string{empty: "", broken: "x\n"} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	tests := []struct {
		name string
		args []string
		code int
		want string
	}{
		{"no file", nil, exitUsage, "at least one FILE"},
		{"an empty file", []string{empty}, exitOK, "whole, 0 lines, chain " + report.Seed},
		{"a file that is not there", []string{missing}, exitUsage, missing},
		{"a directory", []string{dir}, exitUsage, dir},
		{"the other files are read", []string{missing, empty}, exitUsage, "whole, 0 lines"},
		{"broken is worse than missing", []string{broken, missing}, exitInternal, missing},
		{"a note of two files", []string{"--lines", "1", empty, broken}, exitUsage, "name one"},
		{"no chain value", []string{"--expect", "ABC", empty}, exitUsage, "64 lower-case"},
		{"an empty chain value", []string{"--expect", "", empty}, exitUsage, "64 lower-case"},
		{"no number of lines", []string{"--lines", "0", empty}, exitUsage, "positive"},
		{"a mistyped command", []string{}, exitUsage, "vrify"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			args := append([]string{"audit", "verify"}, tt.args...)
			if tt.name == "a mistyped command" {
				args = []string{"audit", "vrify"}
			}
			code, stdout, stderr := oneShot(t, args...)
			if code != tt.code || !strings.Contains(stdout+stderr, tt.want) {
				t.Errorf("code %d, want %d and %q\n%s%s", code, tt.code, tt.want, stdout, stderr)
			}
		})
	}
}

// TestNoResultsNoHead: a report speaks of results only when they were written.
func TestNoResultsNoHead(t *testing.T) {
	st := newStage(t, sim.Options{})
	st.ids(3)
	code, stdout, _ := st.cleaner("run", "--ids", st.path("tasks.txt"), "--report", "-")
	st.want("exit code", code, exitOK)
	st.want("a head", strings.Contains(stdout, `"results"`), false)
}

// TestOldResultsStopThePass: nothing is sent when the results cannot be written.
func TestOldResultsStopThePass(t *testing.T) {
	st := newStage(t, sim.Options{})
	st.ids(3)
	old := `{"id":"a1","outcome":"deleted"}` + "\n"
	path := st.write("results.jsonl", old)
	code, _, stderr := st.cleaner("run", "--ids", st.path("tasks.txt"), "--results", path)
	st.want("exit code", code, exitInternal)
	st.want("says what to do", strings.Contains(stderr, "move it away, or name another file"), true)
	st.want("requests", st.sim.Truth().Requests, int64(0))
	text, err := os.ReadFile(path)
	st.want("the file", string(text), old)
	st.want("error", err, nil)
}
