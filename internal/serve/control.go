package serve

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"go.uber.org/zap"

	"cleaner/internal/admin"
	"cleaner/internal/assemble"
	"cleaner/internal/knowledge"
	"cleaner/internal/ledger"
	"cleaner/internal/pass"
	"cleaner/internal/queue"
	"cleaner/internal/schedule"
	"cleaner/internal/worker"
)

// control is what an operator may do to a server at work. It is an admin.Control.
type control struct {
	state    *state
	runner   *schedule.Runner
	settings *settings
	maker    *maker
	pauses   *pauses
	log      *zap.Logger
}

// Pause lets no schedule, and no other process, begin a pass until Resume, or until the
// pause is over.
func (c control) Pause(ctx context.Context, p admin.Pause) error {
	kept := knowledge.Pause(p)
	c.log.Warn("paused by an operator", zap.String("by", p.By), zap.String("reason", p.Reason), untilField(p.Until))
	c.pauses.begin(&kept)
	err := c.maker.onLedger(ctx, "pause", func(q queue.Ledger) error {
		if !c.pauses.keeps(&kept) { // while the ledger was not free
			return nil
		}
		return knowledge.KeepPause(ctx, q, kept)
	})
	if err != nil {
		return fmt.Errorf("schedules start nothing, but the pause is not in the ledger, and ends with this process: %w", err)
	}
	return nil
}

// untilField is the field of the log for the end of a pause; none for one without an end.
func untilField(end time.Time) zap.Field {
	if end.IsZero() {
		return zap.Skip()
	}
	return zap.Time("until", end)
}

// Resume undoes Pause.
func (c control) Resume(ctx context.Context, by string) error {
	err := c.maker.onLedger(ctx, "resume", func(q queue.Ledger) error {
		err := knowledge.EndPause(ctx, q)
		if err == nil {
			c.pauses.end()
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("the ledger cannot be told that the pause is over: %w", err)
	}
	c.log.Info("resumed by an operator", zap.String("by", by))
	return nil
}

// Release ends holds, between two passes or during one.
func (c control) Release(ctx context.Context, which queue.Holds, r queue.Release) (n int64, err error) {
	err = c.maker.onLedger(ctx, "release", func(q queue.Ledger) error {
		released, err := release(ctx, q, which, r)
		n = int64(len(released))
		logReleased(c.log, released, r)
		return err
	})
	return n, err
}

// RunNow asks for a pass by hand.
func (c control) RunNow() error {
	outcome, err := c.runner.RunNow("")
	if err == nil && outcome == schedule.Skip {
		err = errors.New("a pass is under way, and the schedule's overlap policy is skip")
	}
	return err
}

// Stop ends the pass under way. Of another process's pass it can only say whose it
// is.
func (c control) Stop() error {
	l := c.state.underWay()
	if l == nil {
		return c.nothingToStop()
	}
	l.stop(&worker.Stop{Kind: worker.StopSignal, Why: "stopped by an operator"})
	return nil
}

// nothingToStop says that this process makes no pass, and who is at work on the
// ledger instead: whoever says stop believes that something is being deleted.
func (c control) nothingToStop() error {
	const idle = "this serve makes no pass"
	held, err := assemble.Ledger(c.state.config()).Holder()
	if err != nil {
		return fmt.Errorf("%s; whether another process is at work cannot be told: %w", idle, err)
	}
	return fmt.Errorf("%s%w", idle, elsewhere(held, ledger.Self()))
}

// elsewhere says who else is at work on a ledger that is held, nil for by nobody, for
// the process self.
func elsewhere(held *queue.LockedError, self queue.Holder) error {
	switch {
	case held == nil || held.Holder.Same(self): // as while dead letters are requeued
		return errors.New(", and there is nothing to stop")
	case held.Holder.PID == 0: // it has not yet written its name
		return fmt.Errorf("; %w", held)
	}
	return fmt.Errorf("; the ledger is %w with a signal there: kill %d", held, held.Holder.PID)
}

// Set changes the ceiling of the rate and the number of workers at once, until the
// next reload or restart.
func (c control) Set(rate float64, workers int) error { return c.settings.set(rate, workers) }

// Requeue makes dead letters pending again, between two passes or during one.
func (c control) Requeue(ctx context.Context, f queue.Filter) (n int64, err error) {
	between := func(q queue.Ledger) error {
		if err := pass.CompleteResults(ctx, q, c.log); err != nil {
			return err
		}
		n, err = q.Requeue(ctx, f)
		return err
	}
	within := func(l *livePass) error {
		n, err = l.Requeue(ctx, f)
		return err
	}
	err = retryWhileBusy(ctx, func() error { return c.maker.lend(ctx, "requeue", between, within) })
	return n, err
}

// Drop removes dead letters from the ledger, between two passes: what they owe to a results
// file is written first.
func (c control) Drop(ctx context.Context, f queue.Filter) (n int64, err error) {
	between := func(q queue.Ledger) error {
		if err := pass.CompleteResults(ctx, q, c.log); err != nil {
			return err
		}
		n, err = q.Drop(ctx, f)
		return err
	}
	within := func(*livePass) error { return errUnderWay }
	if err = retryWhileBusy(ctx, func() error { return c.maker.lend(ctx, "drop", between, within) }); err == nil {
		c.log.Warn("dead letters dropped by an operator", zap.Int64("n", n), zap.String("code", f.Code), zap.String("batch", f.Batch), zap.String("id", f.ID))
	}
	return n, err
}

// errUnderWay refuses to drop what a pass has settled and may not have recorded yet.
var errUnderWay = errors.New("a pass is under way: drop dead letters when it has ended")

// Withdraw takes a batch back, between two passes or during one.
func (c control) Withdraw(ctx context.Context, batch, reason string) (w queue.Withdrawal, err error) {
	between := func(q queue.Ledger) error {
		if err := pass.CompleteResults(ctx, q, c.log); err != nil {
			return err
		}
		w, err = q.Withdraw(ctx, batch, reason)
		return err
	}
	within := func(l *livePass) error {
		return l.Change(func(q queue.Ledger) (err error) {
			w, err = q.Withdraw(ctx, batch, reason)
			return err
		})
	}
	if err = retryWhileBusy(ctx, func() error { return c.maker.lend(ctx, "withdraw", between, within) }); err != nil {
		return w, err
	}
	c.log.Warn("batch withdrawn by an operator", zap.String("batch", batch), zap.String("reason", reason),
		zap.Int64("withdrawn", w.Withdrawn), zap.Int64("maybe_sent", w.MaybeSent), zap.Int64("kept", w.Kept))
	if slices.Contains(c.state.config().Inputs.Files, w.Source) {
		c.state.setAlert("Batch " + batch + " was withdrawn, but every pass reads " + w.Source + " again (inputs.files), and what it names is then pending again: take it out of the configuration.")
	}
	return w, nil
}
