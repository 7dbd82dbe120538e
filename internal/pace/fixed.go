// Package pace grants permits to send, each when it is time for the next request. It
// holds the timers and the waiting goroutines; what only decides is in package policy.
package pace

import (
	"context"
	"fmt"
	"math"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"
)

// Fixed grants permits at a rate that only SetRate changes: no more than rate + burst
// of them in any second, from the first second on, and none during a pause. One permit
// is one request, retries included. It is safe for many goroutines; make it with
// NewFixed.
type Fixed struct {
	// mu guards limiter and free, together with the reading of the clock: a limiter
	// that is shown an earlier time than before grants the moments between once more.
	mu      sync.Mutex
	limiter *rate.Limiter
	free    []time.Time // turns given up before they came, earliest first

	start time.Time    // the monotonic zero of until
	until atomic.Int64 // the end of the latest pause, in nanoseconds since start

	waited atomic.Int64 // how long all callers have waited, in nanoseconds
}

// NewFixed returns a Fixed of perSecond permits a second, of which up to burst may be
// granted at once after a quiet time; burst below 1 counts as 1. +Inf is no limit. It
// panics when perSecond is not above 0, because then nothing would ever be sent.
func NewFixed(perSecond float64, burst int) *Fixed {
	return &Fixed{
		limiter: rate.NewLimiter(limit(perSecond), max(burst, 1)),
		start:   time.Now(),
	}
}

// SetRate changes the rate for permits asked for from now on; callers that wait already
// keep the turn they were given. It panics as NewFixed does.
func (p *Fixed) SetRate(perSecond float64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.limiter.SetLimit(limit(perSecond))
}

// Rate returns how many permits a second there are now; +Inf is no limit.
func (p *Fixed) Rate() float64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	if l := p.limiter.Limit(); l != rate.Inf {
		return float64(l)
	}
	return math.Inf(1)
}

// Waited returns how long callers have waited for permits, pauses included, summed over
// all of them.
func (p *Fixed) Waited() time.Duration { return time.Duration(p.waited.Load()) }

func limit(perSecond float64) rate.Limit {
	if !(perSecond > 0) { // NaN too
		panic(fmt.Sprintf("pace: %v requests a second", perSecond))
	}
	return rate.Limit(min(perSecond, float64(rate.Inf)))
}

// Wait returns when one request may be sent. The error is that of ctx, which may end
// the wait; after ctx has ended no permit is granted.
//
// A permit whose turn comes during a pause, set while the caller waited, is given up
// and asked for again when the pause is over. So nothing is sent during a pause, and
// the callers it held back do not all send at its end.
func (p *Fixed) Wait(ctx context.Context) error {
	for {
		if err := p.sitOut(ctx); err != nil {
			return fmt.Errorf("wait for the end of a pause: %w", err)
		}
		if err := p.permit(ctx); err != nil {
			return fmt.Errorf("wait for a permit to send: %w", err)
		}
		if p.left() <= 0 {
			return nil
		}
	}
}

// Pause grants no permit until d from now. It never shortens a pause that lasts longer,
// and a negative d is no pause.
func (p *Fixed) Pause(d time.Duration) {
	if d <= 0 {
		return
	}
	now := int64(time.Since(p.start))
	end := now + min(int64(d), math.MaxInt64-now)
	for {
		old := p.until.Load()
		if old >= end || p.until.CompareAndSwap(old, end) {
			return
		}
	}
}

// Paused returns when the pause under way ends; the zero time when there is none.
func (p *Fixed) Paused() time.Time {
	if left := p.left(); left > 0 {
		return time.Now().Add(left)
	}
	return time.Time{}
}

// left is how much of a pause is left. It reads no clock before the first pause.
func (p *Fixed) left() time.Duration {
	until := p.until.Load()
	if until == 0 {
		return 0
	}
	return time.Duration(until) - time.Since(p.start)
}

// sitOut waits until no pause is left, however often it is prolonged.
func (p *Fixed) sitOut(ctx context.Context) error {
	for {
		left := p.left()
		if left <= 0 {
			return ctx.Err()
		}
		if err := p.wait(ctx, left); err != nil {
			return err
		}
	}
}

// permit takes a turn and waits for it.
//
// The limiter's own Wait would not do. It refuses at once when ctx would end before the
// turn comes, and it wastes turns that are given up out of order, so that each caller
// that leaves would make the others wait longer.
func (p *Fixed) permit(ctx context.Context) error {
	turn, d := p.turn()
	if d <= 0 {
		return nil
	}
	err := p.wait(ctx, d)
	if err != nil {
		p.giveBack(turn)
	}
	return err
}

// turn hands out the next turn, and says how long it is until then.
func (p *Fixed) turn() (time.Time, time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	if p.limiter.AllowN(now, 1) { // nobody waits, else there would be none left
		return now, 0
	}
	for len(p.free) > 0 {
		turn := p.free[0]
		p.free = p.free[1:]
		if !turn.Before(now) { // a turn in the past is lost
			return turn, turn.Sub(now)
		}
	}
	d := p.limiter.ReserveN(now, 1).DelayFrom(now)
	return now.Add(d), d
}

// giveBack leaves a turn to the next caller.
func (p *Fixed) giveBack(turn time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	i, _ := slices.BinarySearchFunc(p.free, turn, time.Time.Compare)
	p.free = slices.Insert(p.free, i, turn)
}

// wait returns after d, or with the error of ctx when that ends first.
func (p *Fixed) wait(ctx context.Context, d time.Duration) error {
	began := time.Now()
	defer func() { p.waited.Add(int64(time.Since(began))) }()
	if d <= 0 {
		return ctx.Err()
	}
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
