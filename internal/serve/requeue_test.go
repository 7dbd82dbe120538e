package serve

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"cleaner/internal/assemble"
	"cleaner/internal/exitcode"
	"cleaner/internal/ledger"
	"cleaner/internal/queue"
	"cleaner/internal/queue/queuetest"
	"cleaner/internal/report"
	"cleaner/internal/sim"
)

// server makes a server that does not listen.
func (tr *trial) server() *server {
	tr.Helper()
	s, err := newServer(tr.Context(), tr.cfg, &tr.deps)
	if err != nil {
		tr.Fatal(err)
	}
	s.maker.abort = func(err error) { tr.Error(err) }
	return s
}

// lines is how many lines the results file has.
func (tr *trial) lines() int {
	text, err := os.ReadFile(tr.path("results.jsonl"))
	if err != nil {
		tr.Error(err)
	}
	return bytes.Count(text, []byte("\n"))
}

// died leaves a ledger as a process leaves it that settled n of the IDs as dead
// letters, wrote told of these to the results file, and died.
func (tr *trial) died(ids []string, n, told int) {
	tr.Helper()
	l, err := assemble.Ledger(tr.cfg).Open(tr.Context(), ledger.Options{})
	if err != nil {
		tr.Fatal(err)
	}
	outcomes := queuetest.Death{IDs: ids, Settled: n, State: queue.Dead, Results: tr.path("results.jsonl")}.Leave(tr.T, l)
	r, err := report.OpenResults(tr.path("results.jsonl"))
	if err != nil {
		tr.Fatal(err)
	}
	tr.want("write", errors.Join(r.Write(outcomes[:told]...), r.Close(), l.Close()), nil)
}

// load puts IDs into a ledger.
func load(ctx context.Context, q queue.Loader, ids []string) error {
	_, err := q.Load(ctx, queue.Batch{Name: fmt.Sprintf("batch of %d", len(ids))}, func(yield func(string, error) bool) {
		for _, id := range ids {
			if !yield(id, nil) {
				return
			}
		}
	})
	return err
}

// cutShort is how the log line begins that is written while the results file of a
// dead pass is looked at: with the ledger open, and before anything else is done.
const cutShort = "a pass was cut short"

// TestRequeueBetweenPasses: a line that a death owes is written before it is
// forgotten, and a pass that begins meanwhile waits for the ledger. A goroutine that
// waits for a mutex holds up the time of a bubble, hence none.
func TestRequeueBetweenPasses(t *testing.T) {
	tr := newTrial(t, t.TempDir(), sim.Options{})
	tr.died(ids(10), 6, 2)
	var s *server
	ended := make(chan error, 1)
	tr.deps.Log = tr.deps.Log.WithOptions(zap.Hooks(func(e zapcore.Entry) error {
		if !strings.HasPrefix(e.Message, cutShort) || tr.lines() == 10 {
			return nil
		}
		tr.want("lines before the requeue", tr.lines(), 6)
		go func() { ended <- s.make(context.Background()) }()
		select {
		case err := <-ended:
			tr.Errorf("the pass did not wait, and ended with %v", err)
			ended <- err
		case <-time.After(200 * time.Millisecond): // time to get it wrong
		}
		return nil
	}))
	s = tr.server()
	n, err := s.control().Requeue(tr.Context(), queue.Filter{})
	tr.want("requeued", n, int64(6))
	tr.want("error", err, nil)
	if tr.Failed() {
		t.FailNow() // perhaps no pass began
	}
	tr.want("pass", <-ended, nil)
	tr.want("exit code", s.state.passes[0].ExitCode, exitcode.OK)
	tr.want("deleted", s.state.passes[0].Deleted, int64(10))
}

// TestPassThatFoundTheLedgerLocked has no numbers: it says neither in the log nor on
// the page that nothing is pending.
func TestPassThatFoundTheLedgerLocked(t *testing.T) {
	tr := newTrial(t, t.TempDir(), sim.Options{})
	holder, err := assemble.Ledger(tr.cfg).Open(t.Context(), ledger.Options{})
	if err != nil {
		t.Fatal(err)
	}
	tr.want("load", load(t.Context(), holder, ids(5)), nil)
	s := tr.server()
	err = s.make(t.Context())
	if _, ok := errors.AsType[*queue.LockedError](err); !ok {
		t.Errorf("the pass ended with %v", err)
	}
	tr.want("close", holder.Close(), nil)
	said := ""
	for _, e := range tr.logs.All() {
		said += e.Message + "\n"
	}
	for where, text := range map[string]string{"log": said, "page": s.state.passes[0].Summary} {
		if strings.Contains(text, "pending") || !strings.Contains(text, "no numbers are known") {
			t.Errorf("the %s says %s", where, text)
		}
	}
}
