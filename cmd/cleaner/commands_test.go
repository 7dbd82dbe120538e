package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"cleaner/internal/exitcode"
	"cleaner/internal/report"
	"cleaner/internal/sim"
	"cleaner/internal/status"
	"cleaner/internal/terminal"
)

// oneShot runs a command that needs no stage.
func oneShot(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	code = run(t.Context(), args, func(string) string { return "" }, strings.NewReader(""), &out, &errs)
	return code, out.String(), errs.String()
}

func TestVersion(t *testing.T) {
	for _, how := range []string{"version", "--version"} {
		code, stdout, _ := oneShot(t, how)
		if code != exitOK || !regexp.MustCompile(`^cleaner devel.* \(go1\.\S+, \S+/\S+\)\n$`).MatchString(stdout) {
			t.Errorf("%s: code %d, printed %q", how, code, stdout)
		}
	}
}

// TestJSON: every command that prints facts prints them as JSON too, and nothing else to
// standard output.
func TestJSON(t *testing.T) {
	st := newStage(t, sim.Options{Faults: []sim.Fault{fault(t, "parameters-200:0.2")}})
	st.set("safety.failed_share", 1)
	ids := st.ids(60)
	st.set("safety.protect_file", st.write("protect", "abc\n"))
	ask := func(command ...string) map[string]any {
		t.Helper()
		code, stdout, stderr := st.cleaner(append(command, "--json")...)
		var object map[string]any
		if err := json.NewDecoder(strings.NewReader(stdout)).Decode(&object); err != nil || strings.Contains(stderr, "fault") {
			t.Errorf("%v: code %d, %v, %q\n%s", command, code, err, stdout, stderr)
		}
		return object
	}
	st.want("load", ask("load", st.path("tasks.txt"))["new"], any(60.0))
	st.want("run", ask("run", "--results", st.path("r.jsonl"))["pending"], any(0.0))
	letter := ask("dead", "list", "--limit", "1", "--sort", "id")
	dead, _ := letter["id"].(string)
	st.want("dead show", ask("dead", "show", strings.ToUpper(dead))["code"], letter["code"])
	st.want("dead requeue", ask("dead", "requeue", dead)["requeued"], any(1.0))
	st.want("audit verify", auditAsked(t, st.path("r.jsonl"))["whole"], any(true))
	batch, _ := ask("batches")["name"].(string)
	st.want("withdraw", ask("withdraw", batch, "--reason", "x")["withdrawn"], any(1.0))
	st.want("check", ask("check", "--show")["queue"], st.cfg["queue"].(map[string]any)["url"])
	st.want("check --protects", ask("check", "--protects", ids[0])["protected"], any(false))
	for _, command := range [][]string{{"pause"}, {"resume"}, {"release"}, {"dead", "drop", "--all"}} {
		if said, ok := ask(command...)["message"].(string); !ok || said == "" {
			t.Errorf("%v says nothing", command)
		}
	}
	for _, command := range [][]string{{"dead", "show", ids[0]}, {"dead", "requeue", ids[0]}} {
		code, _, stderr := st.cleaner(command...)
		st.want("exit code", code, exitUsage)
		st.want("what it says: "+stderr, strings.Contains(stderr, "is no dead letter"), true)
	}
	st.wantNoBatch("it has " + batch)
}

// auditAsked is what verify says of a results file as JSON.
func auditAsked(t *testing.T, path string) (object map[string]any) {
	t.Helper()
	_, stdout, _ := oneShot(t, "audit", "verify", path, "--json")
	if err := json.Unmarshal([]byte(stdout), &object); err != nil {
		t.Errorf("%v: %q", err, stdout)
	}
	return object
}

