package checkup

import (
	"context"
	"fmt"
	"time"

	"cleaner/internal/assemble"
	"cleaner/internal/policy"
	"cleaner/internal/queue"
)

// many is of how many IDs the time is told when few are pending.
const many = 10_000

// limit says how many requests the service lets through, as far as passes have learned it, and
// how long what is pending takes.
func (c *checkup) limit(ctx context.Context) {
	at := assemble.Ledger(c.Config)
	if at.Check() != nil {
		return // its line says why
	}
	l := c.spec.Limits
	known, pending := policy.PaceState{Rate: l.Rate, Ceiling: l.Rate}, int64(0)
	err := at.Look(ctx, func(r queue.Reader) (err error) {
		if known, err = l.Known(ctx, r, c.spec.Scope); err != nil {
			return err
		}
		counts, err := r.Counts(ctx)
		pending = counts.Pending - counts.Held
		return err
	})
	if err != nil {
		c.add(Machine, "limit", Unknown, err.Error())
		return
	}
	c.add(Access, "limit", OK, limitWords(known, pending, l.Workers, time.Now()))
}

// limitWords says what is known of the limit, and how long so many pending IDs take.
func limitWords(known policy.PaceState, pending int64, workers int, now time.Time) string {
	age := ""
	if l := known.Learned; !l.IsZero() {
		age = ", " + l.Age(now)
	}
	what := "pending"
	if pending == 0 {
		pending, what = many, "task IDs"
	}
	return fmt.Sprintf("%d %s take %s%s", pending, what, known.Estimate(pending, workers), age)
}
