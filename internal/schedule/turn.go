package schedule

import (
	"context"
	"time"
)

// farBack is how far the clock may go back and still be the same clock. After
// a greater step, what was planned by the former one is worth nothing, and
// waiting for it to come again could take years.
const farBack = 24 * time.Hour

// poll looks for ticks that came due, offers them, and returns how long to
// sleep.
func (r *Runner) poll() time.Duration {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := r.clock()
	sleep := r.nap
	for _, j := range r.jobs {
		r.look(j, now)
		if !j.next.IsZero() {
			sleep = min(sleep, j.next.Add(j.offset).Sub(now))
		}
	}
	return sleep
}

// look offers at most one tick of a job that came due, and counts the others.
func (r *Runner) look(j *job, now time.Time) {
	now = now.Add(-j.offset)
	switch back := j.cursor.Sub(now); {
	case back > farBack:
		j.move(now, false)
		j.told = time.Time{}
		r.tell(Event{Kind: KindClock, Tick: j.tick(now, Scheduled)})
		r.settle(j)
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
		r.tell(Event{Kind: KindMissed, Tick: j.tick(d.first, Scheduled), Until: p.until, Count: p.missed})
	}
	if p.start {
		r.offer(j.tick(d.last, p.reason))
	}
	r.settle(j)
}

// tick makes a tick of a job.
func (j *job) tick(planned time.Time, why Reason) Tick {
	return Tick{Job: j.Name, Planned: planned, Reason: why, job: j}
}

// offer decides what becomes of a tick that is due.
func (r *Runner) offer(t Tick) Outcome {
	if r.paused && t.Reason != Manual {
		r.skip(t, "paused")
		return Skip
	}
	overlap := t.job.Schedule.spec.Overlap
	outcome := decide(overlap, r.running != nil, r.waiting != nil)
	switch outcome {
	case Skip:
		r.skip(t, "overlap")
		return outcome
	case Replace:
		r.displace()
	}
	r.waiting = &t
	if outcome != Start {
		r.tell(Event{Kind: KindQueued, Tick: t})
	}
	return outcome
}

// displace makes room: the running pass is told to stop, and the waiting tick
// gives up its place.
func (r *Runner) displace() {
	if p := r.running; p != nil && !p.replaced {
		p.replaced = true
		p.cancel(ErrReplaced)
		p.tick.job.counts.Replaced++
		r.tell(Event{Kind: KindReplaced, Tick: p.tick})
	}
	r.drop("replaced")
}

// drop skips the waiting tick, if there is one.
func (r *Runner) drop(cause string) {
	if w := r.waiting; w != nil {
		r.waiting = nil
		r.skip(*w, cause)
		r.settle(w.job)
	}
}

// take turns the waiting tick into a running pass, unless one is running or
// the tick has waited too long.
func (r *Runner) take(ctx context.Context) *running {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.running != nil || r.waiting == nil {
		return nil
	}
	t, now := *r.waiting, r.clock()
	r.waiting = nil
	j := t.job
	defer r.settle(j)
	t.Late = max(0, now.Sub(r.dueAt(t)))
	if t.Reason != Manual && j.Schedule.tooLate(t.Late) {
		r.skip(t, "late")
		return nil
	}
	ctx, cancel := context.WithCancelCause(ctx)
	r.running = &running{ctx: ctx, cancel: cancel, tick: t, since: now}
	j.counts.Started++
	r.tell(Event{Kind: KindStarted, Tick: t})
	return r.running
}

// dueAt is when a tick should start: as planned, plus the jitter of its job.
func (r *Runner) dueAt(t Tick) time.Time {
	if t.Reason == Manual {
		return t.Planned
	}
	return t.Planned.Add(t.job.offset)
}

// skip counts and tells a tick that will not run.
func (r *Runner) skip(t Tick, cause string) {
	t.job.counts.Skipped++
	r.tell(Event{Kind: KindSkipped, Tick: t, Cause: cause})
}

// settle says how far the ticks of a job are done with. A tick that waits is
// not, nor are those after it.
func (r *Runner) settle(j *job) {
	if w := r.waiting; w != nil && w.Reason != Manual && w.job == j {
		return
	}
	if !j.cursor.After(j.told) {
		return
	}
	j.told = j.cursor
	if r.ticked != nil {
		job, planned := j.Job, j.cursor
		r.outbox = append(r.outbox, func() { r.ticked(job, planned) })
	}
}

// tell puts an event into the outbox.
func (r *Runner) tell(e Event) {
	if r.observe == nil {
		return
	}
	if e.Count == 0 {
		e.Count = 1
	}
	if e.Until.IsZero() {
		e.Until = e.Planned
	}
	r.outbox = append(r.outbox, func() { r.observe(e) })
}
