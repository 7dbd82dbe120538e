package pace

import (
	"context"
	"fmt"
	"math"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"cleaner/internal/policy"
)

// Adaptive grants permits at the rate that the service lets through, which it finds out
// from the answers: see policy.Pace. Each kind of requests has a pace of its own; all
// together never exceed a ceiling. As long as looks and requests to stop a check are few,
// each also takes the turn of a DELETE, since they may share its limit. It is safe for many goroutines; make it with
// NewAdaptive or NewSteady.
type Adaptive struct {
	*Fixed // the ceiling of all requests, and pauses of all
	lanes  []*lane
}

// Options is what an Adaptive is made of.
type Options struct {
	// Ceiling is the most permits a second, of which up to Burst may be granted at once
	// after a quiet time; +Inf is no bound. Floor is the least: from the ceiling on the
	// rate is fixed.
	Ceiling, Floor float64
	Burst          int
	// Leave is the share of a limit that is left to others.
	Leave float64
	// Known is what was learned before, by lane.
	Known map[policy.Lane]policy.PaceLearned
}

// NewAdaptive returns an Adaptive that knows nothing but what was learned before.
func NewAdaptive(o Options) *Adaptive {
	p := NewSteady(o.Ceiling, o.Burst)
	for i := range policy.Lane(policy.Lanes) {
		rules := policy.PaceRules{Ceiling: o.Ceiling, Floor: o.Floor, Leave: o.Leave}
		if i != policy.LaneDelete {
			rules.Floor = max(rules.Floor, sparse)
		}
		l := &lane{start: p.start, pace: policy.NewPace(rules, o.Known[i])}
		l.waited = &p.waited
		p.lanes = append(p.lanes, l)
	}
	return p
}

// sparse is the least rate of requests that are few: hardly ever is it their own number
// that is too large.
const sparse = 2

// NewSteady returns an Adaptive that keeps to one rate, whatever is answered.
func NewSteady(perSecond float64, burst int) *Adaptive {
	return &Adaptive{Fixed: NewFixed(perSecond, burst)}
}

// Acquire returns when one request of a lane may be sent, or with the error of ctx. Each
// permit must be given to Note, also when nothing was sent.
func (p *Adaptive) Acquire(ctx context.Context, of policy.Lane) (policy.Permit, error) {
	for {
		if err := p.Wait(ctx); err != nil {
			return policy.Permit{}, err
		}
		if len(p.lanes) == 0 {
			return policy.Permit{Lane: of, Sent: time.Since(p.start)}, nil
		}
		permit, err := p.permit(ctx, of)
		if err != nil {
			return policy.Permit{}, fmt.Errorf("wait for a permit to send: %w", err)
		}
		if p.left() <= 0 {
			return permit, nil
		}
		p.Note(permit, policy.PaceReply{End: policy.PaceLost}) // a pause has begun meanwhile
	}
}

// permit waits for the lane, and where it joins the DELETEs for a turn among these.
func (p *Adaptive) permit(ctx context.Context, of policy.Lane) (policy.Permit, error) {
	m := policy.Permit{Lane: of}
	var err error
	if m.Sent, err = p.lanes[of].acquire(ctx); err != nil || of == policy.LaneDelete {
		return m, err
	}
	if m.Turn, m.Guest, err = p.lanes[policy.LaneDelete].join(ctx); err != nil {
		p.Note(m, policy.PaceReply{End: policy.PaceLost})
	}
	return m, err
}

// Note takes into account what was answered to the request of a permit. It reports whether
// a failure of the service was a throttle.
func (p *Adaptive) Note(of policy.Permit, r policy.PaceReply) (overrun bool) {
	if len(p.lanes) == 0 {
		return false
	}
	r.Sent = of.Sent
	if of.Guest {
		p.lanes[policy.LaneDelete].left(of.Turn, r.End)
	}
	return p.lanes[of.Lane].note(r) && r.End == policy.PaceFailed
}

// SetRate changes the ceiling.
func (p *Adaptive) SetRate(perSecond float64) {
	p.Fixed.SetRate(perSecond)
	for _, l := range p.lanes {
		l.limit(perSecond)
	}
}

// Rate returns how many DELETEs a second there may be now; +Inf is no limit.
func (p *Adaptive) Rate() float64 {
	if len(p.lanes) == 0 {
		return p.Fixed.Rate()
	}
	l := p.lanes[policy.LaneDelete]
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.pace.Rate(l.now())
}

// State returns how the pace of the DELETEs is.
func (p *Adaptive) State() policy.PaceState {
	if len(p.lanes) == 0 {
		return policy.PaceState{Rate: p.Fixed.Rate(), Ceiling: p.Fixed.Rate()}
	}
	l := p.lanes[policy.LaneDelete]
	l.mu.Lock()
	defer l.mu.Unlock()
	s := l.pace.State(l.now())
	s.Learned = l.learned()
	return s
}

