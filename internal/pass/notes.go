package pass

import (
	"context"
	"sync"
	"time"

	"go.uber.org/zap"

	"cleaner/internal/knowledge"
	"cleaner/internal/policy"
	"cleaner/internal/queue"
	"cleaner/internal/report"
	"cleaner/internal/worker"
)

// notes are what the ledger says of the pass under way, for another shell: what holds
// it up, and how far its deletions are verified. They are written when that changes.
type notes struct {
	live    *Live
	journal queue.Pass
	memory  queue.Memory
	log     *zap.Logger
	began   time.Time

	mu       sync.Mutex          // guards what follows; who writes the notes holds it
	held     string              // what holds the pass up, as the ledger has it
	verified report.Verification // as the ledger has it, without numbers
}

// update writes what has changed. It does so also while the pass is being stopped.
func (n *notes) update() {
	ctx := context.Background()
	n.mu.Lock()
	defer n.mu.Unlock()
	n.updateVerified(ctx)
	words := n.live.heldUp(time.Now())
	if words == n.held {
		return
	}
	n.held = words
	if err := n.journal.Note(ctx, words); err != nil {
		n.log.Warn("what holds the pass up is not shown by status", zap.Error(err))
	}
}

// updateVerified writes how far the pass verifies its deletions, when more than a
// number has changed. The caller holds the lock.
func (n *notes) updateVerified(ctx context.Context) {
	now := report.VerificationOf(n.live.Snapshot())
	if now == nil {
		return
	}
	v := *now
	v.Looked, v.RemainBelow, v.Words = 0, 0, "" // these change all the time
	if v == n.verified {
		return
	}
	if err := n.keep(ctx, *now); err != nil {
		n.log.Warn("how far deletions are verified is not shown by status", zap.Error(err))
	}
	n.verified = v
}

// keep has the ledger keep v, and the log warn once of a pass that cannot verify its
// deletions. The caller holds the lock.
func (n *notes) keep(ctx context.Context, v report.Verification) error {
	if v.Mode == string(worker.ModeUnverified) && n.verified.Mode != v.Mode {
		n.log.Warn("deletions are unverified: the service's word is all there is", zap.String("why", v.Why))
	}
	return knowledge.KeepVerified(ctx, n.memory, knowledge.Verified{Began: n.began, Verification: v})
}

// last has the ledger keep what is known at the end of the pass; nil is nothing.
func (n *notes) last(ctx context.Context, v *report.Verification) error {
	if v == nil {
		return nil
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.keep(ctx, *v)
}

// breaker tells the log, and through the ledger another shell, that the far side is
// down, or up again.
func (n *notes) breaker(b policy.BreakerState) {
	if b.Open {
		n.log.Warn("circuit breaker open: no ID is sent but one probe at a time, and none spends an attempt",
			zap.Time("since", b.Since), zap.String("why", b.Why), zap.Int("probes", b.Probes), zap.Time("next", b.Next))
	} else {
		n.log.Info("circuit breaker closed: the far side is up again")
	}
	n.live.holdup.set(b)
	n.update()
}
