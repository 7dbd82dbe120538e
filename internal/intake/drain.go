package intake

import (
	"context"
	"fmt"
	"time"

	"cleaner/internal/queue"
)

// Drained is what Drain has brought.
type Drained struct {
	queue.Loaded
	// Rejected is how many messages could not be read.
	Rejected int64
	// Left says what was left with the broker, and why; empty when nothing was.
	Left string
}

// Drain receives what is there as it begins, and ends when it has that, or when there is no
// room for more: a broker that is sent messages all the time holds up no pass. On an
// error, what it has brought until then is in the ledger.
func (f *Feed) Drain(ctx context.Context) (d Drained, err error) {
	b, err := f.Open(ctx)
	if err != nil {
		return d, err
	}
	f.board.connected(true)
	err = f.drain(ctx, b, &d)
	f.board.connected(false)
	if closing := b.Close(); err == nil && closing != nil {
		err = fmt.Errorf("leave the broker: %w", closing)
	}
	return d, err
}

func (f *Feed) drain(ctx context.Context, b Broker, d *Drained) error {
	there, known, err := b.Lag(ctx)
	left := inPart(err) // what the others have is received all the same
	if err != nil && left == nil {
		return err
	}
	to := goal{there, known}
	for last := time.Now(); ctx.Err() == nil; {
		pending, room, err := f.Ledger.Room(ctx)
		if err != nil {
			return &LedgerError{err}
		}
		room, d.Left = f.allowed(pending, room)
		if room == 0 {
			return nil
		}
		t, err := f.processOne(ctx, b, room, f.Tempo.Quiet, f.once)
		if err != nil {
			return err
		}
		d.New += t.New
		d.Duplicates += t.Duplicates
		d.Rejected += int64(t.rejected)
		if to.reached(t) {
			f.lagAt = time.Time{}
			_ = f.measureLag(ctx, b) // for the gauge alone
			return left
		}
		if t.messages > 0 {
			last = time.Now()
			continue
		}
		over, err := f.over(ctx, b, time.Since(last), d)
		if over || err != nil {
			return err
		}
	}
	return context.Cause(ctx)
}

// goal is how many messages were there as a drain began and have not come yet, where the
// broker tells. What was delivered before may be none of them.
type goal struct {
	left  int64
	known bool
}

// reached reports whether a turn has brought the last of them. A broker that does not tell
// how many there are has no more when it sends fewer than it is asked for.
func (g *goal) reached(t turn) bool {
	fresh := t.messages - t.again
	g.left -= int64(fresh)
	switch {
	case fresh == 0 || t.again > 0:
		return false
	case g.known:
		return g.left <= 0
	default:
		return t.short
	}
}

// over reports whether a broker that has sent nothing has nothing. Some say what is
// there before they send it, and some count what they never send.
func (f *Feed) over(ctx context.Context, b Broker, idle time.Duration, d *Drained) (bool, error) {
	n, known, err := b.Lag(ctx)
	if err != nil && inPart(err) == nil || !known || n == 0 {
		return true, err
	}
	f.board.lags(n)
	if idle < f.Tempo.Idle {
		return false, nil
	}
	d.Left = fmt.Sprintf("the broker says that %d messages wait, and has sent none for %v", n, f.Tempo.Idle)
	return true, nil
}
