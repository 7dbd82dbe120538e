package pass

import (
	"context"
	"errors"
	"fmt"

	"go.uber.org/zap"

	"cleaner/internal/policy"
	"cleaner/internal/queue"
	"cleaner/internal/source"
	"cleaner/internal/worker"
)

// Forecast is what a pass would do.
type Forecast struct {
	Report
	// Carried is how many IDs were pending before the inputs.
	Carried int64
	// New is how many IDs the inputs would bring.
	New int64
	// Takes is how long it would take, by the limit that the ledger knows.
	Takes policy.PaceEstimate
}

// Preview returns what a pass would do, and the spec of that pass, which reads what the
// inputs hold now, and which stops before it loads anything if more is pending by then.
// Nothing is sent and nothing is kept in the ledger. forget releases the inputs.
func Preview(ctx context.Context, d Deps, s Spec) (f Forecast, spec Spec, forget func(), err error) {
	kept, forget, err := keepAll(ctx, s.Inputs)
	if err != nil {
		return f, s, forget, err
	}
	s.Inputs = kept
	open, known, agreed := d.Open, policy.PaceState{}, int64(0)
	d.Open = func(ctx context.Context, rehearse bool) (queue.Ledger, error) {
		q, err := open(ctx, rehearse)
		if err != nil {
			return nil, err
		}
		c, err := q.Counts(ctx)
		if err != nil {
			return nil, errors.Join(err, q.Close())
		}
		f.Carried, f.New, agreed = c.Pending, 0, c.Pending-c.Held
		if known, err = s.Limits.Known(ctx, q, s.Scope); err != nil {
			return nil, errors.Join(err, q.Close())
		}
		return q, nil
	}
	d.Observers, d.Live, d.Log = Observers{}, nil, zap.NewNop()
	trial := s
	trial.Inputs = countedOnly(kept, &f.New)
	trial.Results, trial.MaxDuration = "", 0
	f.Report, err = Rehearse(ctx, ctx, d, trial)
	f.Takes = known.Estimate(f.WouldDelete, s.Limits.Workers)
	s.Limits.Agreed = &agreed
	return f, s, forget, err
}

// keepAll keeps what the files among the inputs hold.
func keepAll(ctx context.Context, inputs []Source) (kept []Source, forget func(), err error) {
	var held []*source.Kept
	forget = func() {
		for _, k := range held {
			_ = k.Close() // it has no name: nothing of it stays behind
		}
	}
	for _, in := range inputs {
		f, ok := in.(File)
		if !ok {
			kept = append(kept, in)
			continue
		}
		if f.Fetch != nil {
			if f.kept, err = fetch(ctx, f); err != nil {
				return nil, forget, stoppedOr(ctx, err)
			}
			kept = append(kept, f)
			continue
		}
		if f.kept, err = source.Keep(ctx, f.Path, f.Stdin); err != nil {
			return nil, forget, stoppedOr(ctx, blame(err))
		}
		held, kept = append(held, f.kept), append(kept, f)
	}
	return kept, forget, nil
}

// stoppedOr is the stop that has ended ctx, or else err.
func stoppedOr(ctx context.Context, err error) error {
	if stop, ok := errors.AsType[*worker.Stop](context.Cause(ctx)); ok {
		return stop
	}
	return err
}

// countedOnly are inputs that write down no rejected lines, and add what is new of them to
// fresh.
func countedOnly(inputs []Source, fresh *int64) (all []Source) {
	for _, in := range inputs {
		if f, ok := in.(File); ok {
			f.Rejects = ""
			in = f
		}
		all = append(all, counting{in, fresh})
	}
	return all
}

// counting is a source that adds what it brings to fresh.
type counting struct {
	Source
	fresh *int64
}

// Load loads.
func (c counting) Load(ctx context.Context, q queue.Loader) (Loaded, error) {
	l, err := c.Source.Load(ctx, q)
	*c.fresh += l.New
	return l, err
}

// overAgreed returns the stop of a pass that somebody has agreed to when at most so many
// were pending and not held; nil is any number. What was released since was not shown.
func overAgreed(ctx context.Context, q queue.Pass, most *int64) (worker.Stop, error) {
	if most == nil {
		return worker.Stop{}, nil
	}
	t, err := q.Totals(ctx)
	if now := t.IDs[queue.Pending] - t.Held; err == nil && now > *most {
		return worker.Stop{Kind: worker.StopDeclined, Why: fmt.Sprintf(
			"%d task IDs were pending and not held at the question, and now there are %d: nothing was loaded and nothing sent; run it again to be asked again",
			*most, now)}, nil
	}
	return worker.Stop{}, err
}
