package pass

import (
	"context"
	"errors"
	"slices"
	"time"

	"cleaner/internal/queue"
	"cleaner/internal/worker"
)

// A panic in a pass is treated like a process that is killed, except that it can still
// leave word: nothing more is sent, the ledger is neither written nor closed, and the
// next process finds in it what was under way. The pass ends with a *worker.Crash, and
// its caller is to end the process.

// recountWithin is how long reading the numbers of a pass that has panicked may take.
const recountWithin = 5 * time.Second

// Recover calls body and makes a panic in it a *worker.Crash, with which it ends the
// report of a pass that has not begun. panicked is called first; nil is nobody.
func Recover(r *Report, panicked func(), body func() error) (err error) {
	defer func() {
		if v := recover(); v != nil {
			if panicked != nil {
				panicked()
			}
			r.crashed(worker.Pass{})
			err = worker.NewCrash(v)
		}
	}()
	return body()
}

// recovering is Recover for the pass itself, whose numbers it reads from the ledger.
func (p *pass) recovering(body func() error) error {
	err := Recover(&p.book.report, p.Panicked, body)
	if _, ok := errors.AsType[*worker.Crash](err); !ok {
		return err
	}
	p.book.report.crashed(p.live.Snapshot())
	if p.journal != nil && p.Look != nil {
		p.book.recounted(p.recount())
	}
	return err
}

// recount reads from the ledger what this pass and what all passes have done.
func (p *pass) recount() (totals queue.Totals, all queue.Counts, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), recountWithin)
	defer cancel()
	err = p.Look(ctx, func(r queue.Reader) error {
		if all, err = r.Counts(ctx); err != nil {
			return err
		}
		passes, err := r.Unfinished(ctx)
		i := slices.IndexFunc(passes, func(pass queue.PassInfo) bool { return pass.ID == p.journal.ID() })
		switch {
		case err != nil:
			return err
		case i < 0:
			return errors.New("the ledger does not know the pass")
		}
		totals = passes[i].Totals
		return nil
	})
	return totals, all, err
}
