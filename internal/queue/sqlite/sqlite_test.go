package sqlite

import (
	"context"
	"path/filepath"
	"testing"

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

// mortal is a ledger that can play the death of its process.
type mortal struct{ *Ledger }

// Crash lets go of the file and the lock as the kernel would, and writes
// nothing of what Close writes.
func (m mortal) Crash() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.closed = true
	_ = m.shut()
}

// Audit is Check, for the suite to call after each move.
func (m mortal) Audit() error { return m.Check(context.Background()) }

func TestContract(t *testing.T) {
	queuetest.Run(t, func(t *testing.T, dir string) queue.Queue {
		return mortal{open(t, filepath.Join(dir, "ledger.db"), Options{})}
	})
}

// open opens the ledger at path and closes it with the test.
func open(t testing.TB, path string, o Options) *Ledger {
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
	return l
}
