package schedule

import (
	"errors"
	"fmt"
	"slices"
	"time"
)

// ErrStopped says that nothing can be started, because Run is not at work.
var ErrStopped = errors.New("scheduler is not running")

// RunNow asks for a pass of a job by hand, by its name, or of the first job if
// that is empty. It does not wait. What becomes of the wish is decided by the
// overlap policy of the job; a pause does not hold it up.
func (r *Runner) RunNow(name string) (Outcome, error) {
	defer r.nudge()
	r.mu.Lock()
	defer r.mu.Unlock()
	i := slices.IndexFunc(r.jobs, func(j *job) bool { return name == "" || j.Name == name })
	switch {
	case i < 0:
		return Skip, fmt.Errorf("run now: there is no schedule named %q", name)
	case !r.live:
		return Skip, fmt.Errorf("run now: %w", ErrStopped)
	}
	return r.offer(r.jobs[i].tick(r.clock(), Manual)), nil
}

// Pause makes schedules start nothing until Resume. A running pass runs on; a
// planned tick that waits for its turn, and those that come, are skipped. It
// may be called before Run.
func (r *Runner) Pause() {
	r.setPaused(true)
}

// Resume ends a pause. What was skipped meanwhile is not made up for.
func (r *Runner) Resume() {
	r.setPaused(false)
}

func (r *Runner) setPaused(paused bool) {
	defer r.nudge()
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.paused == paused {
		return
	}
	r.paused = paused
	kind := KindResumed
	if paused {
		kind = KindPaused
	}
	r.tell(Event{Kind: kind, Tick: Tick{Planned: r.clock()}})
	if w := r.waiting; paused && w != nil && w.Reason != Manual {
		r.drop("paused")
	}
}

// nudge makes Run look around, after the lock is released.
func (r *Runner) nudge() {
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

// State is a snapshot of a Runner.
type State struct {
	Live    bool // Run is at work
	Paused  bool
	Running *Tick     // the pass that has the turn, nil for none
	Since   time.Time // when it started
	Waiting *Tick     // the tick that is next in turn, nil for none
	Jobs    []JobState
}

// JobState is a snapshot of one job.
type JobState struct {
	Name     string
	Schedule *Schedule
	Next     time.Time     // the next planned tick, zero for none
	Offset   time.Duration // its jitter: it is due so long after
	Counts   Counts
}

// State returns a snapshot. During a pause it tells the next ticks all the same.
func (r *Runner) State() State {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := State{Live: r.live, Paused: r.paused}
	if p := r.running; p != nil {
		t := p.tick
		s.Running, s.Since = &t, p.since
	}
	if r.waiting != nil {
		t := *r.waiting
		s.Waiting = &t
	}
	for _, j := range r.jobs {
		s.Jobs = append(s.Jobs, JobState{
			Name: j.Name, Schedule: j.Schedule, Next: j.upcoming(r.clock()), Offset: j.offset, Counts: j.counts,
		})
	}
	return s
}

// upcoming returns the next tick that has not been looked at nor missed.
func (j *job) upcoming(now time.Time) time.Time {
	now = now.Add(-j.offset)
	if j.cursor.After(now) {
		return j.next
	}
	return j.Schedule.Next(now)
}
