package schedule

import "time"

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

// Due returns when the job's next tick is due, its jitter included; zero for none.
func (j JobState) Due() time.Time {
	if j.Next.IsZero() {
		return time.Time{}
	}
	return j.Next.Add(j.Offset)
}

// Next returns the job whose tick is due first, and false when none will be due. It
// does not regard a pause: the tick will then be skipped.
func (s State) Next() (JobState, bool) { return Soonest(s.Jobs, JobState.Due) }

// Soonest returns the one of all that is due first, and false when none will be due.
// The function due returns when one is due; zero for never.
func Soonest[T any](all []T, due func(T) time.Time) (soonest T, ok bool) {
	var first time.Time
	for _, one := range all {
		if at := due(one); !at.IsZero() && (!ok || at.Before(first)) {
			soonest, first, ok = one, at, true
		}
	}
	return soonest, ok
}

// State returns a snapshot. It has the next ticks also during a pause.
func (r *Runner) State() State {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.turns.state(r.clock())
}

func (t *turns) state(now time.Time) State {
	s := State{Live: t.live, Paused: t.paused}
	if p := t.running; p != nil {
		tick := p.tick
		s.Running, s.Since = &tick, p.since
	}
	if t.waiting != nil {
		tick := *t.waiting
		s.Waiting = &tick
	}
	for _, j := range t.jobs {
		s.Jobs = append(s.Jobs, JobState{
			Name: j.Name, Schedule: j.Schedule, Next: j.upcoming(now), Offset: j.offset, Counts: j.counts,
		})
	}
	return s
}
