package worker

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"cleaner/internal/answer"
	"cleaner/internal/pace"
	"cleaner/internal/policy"
	"cleaner/internal/queue"
	"cleaner/internal/queue/sqlite"
)

// far is a far side that answers by a script. It stands where the network
// would, because a synctest bubble cannot hold a socket; the ledger is real. As with
// the real client, nothing is sent once the context has ended.
type far struct {
	answer  func(id string, nth int) answer.Answer
	latency time.Duration
	renewed answer.Answer
	ready   func(ctx context.Context) answer.Answer // nil: always
	look    func(nth int) answer.Answer             // nil: what was not deleted is there
	see     func(id string, nth int) answer.Answer  // as look, for those that want the ID
	stop    func() answer.Answer                    // nil: it is confirmed

	mu       sync.Mutex // guards all below
	looked   map[string]int
	deleted  map[string]bool
	stops    int
	sent     map[string][]time.Time
	now, max int // requests under way, and the most there were
	renewals int
}

func (f *far) Ready(ctx context.Context) answer.Answer {
	if f.ready == nil {
		return answer.Answer{}
	}
	return f.ready(ctx)
}

func (f *far) DeleteTask(ctx context.Context, id string) answer.Answer {
	f.mu.Lock()
	if ctx.Err() != nil {
		f.mu.Unlock()
		return notSent
	}
	if f.sent == nil {
		f.sent = map[string][]time.Time{}
	}
	f.sent[id] = append(f.sent[id], time.Now())
	nth := len(f.sent[id])
	f.now++
	f.max = max(f.max, f.now)
	f.mu.Unlock()
	defer func() { f.mu.Lock(); f.now--; f.mu.Unlock() }()
	if err := lasts(ctx, f.latency); err != nil {
		return answer.Answer{Fault: answer.FaultCanceled}
	}
	a := ok
	with := f.credential()
	if f.answer != nil {
		a = f.answer(id, nth)
	}
	a.Credential = with
	if policy.DefaultTable().Judge(a).Verdict == policy.Deleted {
		f.mu.Lock()
		defer f.mu.Unlock()
		if f.deleted == nil {
			f.deleted = map[string]bool{}
		}
		f.deleted[id] = true
	}
	return a
}

// credential is the number of the credential in use.
func (f *far) credential() uint64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	return uint64(f.renewals + 1)
}

// Renew replaces the credential, unless that has been done.
func (f *far) Renew(_ context.Context, rejected uint64) answer.Answer {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.renewed.Fault != answer.FaultNone || rejected == uint64(f.renewals+1) {
		f.renewals++
	}
	return f.renewed
}

func (f *far) StopTask(ctx context.Context, _ string) answer.Answer {
	f.mu.Lock()
	defer f.mu.Unlock()
	if ctx.Err() != nil {
		return notSent
	}
	f.stops++
	if f.stop != nil {
		return f.stop()
	}
	return ok
}

func (f *far) LookAtTask(ctx context.Context, id string) answer.Answer {
	if ctx.Err() != nil {
		return notSent
	}
	a := f.lookAt(id)
	a.Credential = f.credential()
	return a
}

// lookAt is the answer to a look.
func (f *far) lookAt(id string) answer.Answer {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.looked == nil {
		f.looked = map[string]int{}
	}
	f.looked[id]++
	switch {
	case f.see != nil:
		return f.see(id, f.looked[id])
	case f.look != nil:
		return f.look(f.looked[id])
	case f.deleted[id] || id == madeUp:
		return coded(404, "CC.00059404")
	default:
		return there
	}
}

// requests is how many DELETEs were sent in all.
func (f *far) requests() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	n := 0
	for _, times := range f.sent {
		n += len(times)
	}
	return n
}

var (
	ok       = answer.Answer{Status: 200, Body: answer.BodyNull}
	busy     = coded(400, "CC.00000000")
	running  = coded(200, "CC.00050015")
	expired  = coded(401, "CC.00000003")
	noRight  = coded(200, "CC.00050010")
	there    = answer.Answer{Status: 200, Body: answer.BodyTask}
	tooMany  = answer.Answer{Status: 429, Body: answer.BodyCoded, Codes: []string{"APIG.0308"}, RetryAfter: 10 * time.Second}
	timedOut = answer.Answer{Fault: answer.FaultTimeout}
	notSent  = answer.Answer{Fault: answer.FaultStopped}
)

func coded(status int, code string) answer.Answer {
	return answer.Answer{Status: status, Body: answer.BodyCoded, Codes: []string{code}}
}

