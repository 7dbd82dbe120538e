package main

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"strings"
	"testing"

	"go.uber.org/zap"

	"cleaner/internal/config"
	"cleaner/internal/queue/sqlite"
	"cleaner/internal/sim"
	"cleaner/internal/worker"
)

// intoSpool moves a file of the stage into its spool.
func (st *stage) intoSpool(name string) {
	st.Helper()
	if err := os.Rename(st.path(name), st.path("spool/"+name)); err != nil {
		st.Fatal(err)
	}
}

// there wants a file to be there, or not.
func (st *stage) there(name string, want bool) {
	st.Helper()
	_, err := os.Stat(st.path(name))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		st.Error(err)
	}
	st.want(name+" is there", err == nil, want)
}

// trigger has the serve make one more pass, and waits for its end.
func (s *serving) trigger() {
	s.Helper()
	before := len(s.status().Passes)
	if code, stdout, stderr := s.cleaner("trigger"); code != exitOK {
		s.Fatalf("trigger: %d %s%s", code, stdout, stderr)
	}
	s.until("the pass has ended", func() bool { return len(s.status().Passes) == before+1 })
}

// TestServeWithoutAnInput: what is there is worked off, but the pass is no success:
// it ends with exit code 2 and says which input it went without.
func TestServeWithoutAnInput(t *testing.T) {
	bad := strings.Repeat("no task ID\n", 50)
	tests := []struct {
		name  string
		spoil func(st *stage)
		names string // what the reason names
	}{
		{"a file that is not there", func(st *stage) { st.set("inputs.files", []string{st.path("none.txt"), st.path("more.txt")}) }, "none.txt"},
		{"a file that is refused", func(st *stage) {
			st.write("bad.txt", bad)
			st.set("inputs.files", []string{st.path("bad.txt"), st.path("more.txt")})
		}, "bad.txt"},
		{"a file of the spool that is refused", func(st *stage) { st.write("bad.txt", bad); st.intoSpool("bad.txt") }, "spool/bad.txt"},
		{"no spool", func(st *stage) { st.set("inputs.spool", st.path("nospool")) }, "the spool "},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			st := newServing(t, sim.Options{})
			st.write("more.txt", "a1\na2\n")
			st.set("inputs.files", []string{st.path("more.txt")})
			st.spool(10)
			tt.spoil(st)
			s := st.serve()
			s.trigger()
			got := s.status().Passes[0]
			st.want("exit code", got.ExitCode, exitUsage)
			st.want("pending", got.Pending, int64(0))
			if !strings.Contains(got.Reason, tt.names) || strings.Contains(got.Reason, "tasks.txt") {
				t.Errorf("the reason is %q, want %s in it", got.Reason, tt.names)
			}
			_, page := s.get("/metrics")
			for line, want := range map[string]bool{
				`cleaner_runs_total{result="usage"} 1`: true, `cleaner_runs_total{result="success"} 0`: true,
				"cleaner_run_last_success_timestamp_seconds ": false,
			} {
				st.want(line+" is shown", strings.Contains(page, "\n"+line), want)
			}
			whole := tt.name != "no spool"
			st.want("deleted", got.Deleted == 12, whole)
			st.there("spool/done/tasks.txt", whole)
			st.there("spool/done/tasks.txt.report.json", whole)
			inSpool := strings.HasPrefix(tt.names, "spool/")
			st.there("spool/refused/bad.txt", inSpool)
			st.there("spool/refused/bad.txt.error.txt", inSpool)
			s.stop()
		})
	}
}

// TestWithoutAnInputHidesNothingWorse: a belt, wrong credentials and every error
// keep their own exit code; what the next pass mends does not.
func TestWithoutAnInputHidesNothingWorse(t *testing.T) {
	tests := []struct {
		kind          worker.StopKind
		dead, pending int64
		want          int
	}{
		{worker.StopNone, 0, 0, exitUsage},
		{worker.StopNone, 1, 0, exitUsage},
		{worker.StopLater, 0, 1, exitUsage},
		{worker.StopCap, 0, 1, exitUsage},
		{worker.StopSignal, 0, 1, exitUsage},
		{worker.StopCanary, 0, 1, exitBelt},
		{worker.StopCredentials, 0, 1, exitCredentials},
	}
	for _, tt := range tests {
		p := &pass{without: []string{"a", "b", "c", "d", "e"}}
		p.report.StoppedBy, p.report.Reason, p.report.Dead, p.report.Pending = string(tt.kind), "why", tt.dead, tt.pending
		if got := p.code(); got != tt.want {
			t.Errorf("%q with %d dead: exit code %d, want %d", tt.kind, tt.dead, got, tt.want)
		}
		p.tellWithout()
		if want := "why; not loaded: a, b, c and 2 more; the log says why"; p.report.Reason != want {
			t.Errorf("the reason is %q, want %q", p.report.Reason, want)
		}
	}
}

