package schedule

import (
	"fmt"
	"slices"
	"time"
)

// Reschedule replaces the jobs in force by others. A job with the same
// Schedule.String as one in force continues where that one was, with its counts; any
// other begins now, whatever its Last, and misses nothing. A running pass goes on; a
// planned tick that waits for its turn is skipped if its job is gone. After an error
// nothing has changed.
func (r *Runner) Reschedule(all []Job) error {
	jobs, err := jobsOf(all, r.name)
	if err != nil {
		return fmt.Errorf("reschedule: %w", err)
	}
	defer r.nudge()
	r.mu.Lock()
	defer r.mu.Unlock()
	r.turns.reschedule(jobs, r.clock())
	return nil
}

// reschedule puts jobs in force.
func (t *turns) reschedule(jobs []*job, now time.Time) {
	former := slices.Clone(t.jobs)
	t.jobs = jobs
	for _, j := range jobs {
		same := func(f *job) bool { return f.Schedule.String() == j.Schedule.String() }
		switch i := slices.IndexFunc(former, same); {
		case i >= 0:
			t.succeed(former[i], j)
			former = slices.Delete(former, i, i+1)
		case t.live:
			j.move(now.Add(-j.offset), false)
		}
	}
	if w := t.waiting; w != nil && w.Reason != Manual && slices.Contains(former, w.job) {
		t.drop("rescheduled")
	}
	if t.live {
		for _, j := range jobs {
			t.settle(j)
		}
	}
}

// succeed makes j continue in the place of former.
func (t *turns) succeed(former, j *job) {
	j.succeed(former)
	if p := t.running; p != nil && p.tick.job == former {
		p.tick.job = j
	}
	if w := t.waiting; w != nil && w.job == former {
		w.job = j
	}
}