// trial is one pass over a real ledger, in virtual time.
type trial struct {
	*testing.T
	ledger queue.Ledger
	pass   queue.Pass
	opts   Options
	// What the pass has recorded.
	recorded []queue.Outcome
	learned  policy.Learned
}

// Record implements Recorder.
func (tr *trial) Record(outcomes []queue.Outcome) error {
	tr.recorded = append(tr.recorded, outcomes...)
	return nil
}

// Learn implements Recorder.
func (tr *trial) Learn(l policy.Learned) error {
	tr.learned = l
	return nil
}

// recording is a Recorder that does what its function does.
type recording func() error

// Record implements Recorder.
func (f recording) Record([]queue.Outcome) error { return f() }

// Learn implements Recorder.
func (f recording) Learn(policy.Learned) error { return f() }

// madeUp is the ID that nobody has.
const madeUp = "made-up"

// try runs f in a bubble with a ledger that holds n fresh IDs.
func try(t *testing.T, n int, far *far, f func(*trial)) {
	t.Helper()
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		q, err := sqlite.Open(t.Context(), filepath.Join(dir, "q.db"), sqlite.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer func() {
			if err := q.Close(); err != nil {
				t.Error(err)
			}
		}()
		p, err := q.Begin(t.Context(), "")
		if err != nil {
			t.Fatal(err)
		}
		tr := &trial{T: t, ledger: q, pass: p}
		tr.load("first", n)
		tr.opts = Options{
			Queue: p, Service: far, Recorder: tr,
			Pacer: pace.NewSteady(1e6, 1000),
			Rules: Rules{
				Table: policy.DefaultTable(),
				Retry: policy.Retry{Attempts: 4, Initial: time.Second, Max: time.Minute, Deadline: time.Hour},
			},
			Limits: Limits{Workers: 4, Grace: 30 * time.Second},
			Chance: Chance{
				Jitter: func() float64 { return 0 },
				Random: func() float64 { return 0.5 }, MadeUpID: func() string { return madeUp },
			},
		}
		f(tr)
		if err := q.Check(t.Context()); err != nil {
			t.Errorf("ledger after the pass: %v", err)
		}
	})
}

func (tr *trial) load(batch string, n int) {
	tr.Helper()
	ids := func(yield func(string, error) bool) {
		for i := range n {
			if !yield(id(batch, i), nil) {
				return
			}
		}
	}
	if _, err := tr.ledger.Load(tr.Context(), queue.Batch{Name: batch}, ids); err != nil {
		tr.Fatal(err)
	}
}

func id(batch string, i int) string { return fmt.Sprintf("%s-%04d", batch, i) }

// run makes the pass and compares it with the ledger.
func (tr *trial) run(ctx context.Context) Pass {
	tr.Helper()
	var requests, throttled, gone atomic.Int64
	before := tr.counts()
	o := tr.opts
	o.Observers = append(slices.Clip(o.Observers), Observer{Exchange: func(e Exchange) {
		if e.Op != OpDelete && e.Op != OpCalibrate || !e.Fault.Sent() {
			return
		}
		requests.Add(1)
		if e.Ruling.Slow && e.Fault == answer.FaultNone {
			throttled.Add(1)
		}
		if e.Op == OpDelete && e.Ruling.Verdict == policy.Gone && !e.Again {
			gone.Add(1)
		}
	}})
	p, err := New(o).Run(ctx, tr.Context())
	if err != nil {
		tr.Fatal(err)
	}
	if requests.Load() != p.Requests || throttled.Load() != p.Throttled || gone.Load() > p.Gone { // a look may show what no DELETE did
		tr.Errorf("observed %d requests, %d throttled, %d gone; the pass counts %d, %d, %d",
			requests.Load(), throttled.Load(), gone.Load(), p.Requests, p.Throttled, p.Gone)
	}
	c := tr.counts()
	c.Deleted, c.Gone, c.Protected, c.Dead = c.Deleted-before.Deleted, c.Gone-before.Gone, c.Protected-before.Protected, c.Dead-before.Dead
	if c.Deleted != p.Deleted || c.Gone != p.Gone || c.Protected != p.Protected || c.Dead != p.Dead {
		tr.Errorf("pass %+v, ledger %+v", p, c)
	}
	return p
}

func (tr *trial) counts() queue.Counts {
	tr.Helper()
	c, err := tr.ledger.Counts(tr.Context())
	if err != nil {
		tr.Fatal(err)
	}
	return c
}

func (tr *trial) want(what string, got, want any) {
	tr.Helper()
	if got != want {
		tr.Errorf("%s = %v, want %v", what, got, want)
	}
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