// TestInterruptedLoadIsNotRefused: a file whose load was stopped by a signal is not
// at fault, and stays in the spool for the next pass.
func TestInterruptedLoadIsNotRefused(t *testing.T) {
	st := newServing(t, sim.Options{})
	st.ids(10)
	l, err := sqlite.Open(t.Context(), st.path("queue.db"), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancelCause(t.Context())
	stop(&worker.Stop{Kind: worker.StopSignal, Why: "a test"})
	p := &pass{app: &app{}, cfg: config.Default(), log: zap.NewNop(), tolerant: true, flags: runFlags{ids: []string{st.path("tasks.txt")}}}
	p.cfg.Queue.URL = "sqlite:" + st.path("queue.db")
	if err := p.load(ctx, l); codeOf(err) != exitSignal {
		t.Errorf("load = %v, want a stop", err)
	}
	if _, there := p.inputs[st.path("tasks.txt")]; there {
		t.Error("the file counts as looked at, and would be moved out of the spool")
	}
	if err := l.Close(); err != nil {
		t.Error(err)
	}
}

// TestFaultOfTheMachineRefusesNothing: while rejected lines cannot be kept, a good
// file stays in the spool, and the pass says that the machine is at fault. When that
// is mended the file is loaded.
func TestFaultOfTheMachineRefusesNothing(t *testing.T) {
	for name, bad := range map[string]int{"a few bad lines": 1, "too many bad lines": 50} {
		t.Run(name, func(t *testing.T) {
			st := newServing(t, sim.Options{})
			st.write("tasks.txt", strings.Repeat("no task ID\n", bad)+strings.Join(st.ids(20), "\n")+"\n")
			st.intoSpool("tasks.txt")
			if err := os.MkdirAll(st.path("state/queue.db.rejects.jsonl"), 0o700); err != nil { // a folder in its place
				t.Fatal(err)
			}
			s := st.serve()
			s.trigger()
			st.want("exit code", s.status().Passes[0].ExitCode, exitInternal)
			st.there("spool/tasks.txt", true)
			st.there("spool/refused", false)
			if err := os.Remove(st.path("state/queue.db.rejects.jsonl")); err != nil {
				t.Fatal(err)
			}
			s.trigger()
			st.there("spool/tasks.txt", false)
			st.there("spool/done/tasks.txt", bad == 1)
			st.there("spool/refused/tasks.txt", bad != 1)
			s.stop()
		})
	}
}

// TestUnreadableInput: what the system cannot read is a fault of the machine, and
// what the operator named wrongly is one of usage.
func TestUnreadableInput(t *testing.T) {
	st := newStage(t, sim.Options{})
	st.ids(1)
	for path, want := range map[string]int{
		"/proc/self/mem":            exitInternal, // it opens, and reading its beginning is an I/O error
		st.path("none.txt"):         exitUsage,
		st.path("tasks.txt/in.txt"): exitUsage,
		st.dir:                      exitUsage,
	} {
		code, _, stderr := st.cleaner("load", path)
		st.want("exit code of load "+path+": "+stderr, code, want)
	}
}

// TestRejectsThatCannotBeClosed: rejected lines that may not be on the disk are a
// fault of the machine, also where the input would have been refused.
func TestRejectsThatCannotBeClosed(t *testing.T) {
	refused := &failure{code: exitUsage, err: errors.New("refused")}
	for _, tt := range []struct {
		err, closing error
		want         int
	}{
		{nil, errors.New("disk full"), exitInternal},
		{refused, errors.New("disk full"), exitInternal},
		{refused, nil, exitUsage},
	} {
		if got := codeOf(joinClose(tt.err, tt.closing)); got != tt.want {
			t.Errorf("%v, %v: exit code %d, want %d", tt.err, tt.closing, got, tt.want)
		}
	}
	if err := joinClose(nil, nil); err != nil {
		t.Error(err)
	}
}
