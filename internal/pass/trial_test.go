package pass

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"cleaner/internal/answer"
	"cleaner/internal/ledger"
	"cleaner/internal/policy"
	"cleaner/internal/queue"
	"cleaner/internal/worker"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// far is a far side that answers by a script. It stands where the network would,
// because a synctest bubble cannot hold a socket; the ledger is real.
type far struct {
	answer  func(id string, nth int) answer.Answer // nil: it is deleted
	latency time.Duration
	ready   func() answer.Answer // nil: always
	look    func(id string) (answer.Answer, bool)

	mu      sync.Mutex // guards all below
	sent    map[string]int
	deleted map[string]bool
	looks   int
	sizes   []int
	told    func(error, time.Duration, time.Time)
}

var (
	ok      = answer.Answer{Status: 200, Body: answer.BodyNull}
	there   = answer.Answer{Status: 200, Body: answer.BodyTask}
	gone    = coded(404, "CC.00059404")
	busy    = coded(400, "CC.00000000")
	running = coded(200, "CC.00050015")
	refused = coded(200, "CC.00050016")
)

func coded(status int, code string) answer.Answer {
	return answer.Answer{Status: status, Body: answer.BodyCoded, Codes: []string{code}}
}

func (f *far) Ready(context.Context) answer.Answer {
	if f.ready == nil {
		return answer.Answer{}
	}
	return f.ready()
}

func (f *far) DeleteTask(ctx context.Context, id string) answer.Answer {
	f.mu.Lock()
	if f.sent == nil {
		f.sent, f.deleted = map[string]int{}, map[string]bool{}
	}
	f.sent[id]++
	nth := f.sent[id]
	f.mu.Unlock()
	if err := lasts(ctx, f.latency); err != nil {
		return answer.Answer{Fault: answer.FaultCanceled}
	}
	a := ok
	if f.answer != nil {
		a = f.answer(id, nth)
	}
	if policy.DefaultTable().Judge(a).Verdict == policy.Deleted {
		f.mu.Lock()
		defer f.mu.Unlock()
		if f.deleted[id] {
			return gone
		}
		f.deleted[id] = true
	}
	return a
}

func (f *far) LookAtTask(_ context.Context, id string) answer.Answer {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.looks++
	if f.look != nil {
		if a, ok := f.look(id); ok {
			return a
		}
	}
	if f.deleted[id] || !strings.HasPrefix(id, "task-") {
		return gone
	}
	return there
}

func (f *far) StopTask(context.Context, string) answer.Answer      { return ok }
func (f *far) Renew(context.Context, uint64) answer.Answer         { return answer.Answer{} }
func (f *far) Logins() int64                                       { return 1 }
func (f *far) Close()                                              {}
func (f *far) WatchLogins(t func(error, time.Duration, time.Time)) { f.told = t }

func (f *far) Resize(workers int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.sizes = append(f.sizes, workers)
}

// requests is how many DELETEs were sent in all.
func (f *far) requests() (n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, sent := range f.sent {
		n += sent
	}
	return n
}

// trial is a folder with a real ledger, and what passes over it are made with.
type trial struct {
	*testing.T
	dir  string
	at   ledger.Location
	far  *far
	deps Deps
	spec Spec
	logs *observer.ObservedLogs
	ends map[string]queue.Outcome // how each ID was settled, as an observer is told
}

// try runs f in a bubble: the passes in it are made in virtual time.
func try(t *testing.T, far *far, f func(*trial)) {
	t.Helper()
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) { f(newTrial(t, dir, far)) })
}

func newTrial(t *testing.T, dir string, far *far) *trial {
	t.Helper()
	at, err := ledger.Parse("sqlite:" + filepath.Join(dir, "queue.db"))
	if err != nil {
		t.Fatal(err)
	}
	tr := &trial{T: t, dir: dir, at: at, far: far, ends: map[string]queue.Outcome{}}
	core, logs := observer.New(zap.DebugLevel)
	tr.logs = logs
	tr.deps = Deps{
		Open:      tr.openAt,
		Look:      at.Look,
		Dial:      func() (Service, error) { return far, nil },
		Log:       zap.New(core),
		Observers: Observers{Outcomes: tr.note},
		Live:      new(Live),
	}
	tr.spec = Spec{
		Results:  tr.path("results.jsonl"),
		Remember: 24 * time.Hour,
		Limits:   Limits{Workers: 4, Rate: 1e6, Floor: 1e6, Burst: 1000, Grace: 30 * time.Second},
		Retry:    policy.Retry{Attempts: 4, Initial: time.Second, Max: time.Minute, Deadline: time.Hour},
		Table:    policy.DefaultTable(),
	}
	return tr
}

// openAt opens the ledger of the trial.
func (tr *trial) openAt(ctx context.Context, rehearse bool) (queue.Ledger, error) {
	return tr.at.Open(ctx, ledger.Options{Rehearse: rehearse, Command: "test"})
}

func (tr *trial) path(name string) string { return filepath.Join(tr.dir, name) }

