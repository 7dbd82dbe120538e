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
// together never exceed a ceiling. It is safe for many goroutines; make it with
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
		l := p.lanes[of]
		at, err := l.acquire(ctx)
		if err != nil {
			return policy.Permit{}, fmt.Errorf("wait for a permit to send: %w", err)
		}
		if p.left() <= 0 {
			return policy.Permit{Lane: of, Sent: at}, nil
		}
		l.note(policy.PaceReply{Sent: at, End: policy.PaceLost}) // a pause has begun meanwhile
	}
}

// Note takes into account what was answered to the request of a permit. It reports whether
// a failure of the service was a throttle.
func (p *Adaptive) Note(of policy.Permit, r policy.PaceReply) (overrun bool) {
	if len(p.lanes) == 0 {
		return false
	}
	r.Sent = of.Sent
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
	began := l.now()
	if len(l.waiting) == 0 && ctx.Err() == nil && l.grant(began) {
		l.mu.Unlock()
		return began, nil
	}
	me := make(chan struct{}, 1)
	l.waiting = append(l.waiting, me)
	defer func() {
		l.waiting = slices.DeleteFunc(l.waiting, func(c chan struct{}) bool { return c == me })
		l.wake()
		l.waited.Add(int64(l.now() - began))
		l.mu.Unlock()
	}()
	for {
		if ctx.Err() != nil {
			return 0, ctx.Err()
		}
		now := l.now()
		wait := time.Duration(math.MaxInt64)
		if l.waiting[0] == me {
			if at, ok := l.pace.Next(now); ok {
				if wait = at - now; wait <= 0 {
					l.pace.Sent(now)
					return now, nil
				}
			}
		}
		l.sleep(ctx, me, wait)
	}
}

// grant lets a request be sent now if the pace has one due. The caller holds the mutex.
func (l *lane) grant(now time.Duration) bool {
	at, ok := l.pace.Next(now)
	if !ok || at > now {
		return false
	}
	l.pace.Sent(now)
	return true
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
		timer := time.NewTimer(d)
		defer timer.Stop()
		due = timer.C
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
