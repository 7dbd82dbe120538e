package pass

import (
	"cmp"
	"fmt"
	"sync/atomic"
	"time"

	"cleaner/internal/pace"
	"cleaner/internal/policy"
	"cleaner/internal/report"
	"cleaner/internal/worker"
)

// Live is a pass under way as others see and steer it: status, the watchdog, an
// operator. The zero value is a pass that has not begun. Its methods may be called
// from many goroutines at once.
type Live struct {
	// Samples are how the pass went until now.
	Samples Samples

	worker    atomic.Pointer[worker.Worker] // nil before the work begins
	pace      atomic.Pointer[pace.Adaptive]
	working   atomic.Bool // the worker is at work; otherwise the heartbeat says whether it goes on
	heartbeat heartbeat
	holdup    holdup
	tuning    tuning
	requeues  requeues
	login     atomic.Int64 // when the login in use ends, in Unix ms; 0 when that is not known
}

// View is what a pass under way looks like at one moment.
type View struct {
	// Total is how many IDs the pass sets out to settle, and Done what it has done.
	Total int64
	Done  worker.Pass
	// Rate is how many requests may leave in a second.
	Rate float64
	// Pace is how the rate is found.
	Pace policy.PaceState
	// Rest is how long what is left will take, and what bounds that.
	Rest policy.PaceEstimate
	// Breaker, Throttle and Waits say what holds the pass up: the far side is down,
	// nothing may be sent, or there is something to wait for. Empty when it does not.
	Breaker, Throttle, Waits string
	// InFlight is how many DELETEs are under way, and LastSettled when an ID was
	// settled last.
	InFlight    int
	LastSettled time.Time
	// LoginEnds is when the login in use ends; zero when that is not known.
	LoginEnds time.Time
	// Verification is what is known of the effect of the deletions; nil before that.
	Verification *report.Verification
}

// View returns what the pass looks like now.
func (l *Live) View() View {
	now := time.Now()
	v := View{
		Done:     l.Snapshot(),
		Throttle: l.holdup.paused(l.pausedUntil()),
		Waits:    cmp.Or(l.holdup.waits(now), l.looksFor(now)),
	}
	v.Total = l.requeues.setsOut(v.Done)
	v.Verification = report.VerificationOf(v.Done)
	if pace := l.pace.Load(); pace != nil {
		v.Rate, v.Pace = pace.Rate(), pace.State()
		v.Rest = l.rest(v.Pace, v.Total-v.Done.Settled(), v.Throttle != "", v.Waits != "")
	}
	if ends := l.login.Load(); ends != 0 {
		v.LoginEnds = time.UnixMilli(ends).UTC()
	}
	if w := l.worker.Load(); w != nil {
		v.InFlight, v.LastSettled = w.InFlight(), w.LastSettled()
		if b := w.Breaker(); b.Open {
			v.Breaker = breakerWords(b)
		}
	}
	return v
}

// rest says how long n IDs will take, and what bounds the pass: when nothing may be sent, or
// there is something to wait for and much less is sent than might be, it waits.
func (l *Live) rest(s policy.PaceState, n int64, paused, waits bool) policy.PaceEstimate {
	e := s.Estimate(n, l.tuning.workers())
	if paused || waits && s.Achieved < e.Rate*paceUsed {
		e.Bound, e.Why = policy.PaceWaiting, policy.PaceWaiting.String()
	}
	return e
}

// paced is the pace of a pass as the metrics see it.
type paced struct {
	*pace.Adaptive
	live *Live
}

// Pace is how the pace is, and what bounds the pass; nothing does while its worker is not at
// work.
func (p paced) Pace() (policy.PaceState, policy.PaceBound) {
	s := p.State()
	if !p.live.working.Load() {
		return s, policy.PaceUnbound
	}
	return s, p.live.rest(s, 0, p.live.holdup.paused(p.live.pausedUntil()) != "", p.live.HeldUp() != "").Bound
}

// Snapshot is what the worker of the pass has done so far; zero before it begins.
func (l *Live) Snapshot() worker.Pass {
	if w := l.worker.Load(); w != nil {
		return w.Snapshot()
	}
	return worker.Pass{}
}

// HeldUp says what holds the pass up, in the words of status; empty when nothing does.
func (l *Live) HeldUp() string { return l.heldUp(time.Now()) }

func (l *Live) heldUp(now time.Time) string {
	return cmp.Or(l.holdup.words(l.pausedUntil(), now), l.looksFor(now))
}

// Progressing reports whether the pass goes on. While its worker is at work, something
// must have moved within patience, unless every worker waits for what it may well have
// to wait for; before and after, one step may take as long as step.
func (l *Live) Progressing(patience, step time.Duration) bool {
	if l.working.Load() {
		return l.worker.Load().Progressing(patience)
	}
	return l.heartbeat.still() <= step
}

// begin shows the worker of the pass from now on.
func (l *Live) begin(w *worker.Worker, pace *pace.Adaptive) {
	l.pace.Store(pace)
	l.worker.Store(w)
}

// work runs the worker.
func (l *Live) work(run func() (worker.Pass, error)) (worker.Pass, error) {
	l.working.Store(true)
	done, err := run()
	l.heartbeat.beat()
	l.working.Store(false)
	return done, err
}

// looksFor says what the pass has waited to see for a while; empty when it does not.
func (l *Live) looksFor(now time.Time) string {
	w := l.worker.Load()
	if w == nil {
		return ""
	}
	words, since := w.Waits()
	if words == "" || now.Sub(since) < runningAlone {
		return ""
	}
	words = fmt.Sprintf("waits for %s, since %s", words, clock(since))
	if fails := l.holdup.fails(now); fails != "" {
		words += "; " + fails
	}
	return words
}

// pausedUntil is when the pause of the pace ends; zero when there is none.
func (l *Live) pausedUntil() time.Time {
	if pace := l.pace.Load(); pace != nil {
		return pace.Held()
	}
	return time.Time{}
}