// TestEnvironmentSetsKeys: variables win over the file, and flags over them; one that is wrong
// is named, one that nobody reads is warned of, and so is a secret that everybody can read.
func TestEnvironmentSetsKeys(t *testing.T) {
	st := newStage(t, sim.Options{})
	st.env["CLEANER_LIMITS_WORKERS"], st.env["CLEANER_LIMITS_GRACE"] = "7", "90s"
	_, stdout, _ := st.cleaner("check", "--show", "--workers", "9")
	for _, want := range []string{"workers: 9 # flag --workers", "grace: 1m30s # environment CLEANER_LIMITS_GRACE", "level: ", "# file " + st.path("cleaner.yaml") + ":"} {
		st.want(want, strings.Contains(stdout, want), true)
	}
	st.env["CLEANER_LIMITS_WORKERS"] = "none"
	code, _, stderr := st.cleaner("status")
	st.want("exit code", code, exitUsage)
	st.want("the variable is named: "+stderr, strings.Contains(stderr, "\n  CLEANER_LIMITS_WORKERS: limits.workers: must be a whole number"), true)

	delete(st.env, "CLEANER_LIMITS_WORKERS")
	path := st.write("password", thePassword)
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	st.cfg["auth"] = map[string]any{"password": map[string]any{"domain": "d", "user": "u", "password_file": path}}
	var out, errs strings.Builder
	st.cleaner("status") // writes the configuration
	a := &app{
		env: func(k string) string { return st.env[k] }, environ: []string{"CLEANER_LIMITS_RAET=9", "CLEANER_SERVICE_HOST=10.0.0.1"},
		stdin: strings.NewReader(""), stdout: &out, stderr: terminal.NewScreen(&errs),
	}
	st.want("exit code of check", a.main(t.Context(), []string{"check", "-c", st.path("cleaner.yaml")}), exitOK)
	for _, want := range []string{
		"warning  the environment variable CLEANER_LIMITS_RAET is not known, and nothing is done about it; did you mean CLEANER_LIMITS_RATE?\n",
		"warning  auth.password.password_file: everybody on this machine can read the secret (mode 0644); chmod 600 keeps it to its owner\n",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in\n%s%s", want, out.String(), errs.String())
		}
	}
	st.want("Kubernetes' variable is left alone", strings.Contains(out.String()+errs.String(), "SERVICE_HOST"), false)
}

func TestCompletion(t *testing.T) {
	for _, shell := range []string{"bash", "zsh", "fish", "powershell"} {
		if code, stdout, _ := oneShot(t, "completion", shell); code != exitOK || !strings.Contains(stdout, "cleaner") {
			t.Errorf("%s: code %d, %d bytes", shell, code, len(stdout))
		}
	}
}

