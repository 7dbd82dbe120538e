package worker

import (
	"context"
	"fmt"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"cleaner/internal/policy"
	"cleaner/internal/queue"
	"cleaner/internal/queue/sqlite"
)

// far is a far side that answers by a script. It stands where the network
// would, because a synctest bubble cannot hold a socket; the ledger is real.
type far struct {
	answer  func(id string, nth int) policy.Answer
	latency time.Duration
	renewed policy.Answer
	ready   func(ctx context.Context) policy.Answer // nil: always
	look    func(nth int) policy.Answer             // nil: nothing is there
	stop    func() policy.Answer                    // nil: it is confirmed

	mu       sync.Mutex // guards all below
	looked   map[string]int
	stops    int
	sent     map[string][]time.Time
	now, max int // requests under way, and the most there were
	renewals int
}

func (f *far) Ready(ctx context.Context) policy.Answer {
	if f.ready == nil {
		return policy.Answer{}
	}
	return f.ready(ctx)
}

func (f *far) DeleteTask(ctx context.Context, id string) policy.Answer {
	f.mu.Lock()
	if f.sent == nil {
		f.sent = map[string][]time.Time{}
	}
	f.sent[id] = append(f.sent[id], time.Now())
	nth := len(f.sent[id])
	f.now++
	f.max = max(f.max, f.now)
	f.mu.Unlock()
	defer func() { f.mu.Lock(); f.now--; f.mu.Unlock() }()
	select {
	case <-time.After(f.latency):
	case <-ctx.Done():
		return policy.Answer{Fault: policy.FaultCanceled}
	}
	if f.answer == nil {
		return ok
	}
	return f.answer(id, nth)
}

func (f *far) Renew(context.Context, uint64) policy.Answer {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.renewals++
	return f.renewed
}

func (f *far) StopTask(context.Context, string) policy.Answer {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.stops++
	if f.stop != nil {
		return f.stop()
	}
	return ok
}

func (f *far) LookAtTask(_ context.Context, id string) policy.Answer {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.looked == nil {
		f.looked = map[string]int{}
	}
	f.looked[id]++
	if f.look == nil {
		return coded(404, "CC.00059404")
	}
	return f.look(f.looked[id])
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
	ok       = policy.Answer{Status: 200, Body: policy.BodyNull}
	busy     = coded(400, "CC.00000000")
	running  = coded(200, "CC.00050015")
	expired  = coded(401, "CC.00000003")
	noRight  = coded(200, "CC.00050010")
	tooMany  = policy.Answer{Status: 429, Body: policy.BodyCoded, Codes: []string{"APIG.0308"}, RetryAfter: 10 * time.Second}
	timedOut = policy.Answer{Fault: policy.FaultTimeout}
)

func coded(status int, code string) policy.Answer {
	return policy.Answer{Status: status, Body: policy.BodyCoded, Codes: []string{code}}
}

// trial is one pass over a real ledger, in virtual time.
type trial struct {
	*testing.T
	ledger *sqlite.Ledger
	opts   Options
	told   []queue.Outcome
}

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
		tr := &trial{T: t, ledger: q}
		tr.load("first", n)
		tr.opts = Options{
			Queue: q, Service: far, Table: policy.DefaultTable(),
			Retry:   policy.Retry{Attempts: 4, Initial: time.Second, Max: time.Minute, Deadline: time.Hour},
			Pace:    policy.NewPace(1e6, 1000),
			Workers: 4, Grace: 30 * time.Second,
			Tell:   func(os []queue.Outcome) error { tr.told = append(tr.told, os...); return nil },
			Jitter: func() float64 { return 0 },
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
	tr.opts.Observe = func(e Exchange) {
		if e.Op != OpDelete || !e.Fault.Sent() {
			return
		}
		requests.Add(1)
		if e.Ruling.Slow && e.Fault == policy.FaultNone {
			throttled.Add(1)
		}
		if e.Ruling.Verdict == policy.Gone && !e.Again {
			gone.Add(1)
		}
	}
	p, err := New(tr.opts).Run(ctx, tr.Context())
	if err != nil {
		tr.Fatal(err)
	}
	if requests.Load() != p.Requests || throttled.Load() != p.Throttled || gone.Load() != p.Gone {
		tr.Errorf("observed %d requests, %d throttled, %d gone; the pass counts %d, %d, %d",
			requests.Load(), throttled.Load(), gone.Load(), p.Requests, p.Throttled, p.Gone)
	}
	c := tr.counts()
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
