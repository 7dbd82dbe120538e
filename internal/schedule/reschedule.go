package schedule

import (
	"fmt"
	"slices"
)

// Reschedule puts other jobs in the place of those in force. A job whose
// Schedule.String was in force before goes on where that one was, with its
// counts; any other begins now, whatever its Last, and nothing is made up for. A
// running pass runs on; a planned tick that waits for its turn is skipped when
// its job is gone. After an error everything is as it was.
func (r *Runner) Reschedule(all []Job) error {
	jobs, err := jobsOf(all, r.name)
	if err != nil {
		return fmt.Errorf("reschedule: %w", err)
	}
	defer r.nudge()
	r.mu.Lock()
	defer r.mu.Unlock()
	former := r.jobs
	r.jobs = jobs
	for _, j := range jobs {
		same := func(f *job) bool { return f.Schedule.String() == j.Schedule.String() }
		switch i := slices.IndexFunc(former, same); {
		case i >= 0:
			r.succeed(former[i], j)
			former = slices.Delete(slices.Clone(former), i, i+1)
		case r.live:
			j.move(r.clock().Add(-j.offset), false)
		}
	}
	if w := r.waiting; w != nil && w.Reason != Manual && slices.Contains(former, w.job) {
		r.drop("rescheduled")
	}
	if r.live {
		for _, j := range jobs {
			r.settle(j)
		}
	}
	return nil
}

// succeed has j go on in the place of former.
func (r *Runner) succeed(former, j *job) {
	j.cursor, j.isTick, j.next, j.told, j.counts = former.cursor, former.isTick, former.next, former.told, former.counts
	if p := r.running; p != nil && p.tick.job == former {
		p.tick.job = j
	}
	if w := r.waiting; w != nil && w.job == former {
		w.job = j
	}
}