func TestUsageErrors(t *testing.T) {
	tests := []struct {
		name string
		args []string
		want string
	}{
		{"a mistyped command", []string{"rnu"}, "run"},
		{"no configuration", []string{"run", "--config", "/nowhere/d.yaml"}, "read configuration: open /nowhere/d.yaml"},
		{"a list without its flag", []string{"run", "list.txt"}, "--ids list.txt\nSee 'cleaner run --help'."},
		{"lists with commas", []string{"run", "--ids", "a,b"}, "--ids a --ids b\nSee 'cleaner run --help'."},
		{"inputs with commas", []string{"load", "a,b"}, "a b\nSee 'cleaner load --help'."},
		{"another program's command", []string{"delete"}, "cleaner run --ids FILE\nSee 'cleaner run --help'."},
		{"quiet and verbose", []string{"run", "-q", "-v"}, "give one of them\nSee 'cleaner run --help'."},
		{"two reports", []string{"run", "--json", "--report", "r"}, "--json is --report -"},
		{"often without watching", []string{"status", "--every", "5s", "-c", "/dev/null"}, "--every goes with --watch"},
		{"an empty ID", []string{"dead", "drop", "", "--yes", "-c", "c.yaml"}, "the task ID is empty"},
		{"an empty ID to show", []string{"dead", "show", "", "-c", "c.yaml"}, "ID is empty"},
		{"an ID and all", []string{"dead", "drop", "x", "--all"}, "name one task ID"},
		{"a configuration that is not there", []string{"check", "-c", "/nowhere/c.yaml"}, "/nowhere/c.yaml"},
		{"a mistyped command of dead", []string{"dead", "lst"}, "lst"},
		{"help with what there is not", []string{"help", "nosuch"}, `no command "nosuch"`},
		{"help with a command of dead that there is not", []string{"help", "dead", "lst"}, `no command "dead lst"`},
		{"completion for an unknown shell", []string{"completion", "nosuch"}, `no command "completion nosuch"`},
		{"an empty configuration", []string{"run", "-c", "", "--dry-run"}, "must not be empty"},
		{"an empty reason", []string{"release", "--reason", "", "-c", "c.yaml"}, "must not be empty"},
		{"two kinds of check", []string{"check", "--online", "--protects", "x", "-c", "c.yaml"}, "[online protects]"},
		{"an empty report", []string{"run", "--report", "", "-c", "c.yaml"}, "must not be empty"},
		{"empty results", []string{"run", "--results", "", "-c", "c.yaml"}, "must not be empty"},
		{"an empty column", []string{"load", "--column", "", "-c", "c.yaml", "x"}, "must not be empty"},
		{"an empty address", []string{"load", "--to", "", "-c", "c.yaml", "x"}, "must not be empty"},
		{"an empty batch", []string{"run", "--batch", "", "-c", "c.yaml"}, "must not be empty"},
		{"an empty batch of dead letters", []string{"dead", "drop", "--code", "x", "--batch", "", "-c", "c.yaml"}, "must not be empty"},
		{"an empty code", []string{"dead", "requeue", "--code", "", "--older-than", "1h", "-c", "c.yaml"}, "must not be empty"},
		{"days", []string{"dead", "drop", "--older-than", "1d", "-c", "c.yaml"}, "24h for a day"},
		{"a negative age", []string{"dead", "drop", "--older-than", "-5s", "-c", "c.yaml"}, "above 0"},
		{"no age at all", []string{"dead", "requeue", "--all", "--older-than", "0s", "-c", "c.yaml"}, "above 0"},
		{"an argument too many", []string{"version", "now"}, "now"},
		{"an unknown fault", []string{"sim", "--fault", "bussy-400"}, "busy-400"},
		{"an unknown profile", []string{"sim", "--profile", "absent-40"}, "did you mean absent-400"},
		{"an access key without its secret", []string{"sim", "--signer", "AK"}, envSimSecretKey},
		{"an ID that is none", []string{"sim", "--ids", "stage_test.go"}, "add task"},
		{"an empty input", []string{"run", "--ids", "", "-c", "c.yaml"}, "--ids is empty"},
		{"an empty file", []string{"load", "x", "", "-c", "c.yaml"}, "FILE is empty"},
		{"an empty results file", []string{"audit", "verify", ""}, "FILE is empty"},
		{"an empty batch to take back", []string{"withdraw", "--reason", "r", "", "-c", "c.yaml"}, "BATCH is empty"},
		{"a blank reason", []string{"release", "--reason", " ", "-c", "c.yaml"}, "must not be empty"},
		{"a blank reason to take back", []string{"withdraw", "--reason", "\n", "x", "-c", "c.yaml"}, "must say why"},
		{"two batches", []string{"run", "--batch", "a", "--batch", "b", "-c", "c.yaml"}, `given twice, as "a" and as "b"`},
		{"two codes", []string{"dead", "drop", "--code", "a", "--code", "b", "-c", "c.yaml"}, "given twice"},
		{"no limit to change", []string{"set", "-c", "c.yaml"}, "is required"},
		{"a limit below 0", []string{"set", "--rate", "-1", "-c", "c.yaml"}, "must be above 0"},
		{"a look at the list and at the configuration", []string{"check", "--show", "--protects", "x", "-c", "c.yaml"}, "[protects show]"},
		{"a negative throttle", []string{"sim", "--throttle", "-1", "--listen", "127.0.0.1:0"}, "negative"},
		{"no port", []string{"sim", "--listen", "localhost"}, "127.0.0.1:8080"},
		{"a public address", []string{"sim", "--listen", "0.0.0.0:0"}, "loopback"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			code, stdout, stderr := oneShot(t, tt.args...)
			if code != exitUsage || !strings.Contains(stderr, tt.want) || stdout != "" {
				t.Errorf("code %d, said %q and %q; want %d and %q", code, stderr, stdout, exitUsage, tt.want)
			}
		})
	}
}

// TestHelpOfCommands: help with what there is, and a bare completion, still end well.
func TestHelpOfCommands(t *testing.T) {
	for _, args := range [][]string{{"help"}, {"help", "run"}, {"help", "dead", "drop"}, {"help", "completion"}, {"completion"}} {
		if code, stdout, stderr := oneShot(t, args...); code != exitOK || !strings.Contains(stdout, "Usage:") {
			t.Errorf("%v: code %d, printed %q and %q", args, code, stdout, stderr)
		}
	}
	if _, stdout, _ := oneShot(t, "dead", "drop", "--help"); strings.Contains(stdout, "(default )") || strings.Contains(stdout, "0s") {
		t.Errorf("no age is shown as a default:\n%s", stdout)
	}
}