// write writes a file and returns its path. The file looks as if it was left alone
// for a while, as a protect list must be.
func (tr *trial) write(name, text string) string {
	tr.Helper()
	then := time.Now().Add(-time.Hour)
	if err := errors.Join(os.WriteFile(tr.path(name), []byte(text), 0o600), os.Chtimes(tr.path(name), then, then)); err != nil {
		tr.Fatal(err)
	}
	return tr.path(name)
}

func id(i int) string { return fmt.Sprintf("task-%04d", i) }

// ids are the IDs from one number up to another.
func ids(from, to int) []string {
	all := make([]string, 0, to-from)
	for i := from; i < to; i++ {
		all = append(all, id(i))
	}
	return all
}

// file is an input with these lines.
func (tr *trial) file(name string, lines ...string) File {
	tr.Helper()
	return File{Path: tr.write(name, strings.Join(lines, "\n")+"\n"), InvalidShare: 0.1, Check: func(id string) error {
		if strings.Contains(id, " ") {
			return errors.New("a space in it")
		}
		return nil
	}}
}

// input has the pass load n IDs.
func (tr *trial) input(n int) {
	tr.Helper()
	tr.spec.Inputs = []Source{tr.file("tasks.txt", ids(0, n)...)}
}

// slow is an input whose IDs come slowly.
type slow struct{ Source }

func (s slow) Load(ctx context.Context, q queue.Loader) (Loaded, error) {
	return s.Source.Load(ctx, slowLoader{q})
}

type slowLoader struct{ queue.Loader }

func (l slowLoader) Load(ctx context.Context, b queue.Batch, ids iter.Seq2[string, error]) (queue.Loaded, error) {
	return l.Loader.Load(ctx, b, func(yield func(string, error) bool) {
		for id, err := range ids {
			if time.Sleep(time.Second); !yield(id, err) {
				return
			}
		}
	})
}

// note keeps how each ID was settled.
func (tr *trial) note(outcomes []queue.Outcome) {
	for _, o := range outcomes {
		if o.State != queue.Pending {
			tr.ends[o.Delivery.ID] = o
		}
	}
}

// run makes a pass, some time after the one before: no two batches may have one name.
func (tr *trial) run(ctx context.Context) (Report, error) {
	time.Sleep(time.Second)
	return Run(ctx, tr.Context(), tr.deps, tr.spec)
}

// pass makes a pass that must not fail, and holds its report against the ledger.
func (tr *trial) pass(ctx context.Context) Report {
	tr.Helper()
	r, err := tr.run(ctx)
	if err != nil {
		tr.Fatalf("pass: %v", err)
	}
	tr.balances(&r)
	return r
}

// fails makes a pass that fails.
func (tr *trial) fails(ctx context.Context) (Report, error) {
	tr.Helper()
	r, err := tr.run(ctx)
	if err == nil {
		tr.Fatalf("the pass did not fail: %s", r.Summary())
	}
	return r, err
}

// balances holds a report against itself and the ledger.
func (tr *trial) balances(r *Report) {
	tr.Helper()
	if sum := r.Deleted + r.Gone + r.Protected + r.Dead + r.Pending; r.Loaded != sum || !r.Known {
		tr.Errorf("loaded %d, sum %d, known %v", r.Loaded, sum, r.Known)
	}
	tr.want("pending in the ledger", tr.counts().Pending, r.Pending)
	tr.want("deleted in the report of the ledger", r.Ledger.Deleted, tr.counts().Deleted)
}

// open opens the ledger, has f work with it and closes it.
func (tr *trial) open(f func(queue.Ledger)) {
	tr.Helper()
	q, err := tr.at.Open(tr.Context(), ledger.Options{})
	if err != nil {
		tr.Fatal(err)
	}
	f(q)
	if err := q.Close(); err != nil {
		tr.Error(err)
	}
}

func (tr *trial) counts() queue.Counts {
	tr.Helper()
	c, err := tr.at.Counts(tr.Context())
	if err != nil {
		tr.Fatal(err)
	}
	return c
}

// lines are those of the results file, each as "ID outcome".
func (tr *trial) lines(name string) []string {
	tr.Helper()
	text, err := os.ReadFile(tr.path(name))
	if err != nil {
		tr.Fatal(err)
	}
	return slices.Collect(strings.Lines(string(text)))
}

// logged reports whether a line of the log begins so.
func (tr *trial) logged(message string) bool {
	return slices.ContainsFunc(tr.logs.All(), func(e observer.LoggedEntry) bool { return strings.HasPrefix(e.Message, message) })
}

func (tr *trial) want(what string, got, want any) {
	tr.Helper()
	if got != want {
		tr.Errorf("%s = %v, want %v", what, got, want)
	}
}

// stopped is a context that a stop has ended.
func (tr *trial) stopped(kind worker.StopKind) context.Context {
	ctx, stop := context.WithCancelCause(tr.Context())
	stop(&worker.Stop{Kind: kind, Why: "a test"})
	return ctx
}

// lasts waits for d. It makes no timer that is due at once: in a bubble the race detector
// crashes when two goroutines do (timers.raceCtx of the runtime is then shared).
func lasts(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
