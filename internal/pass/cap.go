package pass

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.uber.org/zap"

	"cleaner/internal/knowledge"
	"cleaner/internal/policy"
	"cleaner/internal/protect"
	"cleaner/internal/queue"
	"cleaner/internal/worker"
)

// ProtectError says that the protect list cannot be read, so that nothing may be
// deleted.
type ProtectError struct{ Err error }

// Error returns the reason.
func (e *ProtectError) Error() string { return e.Err.Error() }

// Unwrap returns the reason.
func (e *ProtectError) Unwrap() error { return e.Err }

// gate says whether a pass may send anything.
type gate struct {
	ledger queue.Ledger
	guard  *protect.Guard
	log    *zap.Logger
	scope  knowledge.Scope
	cap    policy.Cap
	budget int64 // the most IDs that the pass may send DELETEs for; 0 is no bound
	within queue.Scope
	// ignorePause goes on though an operator has paused all passes.
	ignorePause bool
}

// admit returns the stop that forbids the pass to send anything: a pause, a hold on all
// that is pending, a wait that an earlier pass was asked for, or the cap. The zero Stop
// forbids nothing. pending are those that are not held.
func (g gate) admit(ctx context.Context, pending int64) (worker.Stop, error) {
	if stop, err := g.paused(ctx); err != nil || stop.Kind != worker.StopNone {
		return stop, err
	}
	if pending == 0 {
		words, err := heldWords(ctx, g.ledger)
		return worker.Stop{Kind: worker.StopHeld, Why: words}, err
	}
	w, err := knowledge.RecallWait(ctx, g.ledger, g.scope)
	if err != nil {
		return worker.Stop{}, err
	}
	if time.Now().Before(w.Until) {
		return worker.Stop{Kind: worker.StopThrottle, Why: fmt.Sprintf(
			"nothing is sent before %s, as the service asked an earlier pass: %s", clock(w.Until), w.Why)}, nil
	}
	return g.overCap(ctx, pending)
}

// overCap returns the stop of a pass that would set out to delete more than the cap
// allows, what is protected left out, or that was stopped while that was counted.
func (g gate) overCap(ctx context.Context, pending int64) (none worker.Stop, err error) {
	if g.budget > 0 {
		pending = min(pending, g.budget)
	}
	if g.cap.Admit(pending) == nil {
		return none, nil
	}
	if g.budget == 0 {
		protected, err := g.protected(ctx)
		if stop, ok := errors.AsType[*worker.Stop](err); ok {
			return *stop, nil
		}
		if err != nil {
			return none, err
		}
		pending -= protected
	}
	if err = g.cap.Admit(pending); err == nil {
		return none, nil
	}
	g.log.Error("over the cap: nothing is deleted", zap.Error(err))
	return worker.Stop{Kind: worker.StopCap, Why: err.Error()}, nil
}

// protected counts the pending IDs within the scope that a rule protects.
func (g gate) protected(ctx context.Context) (n int64, err error) {
	if g.guard.Empty() {
		return 0, nil
	}
	for id, err := range g.ledger.Pending(ctx, g.within) {
		if err != nil {
			return 0, err
		}
		_, protected, err := g.guard.Protects(id)
		if err != nil {
			return 0, &ProtectError{err}
		}
		if protected {
			n++
		}
	}
	return n, nil
}