// TestResultsDash: results cannot go to standard output, and no file named - is made.
func TestResultsDash(t *testing.T) {
	t.Chdir(t.TempDir())
	st := newStage(t, sim.Options{})
	st.ids(3)
	code, _, stderr := st.cleaner("run", "--ids", st.path("tasks.txt"), "--results", "-")
	st.want("exit code", code, exitUsage)
	st.want("what it says: "+stderr, strings.Contains(stderr, "--results -: ") && strings.Contains(stderr, "name a file"), true)
	st.want("requests", st.sim.Truth().Requests, int64(0))
	st.set("output.results", "-")
	code, _, stderr = st.cleaner("check")
	st.want("exit code of check", code, exitUsage)
	st.want("what check says: "+stderr, strings.Contains(stderr, "output.results: "), true)
	_, err := os.Stat("-")
	st.want("a file named -", os.IsNotExist(err), true)
}

func TestHelpTellsEveryExitCode(t *testing.T) {
	_, stdout, _ := oneShot(t, "run", "--help")
	for _, r := range exitcode.Table() {
		if line := fmt.Sprintf("\n\t%d  %s\n", r.Code, r.Meaning); !strings.Contains(stdout, line) {
			t.Errorf("the help lacks %q", line)
		}
	}
}

func TestLoadStatusDead(t *testing.T) {
	st := newStage(t, sim.Options{Faults: []sim.Fault{fault(t, "parameters-200:0.2"), fault(t, "unknown-200:0.2")}})
	_, stdout, _ := st.cleaner("status", "--json")
	st.want("status before anything", strings.Contains(stdout, `"loaded":0`) && strings.Contains(stdout, `"ledger_exists":false`), true)
	st.ids(100)
	code, stdout, _ := st.cleaner("load", st.path("tasks.txt"))
	st.want("load", code, exitOK)
	st.want("what it says", strings.Contains(stdout, "100 new, 0 duplicates, 0 rejected"), true)

	st.set("safety.failed_share", 1) // they are meant to die
	dead := st.pass(exitDead).Dead
	var s status.Status
	_, stdout, _ = st.cleaner("status", "--json")
	if err := json.Unmarshal([]byte(stdout), &s); err != nil {
		t.Fatal(err)
	}
	st.want("dead in the status", s.Ledger.Dead, dead)
	st.want("loaded in the status", s.Ledger.Loaded, int64(100))

	letters := deadLetters(st, "--code", "CC.00050000")
	if len(letters) == 0 || len(letters) == int(dead) {
		t.Fatalf("%d of %d dead letters have one of two codes", len(letters), dead)
	}
	// Requeue touches only what was named.
	st.want("fault", st.sim.SetFaults(), nil)
	_, stdout, _ = st.cleaner("dead", "requeue", "--code", "CC.00050000")
	st.want("requeued", strings.HasPrefix(stdout, strconv.Itoa(len(letters))+" "), true)
	st.want("deleted", st.pass(exitOK).Deleted, int64(len(letters)))
	left := deadLetters(st)
	st.want("left", len(left), int(dead)-len(letters))
	for _, l := range left {
		st.want("code", l["code"], any("CC.00059999"))
	}
	code, _, _ = st.cleaner("dead", "drop")
	st.want("drop without a choice", code, exitUsage)
	code, _, _ = st.cleaner("dead", "drop", "--all")
	st.want("drop", code, exitOK)
	st.want("left", len(deadLetters(st)), 0)
}

func deadLetters(st *stage, args ...string) []map[string]any {
	st.Helper()
	code, stdout, stderr := st.cleaner(append([]string{"dead", "list", "--json"}, args...)...)
	if code != exitOK {
		st.Fatal(stderr)
	}
	var letters []map[string]any
	for dec := json.NewDecoder(strings.NewReader(stdout)); dec.More(); {
		var l map[string]any
		if err := dec.Decode(&l); err != nil {
			st.Fatal(err)
		}
		letters = append(letters, l)
	}
	return letters
}