// Held returns until when the service has asked for nothing to be sent; the zero time when
// it has not.
func (p *Adaptive) Held() time.Time {
	until := p.Paused()
	if len(p.lanes) == 0 {
		return until
	}
	if asked := p.State().Asked; asked > time.Since(p.start) && p.start.Add(asked).After(until) {
		until = p.start.Add(asked)
	}
	return until
}

// Learned returns what was learned of each lane; a lane that met no limit is not there.
func (p *Adaptive) Learned() map[policy.Lane]policy.PaceLearned {
	all := map[policy.Lane]policy.PaceLearned{}
	for i, l := range p.lanes {
		l.mu.Lock()
		if k := l.learned(); !k.IsZero() {
			all[policy.Lane(i)] = k
		}
		l.mu.Unlock()
	}
	return all
}

// lane is the pace of one kind of requests and those who wait for it, first come, first
// served.
type lane struct {
	start  time.Time
	waited *atomic.Int64

	mu      sync.Mutex // guards what follows
	pace    *policy.Pace
	waiting []chan struct{} // each is sent to when it should look again
}

func (l *lane) now() time.Duration { return time.Since(l.start) }

// acquire returns when a request may be sent, with the moment, or with the error of ctx.
func (l *lane) acquire(ctx context.Context) (time.Duration, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if now := l.now(); len(l.waiting) == 0 && ctx.Err() == nil {
		if at, ok := l.pace.Next(now); ok && at <= now {
			l.pace.Sent(now)
			return now, nil
		}
	}
	me := make(chan struct{}, 1)
	l.waiting = append(l.waiting, me)
	at, err := l.wait(ctx, me, l.pace.Next)
	if err == nil {
		l.pace.Sent(at)
	}
	return at, err
}

// join is acquire for a request of another lane, which goes before all that wait: few do.
// It reports false when there are many, and they are on their own.
func (l *lane) join(ctx context.Context) (at time.Duration, joined bool, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	guests := l.pace.Guests()
	if !guests.Admits(l.now()) {
		return 0, false, nil
	}
	me := make(chan struct{}, 1)
	l.waiting = slices.Insert(l.waiting, 0, me)
	if at, err = l.wait(ctx, me, guests.Next); err != nil {
		return 0, false, err
	}
	guests.Sent(at)
	return at, true, nil
}

// left notes that a request that had joined is answered.
func (l *lane) left(sent time.Duration, end policy.PaceEnd) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.pace.Guests().Note(sent, end)
	l.wake()
}

// wait returns when it is the turn of me, who is among those that wait, or with the error
// of ctx. The caller holds the mutex.
func (l *lane) wait(ctx context.Context, me chan struct{}, next func(time.Duration) (time.Duration, bool)) (time.Duration, error) {
	began := l.now()
	defer func() {
		l.waiting = slices.DeleteFunc(l.waiting, func(c chan struct{}) bool { return c == me })
		l.wake()
		l.waited.Add(int64(l.now() - began))
	}()
	for {
		if ctx.Err() != nil {
			return 0, ctx.Err()
		}
		now := l.now()
		wait := time.Duration(math.MaxInt64)
		if l.waiting[0] == me {
			if at, ok := next(now); ok {
				if wait = at - now; wait <= 0 {
					return now, nil
				}
			}
		}
		l.sleep(ctx, me, wait)
	}
}

// sleep unlocks the mutex for that long, until woken, or until ctx ends.
func (l *lane) sleep(ctx context.Context, me chan struct{}, d time.Duration) {
	if d <= 0 {
		return
	}
	l.mu.Unlock()
	defer l.mu.Lock()
	var due <-chan time.Time
	if d < math.MaxInt64 {
		due = time.After(d)
	}
	select {
	case <-due:
	case <-me:
	case <-ctx.Done():
	}
}

// note takes an answer into account, and reports whether failures are throttles.
func (l *lane) note(r policy.PaceReply) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.pace.Note(l.now(), r)
	l.wake()
	return l.pace.Throttles()
}

// learned is what was learned, with its age. The caller holds the mutex.
func (l *lane) learned() policy.PaceLearned {
	k := l.pace.Learned()
	if at, ok := l.pace.Met(); ok && !k.IsZero() {
		k.At = time.Now().Add(at - l.now())
	}
	return k
}

func (l *lane) limit(ceiling float64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.pace.SetCeiling(ceiling)
	l.wake()
}

// wake has the first who waits look again. The caller holds the mutex.
func (l *lane) wake() {
	if len(l.waiting) == 0 {
		return
	}
	select {
	case l.waiting[0] <- struct{}{}:
	default: // it will look anyway
	}
}
