package schedule

import (
	"context"
	"time"
)

// turns decides which tick starts a pass, and when. One pass runs at a time, and one
// tick may wait for its turn. Its methods need the Runner's lock.
type turns struct {
	jobs    []*job
	live    bool     // Run is at work
	paused  bool     // schedules start nothing
	running *running // nil for none
	waiting *Tick    // starts as soon as no pass runs; nil for none
	out     outbox
}

// begin starts the search for ticks. It returns false if it was started before.
func (t *turns) begin(now time.Time) bool {
	if t.live {
		return false
	}
	t.live = true
	for _, j := range t.jobs {
		j.begin(now)
		t.settle(j)
	}
	return true
}

// close ends it, and reports whether a pass is still running.
func (t *turns) close() bool {
	t.live = false
	if w := t.waiting; w != nil {
		// A planned one stays unsettled: after a restart it is missed.
		t.waiting = nil
		t.skip(*w, "stopping")
	}
	return t.running != nil
}

// poll looks for ticks that came due, offers them, and returns how long it takes
// until the next is due, but at most longest.
func (t *turns) poll(now time.Time, longest time.Duration) time.Duration {
	sleep := longest
	for _, j := range t.jobs {
		t.look(j, now)
		if !j.next.IsZero() {
			sleep = min(sleep, j.next.Add(j.offset).Sub(now))
		}
	}
	return sleep
}

// farBack is how far the clock may go back and still be the same clock. After a
// greater step the ticks planned before it mean nothing, and waiting until the clock
// shows the same time again could take years.
const farBack = 24 * time.Hour

// look offers at most one tick of a job that came due, and counts the others.
func (t *turns) look(j *job, now time.Time) {
	now = now.Add(-j.offset)
	switch back := j.cursor.Sub(now); {
	case back > farBack:
		j.move(now, false)
		j.settled = time.Time{}
		t.out.event(Event{Kind: KindClock, Tick: j.tick(now, Scheduled)})
		t.settle(j)
	case back > 0 && !j.isTick:
		j.move(now, false) // nothing was started that could be started twice
	}
	if j.next.IsZero() || j.next.After(now) {
		return
	}
	d, _ := j.Schedule.between(j.cursor, now)
	p := j.Schedule.judge(d, now.Sub(d.last))
	j.move(d.last, true)
	if p.missed > 0 {
		j.counts.Missed += p.missed
		t.out.event(Event{Kind: KindMissed, Tick: j.tick(d.first, Scheduled), Until: p.until, Count: p.missed})
	}
	if p.start {
		t.offer(j.tick(d.last, p.reason))
	}
	t.settle(j)
}

// offer decides what becomes of a tick that is due.
func (t *turns) offer(tick Tick) Outcome {
	if t.paused && tick.Reason != Manual {
		t.skip(tick, "paused")
		return Skip
	}
	overlap := tick.job.Schedule.spec.Overlap
	outcome := decide(overlap, t.running != nil, t.waiting != nil)
	switch outcome {
	case Skip:
		t.skip(tick, "overlap")
		return outcome
	case Replace:
		t.displace()
	}
	t.waiting = &tick
	if outcome != Start {
		t.out.event(Event{Kind: KindQueued, Tick: tick})
	}
	return outcome
}

// displace makes room for a tick: it stops the running pass and drops the waiting
// tick.
func (t *turns) displace() {
	if p := t.running; p != nil && !p.replaced {
		p.replaced = true
		p.cancel(ErrReplaced)
		p.tick.job.counts.Replaced++
		t.out.event(Event{Kind: KindReplaced, Tick: p.tick})
	}
	t.drop("replaced")
}

// drop skips the waiting tick, if there is one.
func (t *turns) drop(cause string) {
	if w := t.waiting; w != nil {
		t.waiting = nil
		t.skip(*w, cause)
		t.settle(w.job)
	}
}

// take turns the waiting tick into a running pass. It returns nil if another pass is
// running, no tick is waiting, or the tick has waited too long.
func (t *turns) take(ctx context.Context, now time.Time) *running {
	if t.running != nil || t.waiting == nil {
		return nil
	}
	tick := *t.waiting
	t.waiting = nil
	j := tick.job
	defer t.settle(j)
	tick.Late = max(0, now.Sub(tick.due()))
	if tick.Reason != Manual && j.Schedule.tooLate(tick.Late) {
		t.skip(tick, "late")
		return nil
	}
	ctx, cancel := context.WithCancelCause(ctx)
	t.running = &running{ctx: ctx, cancel: cancel, tick: tick, since: now}
	j.counts.Started++
	t.out.event(Event{Kind: KindStarted, Tick: tick})
	return t.running
}

// skip counts and reports a tick that will not run.
func (t *turns) skip(tick Tick, cause string) {
	tick.job.counts.Skipped++
	t.out.event(Event{Kind: KindSkipped, Tick: tick, Cause: cause})
}

// settle reports up to which tick a job is settled, if that has changed. A planned
// tick that waits is not settled, nor are those after it.
func (t *turns) settle(j *job) {
	if w := t.waiting; w != nil && w.Reason != Manual && w.job == j {
		return
	}
	if j.cursor.After(j.settled) {
		j.settled = j.cursor
		t.out.settled(j.Job, j.cursor)
	}
}

// finish ends the running pass.
func (t *turns) finish(end result, now time.Time) {
	p := t.running
	t.running = nil
	e := Event{Kind: KindFinished, Tick: p.tick, Err: end.err, Took: now.Sub(p.since)}
	switch {
	case end.crashed:
		e.Cause = "panic"
	case p.replaced:
		e.Cause = "replaced"
	case !t.live:
		e.Cause = "stopping"
	}
	if end.crashed || end.err != nil && e.Cause == "" {
		p.tick.job.counts.Failed++
	}
	t.out.event(e)
}

// pause sets whether schedules start nothing. A planned tick that waits is skipped by
// a pause.
func (t *turns) pause(paused bool, now time.Time) {
	if t.paused == paused {
		return
	}
	t.paused = paused
	kind := KindResumed
	if paused {
		kind = KindPaused
	}
	t.out.event(Event{Kind: kind, Tick: Tick{Planned: now}})
	if w := t.waiting; paused && w != nil && w.Reason != Manual {
		t.drop("paused")
	}
}
