package metrics

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"cleaner/internal/queue"
	"cleaner/internal/queue/sqlite"
)

var _ Ledger = queue.Ledger(nil)

// openLedger opens a real ledger with n pending IDs.
func openLedger(t *testing.T, n int) *sqlite.Ledger {
	t.Helper()
	l, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "ledger.db"), sqlite.Options{Command: "run"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	ids := func(yield func(string, error) bool) {
		for i := range n {
			if !yield(fmt.Sprintf("%032x", i), nil) {
				return
			}
		}
	}
	if _, err := l.Load(t.Context(), queue.Batch{Name: "monday", Source: "test"}, ids); err != nil {
		t.Fatal(err)
	}
	return l
}

// settle takes one ID after the other and settles it so.
func settle(t *testing.T, l *sqlite.Ledger, states ...queue.State) {
	t.Helper()
	p, err := l.Begin(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	ds, _, err := p.Take(t.Context(), len(states), time.Now())
	if err != nil || len(ds) != len(states) {
		t.Fatalf("took %d, %v", len(ds), err)
	}
	now := time.Now()
	var outcomes []queue.Outcome
	for i, s := range states {
		o := queue.Outcome{Delivery: ds[i], State: s, FirstAt: now, At: now, Attempts: 1, Reason: "test"}
		if s == queue.Pending {
			o.Due = now.Add(time.Hour)
		}
		outcomes = append(outcomes, o)
	}
	if err := p.Settle(t.Context(), outcomes); err != nil {
		t.Fatal(err)
	}
}

// What a scrape shows is what the ledger has, at any scrape, and at the end.
func TestBacklogIsTheLedgers(t *testing.T) {
	l, m := openLedger(t, 10), New("", "")
	lacks(t, m, nameTasks, nameDead, nameWaiting, nameAge, nameReadAt)
	leave := m.WatchLedger(l)
	shows(t, m, `cleaner_ledger_tasks{state="pending"} 10`)
	settle(t, l, queue.Deleted, queue.Deleted, queue.Gone, queue.Protected, queue.Dead, queue.Pending)
	shows(t, m, `
cleaner_dead_letters 1
cleaner_ledger_tasks{state="dead"} 1
cleaner_ledger_tasks{state="deleted"} 2
cleaner_ledger_tasks{state="gone"} 1
cleaner_ledger_tasks{state="pending"} 5
cleaner_ledger_tasks{state="protected"} 1
cleaner_ledger_waiting_tasks 1`)
	settle(t, l, queue.Dead)
	leave() // reads a last time
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	shows(t, m, "cleaner_dead_letters 2\ncleaner_ledger_waiting_tasks 1")
	if m.ledger.failures != 0 {
		t.Errorf("%d failures, want none", m.ledger.failures)
	}
}

// A scrape never shows less than was settled before it began, however many there
// are at once.
func TestScrapesAreNotBehind(t *testing.T) {
	const n = 40
	l, m := openLedger(t, n), New("", "")
	defer m.WatchLedger(l)()
	var scrapes sync.WaitGroup
	for i := range int64(n) {
		settle(t, l, queue.Deleted)
		for range 3 {
			scrapes.Go(func() {
				m.ledger.refresh()
				m.ledger.mu.Lock()
				defer m.ledger.mu.Unlock()
				if got := m.ledger.good.counts.Deleted; got < i+1 {
					t.Errorf("%d deleted are shown, of %d", got, i+1)
				}
			})
		}
	}
	scrapes.Wait()
}

// stuck is a ledger that does not answer and does not heed its context.
type stuck struct {
	release chan struct{}
	hang    atomic.Bool
	asked   atomic.Int64
	counts  atomic.Pointer[queue.Counts]
	err     error
}

func newStuck(c queue.Counts, hang bool) *stuck {
	s := &stuck{release: make(chan struct{})}
	s.counts.Store(&c)
	s.hang.Store(hang)
	return s
}

func (s *stuck) Counts(context.Context) (queue.Counts, error) {
	s.asked.Add(1)
	if s.hang.Load() {
		<-s.release
	}
	return *s.counts.Load(), s.err
}

func (s *stuck) DeadCodes(context.Context) ([]queue.DeadCode, error) { return nil, s.err }

// A ledger that hangs holds no scrape up for longer than the patience, and one
// goroutine for all of them. What was read last is shown, and its age grows.
func TestBusyLedger(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := New("", "")
		s := newStuck(queue.Counts{States: queue.States{Pending: 7}, OldestPending: time.Now().Add(-time.Minute)}, false)
		m.WatchLedger(s)
		shows(t, m, "cleaner_ledger_tasks{state=\"pending\"} 7\ncleaner_oldest_pending_age_seconds 60")
		s.hang.Store(true)
		s.counts.Store(&queue.Counts{States: queue.States{Pending: 3}})

		began := time.Now()
		shows(t, m, `
cleaner_ledger_read_failures_total 1
cleaner_ledger_tasks{state="pending"} 7
cleaner_oldest_pending_age_seconds 61`)
		shows(t, m, "cleaner_ledger_read_failures_total 2")
		if took := time.Since(began); took != 2*ledgerPatience {
			t.Errorf("two scrapes took %v, want %v", took, 2*ledgerPatience)
		}
		if n := s.asked.Load(); n != 2 {
			t.Errorf("the ledger was asked %d times, want 2: once well, once hanging", n)
		}

		s.hang.Store(false)
		close(s.release)
		synctest.Wait()
		shows(t, m, "cleaner_ledger_read_failures_total 2\ncleaner_ledger_tasks{state=\"pending\"} 3")
	})
}

// A ledger that hangs is left within the patience, and does not hold up the next.
func TestLeavingABusyLedger(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := New("", "")
		s := newStuck(queue.Counts{States: queue.States{Pending: 9}}, true)
		leave := m.WatchLedger(s)
		began := time.Now()
		leave()
		if took := time.Since(began); took != ledgerPatience {
			t.Errorf("leaving took %v, want %v", took, ledgerPatience)
		}
		lacks(t, m, nameTasks)
		m.WatchLedger(fixed{Pending: 4})
		shows(t, m, `cleaner_ledger_tasks{state="pending"} 4`)
		close(s.release)
		synctest.Wait() // the old read ends, and changes nothing
		shows(t, m, `cleaner_ledger_tasks{state="pending"} 4`)
	})
}

// A ledger that cannot be read shows nothing, and every scrape of it counts.
func TestLedgerThatFails(t *testing.T) {
	m := New("", "")
	s := newStuck(queue.Counts{}, false)
	s.err = errors.New("disk I/O error")
	m.WatchLedger(s)
	shows(t, m, "cleaner_ledger_read_failures_total 1")
	lacks(t, m, nameTasks) // and no zeros, which would be taken for an empty ledger
	shows(t, m, "cleaner_ledger_read_failures_total 3")
}

// Between two passes the ledger is still watched, by whoever watched it before.
func TestLeaveGoesBack(t *testing.T) {
	m := New("", "")
	m.WatchLedger(fixed{Pending: 4})
	leave := m.WatchLedger(fixed{Dead: 3})
	shows(t, m, `cleaner_dead_letters 3`)
	leave()
	shows(t, m, `cleaner_ledger_tasks{state="pending"} 4`)
	if !strings.Contains(rendered(t, m), "\ncleaner_dead_letters 0\n") {
		t.Error("the dead letters of the other ledger are still shown")
	}
}
