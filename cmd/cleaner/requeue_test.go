package main

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"cleaner/internal/daemon"
	"cleaner/internal/metrics"
	"cleaner/internal/queue"
	"cleaner/internal/queue/sqlite"
	"cleaner/internal/schedule"
	"cleaner/internal/sim"
)

// server makes a server that does not listen, and does at each log line what at
// says.
func (st *stage) server(at func(line string)) *server {
	st.Helper()
	_, _, _ = st.cleaner("status") // writes the configuration
	a := &app{
		env: func(k string) string { return st.env[k] }, stdin: strings.NewReader(""), stdout: io.Discard,
		stderr: &screen{w: io.Discard}, configPath: st.path("cleaner.yaml"),
	}
	cfg, err := a.config()
	if err != nil {
		st.Fatal(err)
	}
	log := newLogAt(zapcore.InfoLevel, "json", a.stderr).WithOptions(zap.Hooks(func(e zapcore.Entry) error { at(e.Message); return nil }))
	s := &server{
		app: a, log: log, metrics: metrics.New(version, revision()), started: time.Now(), sending: st.Context(), cfg: cfg,
		ends: map[daemon.Outcome]int64{}, fall: func(err error) { st.Error(err) },
	}
	if err := s.plan(cfg); err != nil {
		st.Fatal(err)
	}
	return s
}

// cutShort is how the log line begins that is written while the results file of a
// dead pass is looked at: with the ledger open, and before anything else is done.
const cutShort = "a pass was cut short"

// TestRequeueWhileAPassBegins: what the pass has not yet counted cannot come in
// anew, and the numbers balance.
func TestRequeueWhileAPassBegins(t *testing.T) {
	st := newServing(t, sim.Options{})
	st.diedWith(queue.Dead, st.ids(10), 6, 2)
	var s *server
	asked := 0
	s = st.server(func(line string) {
		if strings.HasPrefix(line, cutShort) {
			asked++
			n, err := control{s}.Requeue(st.Context(), "", "")
			st.want("requeued", n, int64(0))
			st.want("refused", errors.Is(err, errHeld), true)
		}
	})
	st.want("pass", s.makePass(st.Context(), schedule.Tick{Reason: schedule.Manual}), nil)
	st.want("asked", asked, 1)
	st.want("exit code", s.passes[0].ExitCode, exitOK)
	st.want("deleted", s.passes[0].Deleted, int64(4))
	st.want("lines", len(st.results()), 10)
}

// TestRequeueBetweenPasses: a line that a death owes is written before it is
// forgotten, and a pass that begins meanwhile waits for the ledger.
func TestRequeueBetweenPasses(t *testing.T) {
	st := newServing(t, sim.Options{})
	st.diedWith(queue.Dead, st.ids(10), 6, 2)
	var s *server
	ended := make(chan error, 1)
	s = st.server(func(line string) {
		if !strings.HasPrefix(line, cutShort) || len(st.results()) == 10 {
			return
		}
		st.want("lines before the requeue", len(st.results()), 6)
		go func() { ended <- s.makePass(context.Background(), schedule.Tick{Reason: schedule.Manual}) }()
		select {
		case err := <-ended:
			st.Errorf("the pass did not wait, and ended with %v", err)
			ended <- err
		case <-time.After(200 * time.Millisecond): // time to get it wrong
		}
	})
	n, err := control{s}.Requeue(st.Context(), "", "")
	st.want("requeued", n, int64(6))
	st.want("error", err, nil)
	if st.Failed() {
		t.FailNow() // perhaps no pass began
	}
	st.want("pass", <-ended, nil)
	st.want("exit code", s.passes[0].ExitCode, exitOK)
	st.want("deleted", s.passes[0].Deleted, int64(10))
}

// TestRequeueKeepsTheCap: what is requeued in a pass is held against the cap as if
// it had been there at the start.
func TestRequeueKeepsTheCap(t *testing.T) {
	st := newServing(t, sim.Options{})
	st.diedWith(queue.Dead, st.ids(10), 6, 6) // 4 are pending
	q, err := sqlite.Open(st.Context(), st.path("state/queue.db"), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { st.want("close", q.Close(), nil) })
	p := &pass{cfg: st.server(func(string) {}).cfg}
	if p.before, err = q.Counts(st.Context()); err != nil {
		t.Fatal(err)
	}
	p.report.Loaded = p.before.Pending
	p.admitRequeues(q)
	p.cfg.Safety.MaxDeletes = 9
	n, err := p.requeue(st.Context(), queue.Filter{})
	if n != 0 || err == nil || !strings.Contains(err.Error(), "safety.max_deletes (9)") {
		t.Errorf("over the cap: %d requeued, %v", n, err)
	}
	st.want("to settle", p.setOut(), int64(4))
	p.cfg.Safety.MaxDeletes = 10
	n, err = p.requeue(st.Context(), queue.Filter{})
	st.want("at the cap", n, int64(6))
	st.want("error", err, nil)
	st.want("to settle, with them", p.setOut(), int64(10))
	st.want("in all", p.endRequeues(), int64(6))
	_, err = p.requeue(st.Context(), queue.Filter{})
	st.want("after the end", errors.Is(err, errHeld), true)
}
