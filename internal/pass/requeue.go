package pass

import (
	"context"
	"errors"
	"fmt"
	"math"
	"sync"
	"sync/atomic"

	"go.uber.org/zap"

	"cleaner/internal/policy"
	"cleaner/internal/queue"
	"cleaner/internal/worker"
)

// ErrHeld says that nobody but the pass can change the ledger now, and ErrNoRoom that the
// pass might go over the cap with what is to be loaded. Both go away by themselves.
var (
	ErrHeld   = errors.New("a pass is beginning or ending, or the ledger is being changed: try again in a moment")
	ErrNoRoom = errors.New("the pass under way might go over safety.refuse_above")
)

// Requeue makes dead letters pending again while the pass is under way, and returns
// how many. For the report they have come in anew: one that died in this pass counts as
// dead too. It refuses with ErrHeld while the pass begins or ends.
func (l *Live) Requeue(ctx context.Context, f queue.Filter) (int64, error) {
	return l.requeues.requeue(ctx, f)
}

// Change changes the ledger of the pass under way. What it takes away from the pending task
// IDs the pass does not set out to settle any more. It refuses with ErrHeld while the pass
// begins or ends.
func (l *Live) Change(do func(queue.Ledger) error) error { return l.requeues.change(do) }

func (r *requeues) change(do func(queue.Ledger) error) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.ledger == nil {
		return ErrHeld
	}
	ctx := context.Background()
	before, err := r.pass.Totals(ctx)
	if err != nil {
		return err
	}
	if err := do(r.ledger); err != nil {
		return err
	}
	after, err := r.pass.Totals(ctx)
	if err == nil { // of what is held nothing was to be settled
		r.total.Add(after.Total() - after.Held - (before.Total() - before.Held))
	}
	return err
}

// Between opens a ledger between two passes and has change change it, after what dead
// letters owe to a results file has been written: the change forgets that.
func Between(ctx context.Context, open func(context.Context) (queue.Ledger, error), log *zap.Logger,
	change func(queue.Ledger) (int64, error),
) (n int64, err error) {
	q, err := open(ctx)
	if err != nil {
		return 0, err
	}
	if err = CompleteResults(ctx, q, log); err == nil {
		n, err = change(q)
	}
	return n, errors.Join(err, q.Close())
}

// requeues are where dead letters may be requeued while a pass is under way.
type requeues struct {
	total atomic.Int64 // IDs that are pending for the pass
	most  atomic.Int64 // IDs that it may send DELETEs for; 0 is any number

	mu     sync.Mutex   // guards what follows, and changes of total; held while dead letters are requeued
	ledger queue.Ledger // nil when none may be
	pass   queue.Pass
	limit  policy.Cap
}

// Room returns how many more task IDs the pass under way can take in without going over
// its cap. It refuses with ErrHeld while the pass begins or ends.
func (l *Live) Room(ctx context.Context) (int64, error) { return l.requeues.room(ctx) }

// Take calls load with the ledger of the pass under way, to load about n task IDs, which
// the pass then sets out to settle too. It refuses with ErrHeld while the pass begins or
// ends, and when the pass might go over its cap with them.
func (l *Live) Take(ctx context.Context, n int64, load func(queue.Ledger) error) error {
	return l.requeues.take(ctx, n, load)
}

func (r *requeues) room(ctx context.Context) (int64, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.left(ctx)
}

// left returns how many more IDs may become pending under the cap.
func (r *requeues) left(ctx context.Context) (int64, error) {
	if r.ledger == nil {
		return 0, ErrHeld
	}
	now, err := r.pass.Totals(ctx)
	if err != nil || r.limit.Max == 0 {
		return math.MaxInt64, err
	}
	return max(0, r.limit.Max-now.IDs[queue.Deleted]-(now.IDs[queue.Pending]-now.Held)), nil
}

func (r *requeues) take(ctx context.Context, n int64, load func(queue.Ledger) error) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	room, err := r.left(ctx)
	if err != nil {
		return err
	}
	if n > room {
		return fmt.Errorf("%w with %d more task IDs: try again when it has ended", ErrNoRoom, n)
	}
	before, err := r.pass.Totals(ctx)
	if err != nil {
		return err
	}
	if err := load(r.ledger); err != nil {
		return err
	}
	after, err := r.pass.Totals(ctx)
	if err == nil {
		r.total.Add(after.Total() - before.Total())
	}
	return err
}

// admit lets dead letters be requeued.
func (r *requeues) admit(q queue.Ledger, p queue.Pass, most int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.ledger, r.pass, r.limit = q, p, policy.Cap{Max: most}
}

// end lets no more be requeued, after those that are under way.
func (r *requeues) end() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.ledger, r.pass = nil, nil
}

func (r *requeues) requeue(ctx context.Context, f queue.Filter) (int64, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.ledger == nil {
		return 0, ErrHeld
	}
	if err := r.withinCap(ctx, f); err != nil {
		return 0, err
	}
	n, err := r.ledger.Requeue(ctx, f)
	r.total.Add(n)
	return n, err
}

// setOut returns how many IDs the pass sets out to settle, and how many more it would if
// they were not held: all but those outside of its scope.
func (r *requeues) setOut(ctx context.Context, outside queue.SourceCount) (n, held int64, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	totals, err := r.pass.Totals(ctx)
	held = totals.Held - outside.Held
	n = totals.Total() - outside.Count - held
	r.total.Store(n)
	return n, held, err
}

// setsOut is how many IDs the pass settles when nothing stops it: all that are pending for it, or
// those that it may send, and beside them the protected ones, for which it sends nothing.
func (r *requeues) setsOut(done worker.Pass) int64 {
	total := r.total.Load()
	if most := r.most.Load(); most > 0 {
		return min(total, most+done.Protected)
	}
	return total
}

// withinCap refuses a requeue with which the pass might delete more than the cap
// allows: the cap was asked, or will be, before they came. What is pending is
// counted first, so that an ID that dies meanwhile is not missed; protected IDs among it
// count too.
func (r *requeues) withinCap(ctx context.Context, f queue.Filter) error {
	now, err := r.pass.Totals(ctx)
	if err != nil {
		return err
	}
	n, err := CountLetters(ctx, r.ledger, f)
	if err != nil {
		return err
	}
	deleted, pending := now.IDs[queue.Deleted], now.IDs[queue.Pending]-now.Held
	if n == 0 || r.limit.Admit(deleted+pending+n) == nil {
		return nil
	}
	return fmt.Errorf("requeue %d dead letters: the pass under way has deleted %d, and %d are pending, so with them it might go over "+
		"safety.refuse_above (%d): wait for its end, or choose fewer", n, deleted, pending, r.limit.Max)
}

// CountLetters counts the dead letters that f chooses.
func CountLetters(ctx context.Context, q queue.LetterReader, f queue.Filter) (n int64, err error) {
	for _, err := range q.Dead(ctx, f) {
		if err != nil {
			return 0, err
		}
		n++
	}
	return n, nil
}

// AtMost returns a *worker.Stop when f chooses more dead letters than a person was shown
// who has agreed to a change; shown below 0 is nobody.
func AtMost(ctx context.Context, q queue.LetterReader, f queue.Filter, shown int64) error {
	if shown < 0 {
		return nil
	}
	n, err := CountLetters(ctx, q, f)
	if err == nil && n > shown {
		return &worker.Stop{Kind: worker.StopDeclined, Why: fmt.Sprintf(
			"%d dead letters were chosen at the question, and now there are %d: nothing was changed; run it again to be asked again", shown, n)}
	}
	return err
}
