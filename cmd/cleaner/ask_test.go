package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/creack/pty"
	"go.yaml.in/yaml/v3"

	"cleaner/internal/report"
	"cleaner/internal/sim"
)

// session is the program at a terminal of its own.
type session struct {
	*stage
	cmd  *exec.Cmd
	tty  *os.File
	said bytes.Buffer
}

// attend starts the program at a terminal.
func (st *stage) attend(args ...string) *session {
	st.Helper()
	text, err := yaml.Marshal(st.cfg)
	if err != nil {
		st.Fatal(err)
	}
	args = append(args, "--config", st.write("cleaner.yaml", string(text)))
	line, err := json.Marshal(args)
	if err != nil {
		st.Fatal(err)
	}
	s := &session{stage: st, cmd: exec.CommandContext(st.Context(), os.Args[0], "-test.run=^TestChild$")}
	s.cmd.Env = append(os.Environ(), childEnv+"="+string(line))
	for k, v := range st.env {
		s.cmd.Env = append(s.cmd.Env, k+"="+v)
	}
	if s.tty, err = pty.StartWithSize(s.cmd, &pty.Winsize{Rows: 50, Cols: 200}); err != nil {
		st.Fatal(err)
	}
	st.Cleanup(func() { _ = s.tty.Close() })
	return s
}

// until reads what the program says until it has said words.
func (s *session) until(words string) {
	s.Helper()
	part := make([]byte, 4096)
	for !strings.Contains(s.said.String(), words) {
		n, err := s.tty.Read(part)
		s.said.Write(part[:n])
		if err != nil {
			s.Fatalf("%v before %q:\n%s", err, words, s.said.String())
		}
	}
}

// types types keys, and returns the exit code and all that was said.
func (s *session) types(keys string) (code int, said string) {
	s.Helper()
	if _, err := io.WriteString(s.tty, keys); err != nil {
		s.Fatal(err)
	}
	return s.end()
}

// end waits for the end of the program.
func (s *session) end() (code int, said string) {
	s.Helper()
	_, _ = io.Copy(&s.said, s.tty) // a terminal that nobody holds any more ends with EIO
	err := s.cmd.Wait()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return exit.ExitCode(), s.said.String()
	}
	if err != nil {
		s.Fatal(err)
	}
	return 0, s.said.String()
}

// ledger is what the ledger holds.
func (st *stage) ledger() report.Ledger {
	st.Helper()
	var s struct{ Ledger report.Ledger }
	_, stdout, _ := st.cleaner("status", "--json")
	if err := json.Unmarshal([]byte(stdout), &s); err != nil {
		st.Fatal(err)
	}
	return s.Ledger
}

// TestAsksBeforeAPass: the question shows what would happen; only yes makes it happen, and
// anything else leaves ledger and service as they were.
func TestAsksBeforeAPass(t *testing.T) {
	st := newStage(t, sim.Options{})
	st.set("safety.canary", 0)
	ids := st.ids(30)
	st.write("earlier.txt", strings.Join(ids[:10], "\n")+"\n")
	_, _, _ = st.cleaner("load", st.path("earlier.txt"))
	st.write("protect.txt", ids[29]+"\n")
	st.set("safety.protect_file", st.path("protect.txt"))
	before := st.ledger()
	args := []string{"run", "--ids", st.path("tasks.txt"), "--report", st.path("report.json")}
	for name, keys := range map[string]string{
		"no": "no\n", "y": "y\n", "nothing": "\n", "Ctrl-D": "\x04", "Ctrl-C": "\x03", "yes without the Enter key": "yes\x04\x04",
	} {
		t.Run(name, func(*testing.T) {
			s := st.attend(args...)
			s.until("to go on: ")
			st.want("while it is asked", st.ledger(), before)
			code, said := s.types(keys)
			st.want("exit code of "+said, code, exitLimit)
			st.want("the ledger", st.ledger(), before)
			var r report.Report
			text, err := os.ReadFile(st.path("report.json"))
			st.want("report", errors.Join(err, json.Unmarshal(text, &r)), nil)
			st.want("stopped by", r.StoppedBy, "declined")
			st.want("in the report", r.ExitCode, exitLimit)
		})
	}
	st.want("requests", st.sim.Truth().Requests, int64(0))
	s := st.attend(args...)
	s.until("to go on: ")
	for _, want := range []string{
		st.url, "20 new, 10 duplicates, 0 rejected", "10 pending from earlier loads", "29 tasks will be deleted for good", "at least ", "protected        1",
	} {
		st.want(want+" in\n"+s.said.String(), strings.Contains(s.said.String(), want), true)
	}
	code, said := s.types("yes\n")
	st.want("exit code of "+said, code, exitOK)
	after := st.ledger()
	st.want("deleted", after.Deleted, int64(29))
	st.want("protected", after.Protected, int64(1))
}

// TestAsksAboutWhatItLoads: an input that can be read only once is loaded after the yes, and
// one that has changed since the question is loaded as it was then.
func TestAsksAboutWhatItLoads(t *testing.T) {
	st := newStage(t, sim.Options{})
	st.env["TMPDIR"] = t.TempDir()
	st.set("safety.canary", 0)
	ids := st.ids(30)
	fifo := st.path("fifo")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	s := st.attend("run", "--ids", st.path("tasks.txt"), "--ids", fifo)
	w, err := os.OpenFile(fifo, os.O_WRONLY, 0)
	if err == nil {
		_, err = w.WriteString(strings.Repeat("a", 32) + "\n")
		err = errors.Join(err, w.Close())
	}
	if err != nil {
		t.Fatal(err)
	}
	s.until("to go on: ")
	st.write("tasks.txt", strings.Repeat("b", 32)+"\n")
	code, said := s.types("yes\n")
	st.want("exit code of "+said, code, exitOK)
	st.want("deleted", st.ledger().Deleted, int64(len(ids)+1))
	left, err := filepath.Glob(filepath.Join(st.env["TMPDIR"], "*"))
	st.want("left behind", len(left), 0)
	st.want("glob", err, nil)
}

