package schedule

import (
	"errors"
	"fmt"
	"slices"
)

// ErrStopped says that nothing can be started, because Run is not at work.
var ErrStopped = errors.New("scheduler is not running")

// RunNow asks for a pass of the job with this name, or of the first job if the name
// is empty. It does not wait. The job's overlap policy decides what becomes of the
// request; a pause does not hold it up.
func (r *Runner) RunNow(name string) (Outcome, error) {
	defer r.nudge()
	r.mu.Lock()
	defer r.mu.Unlock()
	i := slices.IndexFunc(r.turns.jobs, func(j *job) bool { return name == "" || j.Name == name })
	switch {
	case i < 0:
		return Skip, fmt.Errorf("run now: there is no schedule named %q", name)
	case !r.turns.live:
		return Skip, fmt.Errorf("run now: %w", ErrStopped)
	}
	return r.turns.offer(r.turns.jobs[i].tick(r.clock(), Manual)), nil
}

// Pause makes schedules start nothing until Resume. A running pass goes on; planned
// ticks are skipped, the one that waits for its turn included. It may be called
// before Run.
func (r *Runner) Pause() { r.pause(true) }

// Resume ends a pause. What was skipped meanwhile is not made up for.
func (r *Runner) Resume() { r.pause(false) }

func (r *Runner) pause(paused bool) {
	defer r.nudge()
	r.mu.Lock()
	defer r.mu.Unlock()
	r.turns.pause(paused, r.clock())
}

// nudge makes Run look for something to do, after the lock is released.
func (r *Runner) nudge() {
	select {
	case r.wake <- struct{}{}:
	default:
	}
}
