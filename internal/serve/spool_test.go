package serve

import (
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"

	"cleaner/internal/config"
	"cleaner/internal/exitcode"
	"cleaner/internal/pass"
	"cleaner/internal/sim"
)

// TestServeWithoutAnInput: what is there is worked off, but the pass is no success: it
// says which input it went without.
func TestServeWithoutAnInput(t *testing.T) {
	bad := strings.Repeat("no task ID\n", 50)
	tests := []struct {
		name  string
		spoil func(tr *trial)
		names string // what the reason names
	}{
		{"a file that is not there", func(tr *trial) { tr.cfg.Inputs.Files = []string{tr.path("none.txt"), tr.path("more.txt")} }, "none.txt"},
		{"a file that is refused", func(tr *trial) {
			tr.cfg.Inputs.Files = []string{tr.write("bad.txt", bad), tr.path("more.txt")}
		}, "bad.txt"},
		{"a file of the spool that is refused", func(tr *trial) { tr.write("spool/bad.txt", bad) }, "spool/bad.txt"},
		{"no spool", func(tr *trial) { tr.cfg.Inputs.Spool = tr.path("nospool") }, "the spool "},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			try(t, sim.Options{}, func(tr *trial) {
				tr.cfg.Inputs.Files = []string{tr.write("more.txt", "a1\na2\n")}
				tr.spool(10)
				tt.spoil(tr)
				s := tr.serve()
				got := s.pass()
				tr.want("exit code", got.ExitCode, exitcode.Usage)
				tr.want("pending", got.Pending, int64(0))
				if !strings.Contains(got.Reason, tt.names) || strings.Contains(got.Reason, "tasks.txt") {
					t.Errorf("the reason is %q, want %s in it", got.Reason, tt.names)
				}
				s.shows(`cleaner_runs_total{result="usage"} 1`, true)
				s.shows(`cleaner_runs_total{result="success"} 0`, true)
				s.shows("cleaner_run_last_success_timestamp_seconds ", false)
				whole := tt.name != "no spool"
				tr.want("deleted", got.Deleted == 12, whole)
				tr.there("spool/done/tasks.txt", whole)
				tr.there("spool/done/tasks.txt.report.json", whole)
				inSpool := strings.HasPrefix(tt.names, "spool/")
				tr.there("spool/refused/bad.txt", inSpool)
				tr.there("spool/refused/bad.txt.error.txt", inSpool)
			})
		})
	}
}

// TestServeWithoutAnUnreadableInput: a pass goes on with the others, and says that the
// machine is at fault.
func TestServeWithoutAnUnreadableInput(t *testing.T) {
	try(t, sim.Options{}, func(tr *trial) {
		// It opens, and reading its beginning is an I/O error.
		tr.cfg.Inputs.Files = []string{"/proc/self/mem", tr.write("more.txt", "a1\na2\n")}
		tr.write("spool/empty.txt", "# nothing today\n")
		s := tr.serve()
		got := s.pass()
		tr.want("exit code", got.ExitCode, exitcode.Internal)
		tr.want("deleted", got.Deleted, int64(2))
		tr.want("it is named", strings.Contains(got.Reason, "not loaded: /proc/self/mem"), true)
		for _, result := range []string{"loaded", "empty", "refused"} {
			s.shows(`cleaner_inputs_total{result="`+result+`"} 1`, true)
		}
		tr.there("spool/done/empty.txt", true)
	})
}

// TestFaultOfTheMachineRefusesNothing: while rejected lines cannot be kept, a good
// file stays in the spool, and the pass says that the machine is at fault. When that
// is mended the file is loaded.
func TestFaultOfTheMachineRefusesNothing(t *testing.T) {
	for name, bad := range map[string]int{"a few bad lines": 1, "too many bad lines": 50} {
		t.Run(name, func(t *testing.T) {
			try(t, sim.Options{}, func(tr *trial) {
				tr.write("spool/tasks.txt", strings.Repeat("no task ID\n", bad)+strings.Join(ids(20), "\n")+"\n")
				if err := os.MkdirAll(tr.path("state/queue.db.rejects.jsonl"), 0o700); err != nil { // a folder in its place
					t.Fatal(err)
				}
				s := tr.serve()
				tr.want("exit code", s.pass().ExitCode, exitcode.Internal)
				tr.there("spool/tasks.txt", true)
				tr.there("spool/refused", false)
				if err := os.Remove(tr.path("state/queue.db.rejects.jsonl")); err != nil {
					t.Fatal(err)
				}
				s.pass()
				tr.there("spool/tasks.txt", false)
				tr.there("spool/done/tasks.txt", bad == 1)
				tr.there("spool/refused/tasks.txt", bad != 1)
			})
		})
	}
}

// TestSpoolOfEveryKind: a pass loads files, whatever their names, and moves them aside
// with reports of their own; what is no file, or not whole, is left, and it is told.
func TestSpoolOfEveryKind(t *testing.T) {
	try(t, sim.Options{}, func(tr *trial) {
		long := strings.Repeat("n", 250) + ".json"
		files := []string{"a.json", "a.json.report.json", "b.error.txt", "b", long}
		for i, name := range files {
			tr.write("spool/"+name, fmt.Sprintf("[\"t%d\"]\n", i))
		}
		tr.write("spool/c.txt.part", "u1\n")
		tr.write("spool/.d.txt", "u2\n")
		tr.write("elsewhere.txt", "u3\n")
		for _, err := range []error{
			os.Symlink(tr.path("elsewhere.txt"), tr.path("spool/e.txt")), syscall.Mkfifo(tr.path("spool/f.txt"), 0o600), os.Mkdir(tr.path("spool/g.txt"), 0o700),
		} {
			tr.want("error", err, nil)
		}
		s := tr.serve()
		got := s.pass()
		tr.want("exit code", got.ExitCode, exitcode.OK)
		tr.want("deleted", got.Deleted, int64(len(files)))
		for _, name := range files {
			tr.there("spool/"+name, false)
		}
		for _, name := range []string{"a.json", "a.json.report.json.1", "b.error.txt.1", "b", asideName(long, 0)} {
			tr.there("spool/done/"+name, true)
			text, err := os.ReadFile(tr.path("spool/done/" + name + ".report.json"))
			tr.want("a report of "+name, err == nil && strings.Contains(string(text), `"deleted": 5`), true)
		}
		for _, name := range []string{"c.txt.part", ".d.txt", "e.txt", "f.txt", "g.txt"} {
			tr.there("spool/"+name, true)
		}
		tr.want("told", tr.logs.FilterMessageSnippet("left in the spool").Len(), 3)
	})
}

// TestSpoolTakesTheNextList: a list that takes the name of one that is being worked off
// is loaded by the next pass.
func TestSpoolTakesTheNextList(t *testing.T) {
	try(t, sim.Options{}, func(tr *trial) {
		tr.write("spool/tasks.txt", "a1\na2\n")
		far := tr.deps.Process.Far
		tr.deps.Process.Far = func(cfg *config.Config) (pass.Service, error) { // the first pass has loaded
			tr.there("spool/tasks.txt", false)
			tr.there("spool/done/tasks.txt", true)
			tr.write("spool/tasks.txt", "b1\nb2\nb3\n")
			return far(cfg)
		}
		s := tr.serve()
		tr.want("deleted", s.pass().Deleted, int64(2))
		tr.there("spool/tasks.txt", true)
		tr.deps.Process.Far = far
		tr.want("deleted by the next", s.pass().Deleted, int64(3))
		tr.there("spool/done/tasks.txt.1.report.json", true)
	})
}