// TestAsksAgainAfterAnotherLoad: what others have loaded since the question was not agreed to.
func TestAsksAgainAfterAnotherLoad(t *testing.T) {
	st := newStage(t, sim.Options{})
	st.set("safety.canary", 0)
	st.ids(3)
	s := st.attend("run", "--ids", st.path("tasks.txt"))
	s.until("to go on: ")
	st.write("other.txt", strings.Repeat("b", 32)+"\n")
	_, _, _ = st.cleaner("load", st.path("other.txt"))
	code, said := s.types("yes\n")
	st.want("exit code of "+said, code, exitLimit)
	st.want("says so:\n"+said, strings.Contains(said, "0 task IDs were pending and not held at the question, and now there are 1"), true)
	st.want("loaded", st.ledger().Loaded, int64(1))
	st.want("deleted", st.ledger().Deleted, int64(0))
}

// TestAsksNobody: --yes, --dry-run and a pass with nothing to do ask nothing, and typed task IDs
// need --yes.
func TestAsksNobody(t *testing.T) {
	st := newStage(t, sim.Options{})
	st.set("safety.canary", 0)
	st.ids(3)
	for _, tt := range []struct {
		name    string
		args    []string
		keys    string
		code    int
		deleted int64
	}{
		{"dry run", []string{"run", "--dry-run", "--ids", st.path("tasks.txt")}, "", exitOK, 0},
		{"typed", []string{"run", "--ids", "-"}, "", exitUsage, 0},
		{"nothing to do", []string{"run"}, "", exitOK, 0},
		{"yes", []string{"run", "--yes", "--ids", st.path("tasks.txt")}, "", exitOK, 3},
		{"typed with yes", []string{"run", "--yes", "--ids", "-"}, strings.Repeat("c", 32) + "\n\x04", exitOK, 4},
	} {
		t.Run(tt.name, func(*testing.T) {
			code, said := st.attend(tt.args...).types(tt.keys)
			st.want("exit code of "+said, code, tt.code)
			st.want("asked:\n"+said, strings.Contains(said, "to go on: "), false)
			st.want("deleted", st.ledger().Deleted, tt.deleted)
		})
	}
}

// TestAsksBeforeLettersChange: dead letters are dropped and requeued after a yes alone.
func TestAsksBeforeLettersChange(t *testing.T) {
	st := newStage(t, sim.Options{Faults: []sim.Fault{fault(t, "parameters-200:1")}})
	st.ids(5)
	st.set("safety.failed_share", 1)
	st.set("safety.canary", 0)
	dead := st.pass(exitDead, "--ids", st.path("tasks.txt")).Dead
	for _, name := range []string{"requeue", "drop"} {
		s := st.attend("dead", name, "--all")
		s.until("to go on: ")
		code, said := s.types("no\n")
		st.want("exit code of "+said, code, exitLimit)
		st.want("dead after no", st.ledger().Dead, dead)
	}
	s := st.attend("dead", "drop", "--all")
	s.until("5 dead letters will be dropped")
	s.until("to go on: ")
	code, said := s.types("yes\n")
	st.want("exit code of "+said, code, exitOK)
	st.want("dead after yes", st.ledger().Dead, int64(0))
}

// TestAsksBeforeAWithdrawal: a batch is withdrawn after a yes alone.
func TestAsksBeforeAWithdrawal(t *testing.T) {
	st := newStage(t, sim.Options{})
	st.ids(5)
	_, stdout, _ := st.cleaner("load", st.path("tasks.txt"))
	_, batch, _ := strings.Cut(strings.TrimSpace(stdout), "as batch ")
	s := st.attend("withdraw", batch, "--reason", "wrong list")
	s.until("to go on: ")
	code, said := s.types("no\n")
	st.want("exit code of "+said, code, exitLimit)
	st.want("pending after no", st.ledger().Pending, int64(5))
	s = st.attend("withdraw", batch, "--reason", "wrong list")
	s.until("Batch " + batch + " will be withdrawn")
	st.want("counts in\n"+s.said.String(), strings.Contains(s.said.String(), "5 that it wrote down"), true)
	s.until("to go on: ")
	code, said = s.types("yes\n")
	st.want("exit code of "+said, code, exitOK)
	st.want("pending after yes", st.ledger().Pending, int64(0))
	code, said = st.attend("withdraw", "none", "--reason", "x").end()
	st.want("exit code of "+said, code, exitUsage)
}

// TestAsksBeforeARelease: what is held stays held until a yes.
func TestAsksBeforeARelease(t *testing.T) {
	st := newStage(t, sim.Options{OnlyAdded: true})
	st.set("safety.canary", 0)
	st.set("safety.sample", 20)
	st.ids(100)
	st.pass(exitBelt, "--ids", st.path("tasks.txt"))
	s := st.attend("release", "--all", "--reason", "looked at it")
	s.until("to go on: ")
	st.want("what is said in\n"+s.said.String(), strings.Contains(s.said.String(), "pending, since "), true)
	code, said := s.types("no\n")
	st.want("exit code of "+said, code, exitLimit)
	st.want("stopped by", st.pass(exitBelt).StoppedBy, "held")
	s = st.attend("release", "--all", "--reason", "looked at it")
	s.until("to go on: ")
	code, said = s.types("yes\n")
	st.want("exit code of "+said, code, exitOK)
	code, said = st.attend("release", "--all", "--reason", "again").end()
	st.want("nobody is asked when nothing is held: "+said, code, exitUsage)
}
