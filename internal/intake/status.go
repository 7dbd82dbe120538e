package intake

import (
	"sync"
	"time"

	"cleaner/internal/metrics"
	"cleaner/internal/queue"
)

// Status is a feed as others see it.
type Status struct {
	// Name is the name of the entry, and Kind the kind of its broker.
	Name, Kind string
	// Connected says that there is a connection.
	Connected bool
	// Waits says why nothing is received now; empty when something may be.
	Waits string
	// Stopped says why nothing will be received until somebody has looked; empty when
	// that is not so.
	Stopped string
	// Received counts messages, Redelivered those of them that came before, Acked those
	// that are dealt with and Rejected those of them that could not be read.
	Received, Redelivered, Acked, Rejected int64
	// Loaded counts the task IDs that came.
	queue.Loaded
	// Lag is how many messages wait at the broker; -1 when it does not tell.
	Lag int64
	// LastReceived is when a message was received last; zero when none was.
	LastReceived time.Time
}

// Status returns what the feed does now.
func (f *Feed) Status() Status { return f.board.shown() }

// board shows what a feed does, in its status and in the metrics.
type board struct {
	metrics *metrics.Feed

	mu     sync.Mutex // guards status
	status Status
}

func (b *board) shown() Status {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.status
}

func (b *board) change(change func(*Status)) {
	b.mu.Lock()
	defer b.mu.Unlock()
	change(&b.status)
}

func (b *board) connected(yes bool) {
	b.change(func(s *Status) { s.Connected = yes })
	b.metrics.Connected(yes)
}

func (b *board) waits(words string) {
	b.change(func(s *Status) { s.Waits = words })
	b.metrics.Waiting(words != "")
}

func (b *board) stopped(why string) {
	b.change(func(s *Status) { s.Stopped, s.Waits = why, "" })
	b.metrics.Stopped()
}

func (b *board) received(messages []Message) {
	again := int64(again(messages))
	b.change(func(s *Status) {
		s.Received += int64(len(messages))
		s.Redelivered += again
		s.LastReceived = time.Now()
	})
	b.metrics.Received(int64(len(messages)), again)
}

func (b *board) loaded(l queue.Loaded, rejected int) {
	b.change(func(s *Status) {
		s.New += l.New
		s.Duplicates += l.Duplicates
		s.Rejected += int64(rejected)
	})
	b.metrics.Loaded(l.New, l.Duplicates, int64(rejected))
}

func (b *board) acked(n int) {
	b.change(func(s *Status) { s.Acked += int64(n) })
	b.metrics.Acked(int64(n))
}

func (b *board) lags(n int64) {
	b.change(func(s *Status) { s.Lag = n })
	b.metrics.Lag(n)
}
