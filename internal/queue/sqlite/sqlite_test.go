package sqlite

import (
	"context"
	"math/rand/v2"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"cleaner/internal/queue"
	"cleaner/internal/queue/queuetest"
)

func TestMain(m *testing.M) {
	if child() {
		return
	}
	goleak.VerifyTestMain(m)
}

// subject is a ledger with one pass over it, which begins when something is lent.
type subject struct {
	*Ledger
	once  sync.Once
	pass  queue.Pass
	begun error // why the pass did not begin
}

// under returns the pass.
func (l *subject) under() (queue.Lender, error) {
	l.once.Do(func() { l.pass, l.begun = l.Begin(context.Background(), "") })
	return l.pass, l.begun
}

func (l *subject) Take(ctx context.Context, n int, now time.Time) ([]queue.Delivery, time.Time, error) {
	p, err := l.under()
	if err != nil {
		return nil, time.Time{}, err
	}
	return p.Take(ctx, n, now)
}

func (l *subject) Sample(ctx context.Context, n int, now time.Time) ([]queue.Delivery, error) {
	p, err := l.under()
	if err != nil {
		return nil, err
	}
	return p.Sample(ctx, n, now)
}

func (l *subject) Settle(ctx context.Context, outcomes []queue.Outcome) error {
	p, err := l.under()
	if err != nil {
		return err
	}
	return p.Settle(ctx, outcomes)
}

// crashable is a ledger that can play the death of its process.
type crashable struct{ *Ledger }

// Crash lets go of the file and the lock as the kernel would, and writes
// nothing of what Close writes.
func (m crashable) Crash() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.closed = true
	_ = m.shut()
}

func TestContract(t *testing.T) {
	queuetest.Run(t, func(t *testing.T, dir string) queue.Ledger {
		random := rand.New(rand.NewPCG(1, 1))
		l := open(t, filepath.Join(dir, "ledger.db"), Options{Random: random.Int64N})
		l.most = 8 * fewKeys // the long loads of the suite spill, and short ones write nothing before their end
		return crashable{l.Ledger}
	})
}

// open opens the ledger at path and closes it with the test.
func open(t testing.TB, path string, o Options) *subject {
	t.Helper()
	l, err := Open(t.Context(), path, o)
	if err != nil {
		t.Fatalf("Open: %v", err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return &subject{Ledger: l}
}
