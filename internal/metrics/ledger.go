package metrics

import (
	"context"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"cleaner/internal/queue"
)

// ledgerPatience is how long a scrape waits for the ledger. Prometheus gives up a
// scrape after ten seconds, and loses all of it.
const ledgerPatience = time.Second

// Ledger is what is asked for the backlog. queue.Queue is one.
type Ledger interface {
	Counts(ctx context.Context) (queue.Counts, error)
}

// ledger shows the backlog as a read finds it that began after the scrape did.
// One read is under way at a time, so a ledger that hangs costs one goroutine.
// When it does not answer in time, what was read last is shown and the failure is
// counted. Before the first good read there are no series of the backlog.
type ledger struct {
	descs    ledgerDescs
	patience time.Duration

	mu       sync.Mutex    // guards what follows
	source   *source       // nil when there is none to ask
	under    chan struct{} // closed when the read under way ends; nil when none is
	begun    int64         // the number of the last read that has begun
	ended    int64         // the number of the last read that has ended
	good     int64         // the number of the last read that went well
	counts   queue.Counts  // what that one found
	at       time.Time     // when that one began; zero before the first
	failures int64
}

// source is a ledger that is watched; it is known by its address.
type source struct{ Ledger }

func newLedger() *ledger { return &ledger{descs: newLedgerDescs(), patience: ledgerPatience} }

// WatchLedger shows the backlog of l from now on. The function it returns must be
// called before l is closed: it reads a last time, so that what is pushed afterwards
// is the end, lets go of l, and goes back to what was watched before.
func (m *Metrics) WatchLedger(l Ledger) (leave func()) {
	g, s := m.ledger, &source{l}
	g.mu.Lock()
	defer g.mu.Unlock()
	before := g.source
	g.source, g.under = s, nil // a read that hangs at another ledger is no matter of this one
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

// refresh waits for the end of a read that begins after it is called, but no
// longer than the patience lasts.
func (g *ledger) refresh() {
	late := time.NewTimer(g.patience)
	defer late.Stop()
	g.mu.Lock()
	defer g.mu.Unlock()
	wanted, inTime := g.begun+1, true
	for inTime && g.source != nil && g.ended < wanted {
		if g.under == nil {
			g.begin()
		}
		under := g.under
		g.mu.Unlock()
		inTime = ends(under, late.C)
		g.mu.Lock()
	}
	if g.source != nil && g.good < wanted {
		g.failures++
	}
}

// ends reports whether done is closed before late comes.
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

// read reads once. A ledger that does not heed the end of its context holds up
// this goroutine and no other.
func (g *ledger) read(s *source, done chan struct{}, number int64, at time.Time) {
	ctx, cancel := context.WithTimeout(context.Background(), g.patience)
	defer cancel()
	counts, err := s.Counts(ctx)
	g.mu.Lock()
	defer g.mu.Unlock()
	if err == nil && g.source == s {
		g.counts, g.at, g.good = counts, at, number
	}
	if g.under == done {
		g.under = nil
	}
	g.ended = max(g.ended, number)
	close(done)
}

// Collect implements prometheus.Collector.
func (g *ledger) Collect(ch chan<- prometheus.Metric) {
	g.refresh()
	g.mu.Lock()
	counts, at, failures := g.counts, g.at, g.failures
	g.mu.Unlock()
	ch <- prometheus.MustNewConstMetric(g.descs.failures, prometheus.CounterValue, float64(failures))
	if !at.IsZero() {
		g.descs.backlog(ch, counts, at)
	}
}

// Describe implements prometheus.Collector.
func (g *ledger) Describe(ch chan<- *prometheus.Desc) { g.descs.describe(ch) }
