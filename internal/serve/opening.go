package serve

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.uber.org/zap"

	"cleaner/internal/assemble"
	"cleaner/internal/queue"
)

// tryLedger opens the ledger once, which makes it or brings it up to date: what keeps
// passes from working shows at the start, and not at night. A process that holds the
// ledger shows that it can be opened.
func (m *maker) tryLedger(ctx context.Context) error {
	m.holding.Lock()
	defer m.holding.Unlock()
	q, err := assemble.Opener(m.state.config(), "serve", assemble.Says(m.deps.Log))(ctx)
	if held, ok := errors.AsType[*queue.LockedError](err); ok {
		m.deps.Log.Warn("another process holds the ledger", zap.Error(held))
		return nil
	}
	if err != nil {
		return fmt.Errorf("no pass could work, so serve does not start: %w", err)
	}
	return q.Close()
}

// ledgerGone returns an error when the ledger that tryLedger opened is not there any more.
// A new one in its place would know nothing of what is pending, held, paused or deleted.
func (s *state) ledgerGone() error {
	at := assemble.Ledger(s.config())
	if at.Exists() {
		return nil
	}
	return fmt.Errorf("ledger %s was moved away or removed since this serve began; nothing is loaded or sent: "+
		"put it back together with the files beside it, or restart serve to begin a new one", at.Path())
}

// unlessGone returns what opens the ledger of a pass as open does, as long as it is there.
func (m *maker) unlessGone(open opener) opener {
	return func(ctx context.Context, rehearse bool) (queue.Ledger, error) {
		if err := m.state.ledgerGone(); err != nil {
			return nil, err
		}
		return open(ctx, rehearse)
	}
}

// opener opens the ledger of a pass: see pass.Deps.
type opener = func(ctx context.Context, rehearse bool) (queue.Ledger, error)

// How long a pass waits for commands that hold the ledger for moments, and how often it
// tries. The watchdog lets a step before the work of a pass take longer.
const (
	openPatience = 10 * time.Minute
	openAgain    = time.Second
)

// waitingOpener opens the ledger of a pass. It waits while a command holds the ledger that
// changes something and makes no pass, such as load: that is over in moments, and the
// tick's next pass may be a day away.
type waitingOpener struct {
	taking context.Context // its end ends the waiting
	log    *zap.Logger
	try    opener
}

func (p waitingOpener) open(ctx context.Context, rehearse bool) (queue.Ledger, error) {
	for giveUp, said := time.Now().Add(openPatience), false; ; {
		q, err := p.try(ctx, rehearse)
		held, ok := errors.AsType[*queue.LockedError](err)
		if !ok || !held.Holder.Brief() || time.Now().After(giveUp) {
			return q, err
		}
		if !said {
			said = true
			p.log.Info("waiting for the ledger", zap.Error(held))
		}
		select {
		case <-time.After(openAgain):
		case <-p.taking.Done():
			return nil, context.Cause(p.taking)
		}
	}
}