// TestRefusedInput: a file with too many bad lines is refused whole, before any
// DELETE, and what was bad is kept.
func TestRefusedInput(t *testing.T) {
	st := newStage(t, sim.Options{})
	st.write("tasks.txt", "a1\na2\n../../v2/tasks\na b\na3\n")
	code, _, stderr := st.cleaner("run", "--ids", st.path("tasks.txt"))
	st.want("exit code", code, exitUsage)
	st.want("requests", st.sim.Truth().Requests, int64(0))
	st.want("the error tells the key", strings.Contains(stderr, "safety.invalid_share"), true)
	_, stdout, _ := st.cleaner("status", "--json")
	st.want("nothing is left in the ledger", strings.Contains(stdout, `"loaded":0`), true)
	rejects, err := os.ReadFile(st.path("state/queue.db.rejects.jsonl"))
	st.want("error", err, nil)
	for _, want := range []string{`"line":3`, `"line":4`, "../../v2/tasks"} {
		st.want(want, strings.Contains(string(rejects), want), true)
	}
	// With a limit that admits it, the rest is deleted.
	st.set("safety.invalid_share", 0.5)
	r := st.pass(exitOK, "--ids", st.path("tasks.txt"))
	st.want("deleted", r.Deleted, int64(3))
	st.want("rejected", r.Rejected, int64(2))
}

func TestStandardInput(t *testing.T) {
	st := newStage(t, sim.Options{})
	st.set("safety.canary", 0) // which takes seconds
	st.cleaner("check")        // writes the configuration
	var out, errs bytes.Buffer
	args := []string{"run", "--config", st.path("cleaner.yaml"), "--ids", "-", "--report", "-"}
	code := run(t.Context(), args, func(string) string { return "" }, strings.NewReader("a1\na2\na3\na1\n"), &out, &errs)
	st.want("exit code", code, exitOK)
	st.want("effects", st.sim.Truth().Effects, int64(3))
	var r report.Report
	if err := json.Unmarshal(out.Bytes(), &r); err != nil { // the report and nothing else
		t.Fatalf("%v in %q", err, out.String())
	}
	st.want("the summary is on standard error", strings.Contains(errs.String(), "3 task IDs"), true)
	st.want("duplicates", r.Duplicates, int64(1))
}

// TestSignalWhileLoading: a pipe that nobody writes to does not hold up a stop,
// and nothing of an input that was not read to its end is kept.
func TestSignalWhileLoading(t *testing.T) {
	st := newStage(t, sim.Options{})
	st.cleaner("check") // writes the configuration
	in, w := io.Pipe()
	t.Cleanup(func() { st.want("close", w.Close(), nil) })
	go func() {
		_, err := io.WriteString(w, "a1\na2\n")
		st.want("write", err, nil)
		st.want("kill", syscall.Kill(os.Getpid(), syscall.SIGTERM), nil)
	}()
	var out, errs bytes.Buffer
	code := run(t.Context(), []string{"run", "--config", st.path("cleaner.yaml"), "--ids", "-"}, func(string) string { return "" }, in, &out, &errs)
	st.want("exit code", code, exitSignal)
	st.want("requests", st.sim.Truth().Requests, int64(0))
	st.want("what it says", strings.Contains(errs.String(), "nothing of it was loaded"), true)
	_, stdout, _ := st.cleaner("status", "--json")
	st.want("nothing is left in the ledger", strings.Contains(stdout, `"loaded":0`), true)
}

// TestSimCommand serves until it is told to stop.
func TestSimCommand(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	out, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	ended := make(chan int, 1)
	go func() {
		ended <- run(ctx, []string{"sim", "--listen", "127.0.0.1:0", "--fault", "busy-400:0.5:1"}, func(string) string { return "" }, nil, w, w)
	}()
	buf := make([]byte, 256)
	n, err := out.Read(buf)
	if err != nil {
		t.Fatal(err)
	}
	url := strings.TrimSpace(strings.TrimPrefix(string(buf[:n]), "simulated service on "))
	client := &http.Client{Timeout: 5 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Get(url + "/sim/truth")
	if err != nil {
		t.Fatal(err)
	}
	st := resp.StatusCode
	if err := resp.Body.Close(); err != nil {
		t.Error(err)
	}
	if st != http.StatusOK {
		t.Errorf("truth: HTTP %d", st)
	}
	cancel()
	if code := <-ended; code != exitOK {
		t.Errorf("exit code %d", code)
	}
	w.Close()
}
