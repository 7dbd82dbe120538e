package metrics

import (
	"context"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"cleaner/internal/queue"
)

// ledgerPatience is how long a scrape waits for the ledger. Prometheus gives up a scrape
// after ten seconds, and then gets no metrics at all.
const ledgerPatience = time.Second

// codesAge is how old the dead letters by code may be while their number stays the same:
// counting them reads all of them, and the backlog is a few counters.
const codesAge = time.Minute

// Ledger counts the backlog, and the dead letters by their codes. queue.Ledger is one.
type Ledger interface {
	Counts(ctx context.Context) (queue.Counts, error)
	DeadCodes(ctx context.Context) ([]queue.DeadCode, error)
}

// ledger shows the backlog as found by a read that began after the scrape did. One read
// is under way at a time, so a ledger that hangs costs one goroutine. When it does not
// answer in time, the last good read is shown and the failure is counted. Before the
// first good read there are no series of the backlog.
type ledger struct {
	descs    ledgerDescs
	patience time.Duration

	mu       sync.Mutex    // guards what follows
	source   *source       // nil when no ledger is watched
	under    chan struct{} // closed when the read under way ends; nil when none is
	begun    int64         // the number of the last read that has begun
	ended    int64         // the number of the last read that has ended
	good     reading       // the last that succeeded
	letters  letters       // the dead letters as last counted
	failures int64
}

// reading is a read that succeeded. The zero value is none.
type reading struct {
	number int64
	at     time.Time // when it began
	counts queue.Counts
}

// letters are dead letters by code.
type letters struct {
	of    *source // whose they are; nil when they were never counted
	dead  int64   // how many there were
	at    time.Time
	codes []queue.DeadCode
}

// source is a ledger that is watched. A pointer to it identifies it.
type source struct{ Ledger }

func newLedger() *ledger { return &ledger{descs: newLedgerDescs(), patience: ledgerPatience} }

// WatchLedger shows the backlog of l from now on. The function it returns must be called
// before l is closed: it reads a last time, so that what is pushed afterwards is the
// state at the end, and then shows again what was watched before.
func (w *Watched) WatchLedger(l Ledger) (leave func()) {
	g, s := w.ledger, &source{l}
	g.mu.Lock()
	defer g.mu.Unlock()
	before := g.source
	g.source, g.under = s, nil // a read that hangs at another ledger does not hold up this one
	return func() { g.leave(s, before) }
}

func (g *ledger) leave(s, before *source) {
	g.refresh()
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.source == s {
		g.source, g.under = before, nil
	}
}

// refresh waits for the end of a read that begins after it is called, but not longer
// than patience.
func (g *ledger) refresh() {
	late := time.After(g.patience)
	g.mu.Lock()
	defer g.mu.Unlock()
	wanted, inTime := g.begun+1, true
	for inTime && g.source != nil && g.ended < wanted {
		if g.under == nil {
			g.begin()
		}
		under := g.under
		g.mu.Unlock()
		inTime = ends(under, late)
		g.mu.Lock()
	}
	if g.source != nil && g.good.number < wanted {
		g.failures++
	}
}

// ends reports whether done is closed before late fires.
func ends(done <-chan struct{}, late <-chan time.Time) bool {
	select {
	case <-done:
		return true
	case <-late:
		return false
	}
}

// begin begins a read. The caller holds the lock.
func (g *ledger) begin() {
	g.begun++
	g.under = make(chan struct{})
	go g.read(g.source, g.under, g.begun, time.Now())
}

// read reads once. A ledger that ignores the end of its context holds up this goroutine
// and no other.
func (g *ledger) read(s *source, done chan struct{}, number int64, at time.Time) {
	ctx, cancel := context.WithTimeout(context.Background(), g.patience)
	defer cancel()
	counts, err := s.Counts(ctx)
	g.mu.Lock()
	defer g.mu.Unlock()
	if err == nil && g.source == s {
		g.good = reading{number: number, at: at, counts: counts}
		g.count(ctx, s, counts.Dead)
	}
	if g.under == done {
		g.under = nil
	}
	g.ended = max(g.ended, number)
	close(done)
}

// count counts the dead letters by their codes, unless that was done for as many, not
// long ago. When it fails, what was counted before stays. The caller holds the lock, which
// is released while the ledger is asked.
func (g *ledger) count(ctx context.Context, s *source, dead int64) {
	if l := g.letters; l.of == s && l.dead == dead && time.Since(l.at) < codesAge {
		return
	}
	now := time.Now()
	if dead == 0 {
		g.letters = letters{of: s, at: now}
		return
	}
	g.mu.Unlock()
	codes, err := s.DeadCodes(ctx)
	g.mu.Lock()
	if err == nil && g.source == s {
		g.letters = letters{of: s, dead: dead, at: now, codes: codes}
	}
}

// Collect implements prometheus.Collector.
func (g *ledger) Collect(ch chan<- prometheus.Metric) {
	g.refresh()
	g.mu.Lock()
	good, letters, failures := g.good, g.letters, g.failures
	g.mu.Unlock()
	ch <- prometheus.MustNewConstMetric(g.descs.failures, prometheus.CounterValue, float64(failures))
	if good.number > 0 {
		g.descs.backlog(ch, good.counts, good.at)
	}
	if letters.of != nil {
		g.descs.letters(ch, letters.codes, letters.dead)
	}
}

// Describe implements prometheus.Collector.
func (g *ledger) Describe(ch chan<- *prometheus.Desc) { g.descs.describe(ch) }
