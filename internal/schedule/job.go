package schedule

import (
	"errors"
	"fmt"
	"time"
)

// Job is a schedule with a name.
type Job struct {
	Name     string // unique, not empty
	Schedule *Schedule
	// Last is the latest time that Ticked received for this job, kept across
	// restarts, provided that Schedule.String was the same. Ticks that were due since
	// then count as missed. Zero is a first start: nothing is missed.
	Last time.Time
}

// job is a Job in force.
type job struct {
	Job
	offset  time.Duration // from planned to due
	cursor  time.Time     // the ticks up to here have been looked at
	isTick  bool          // cursor is a tick, and not just a moment of the past
	settled time.Time     // the ticks up to here were reported as settled
	next    time.Time     // the first tick after cursor, zero for none
	counts  Counts
}

// jobsOf checks jobs, and gives each its delay on this instance.
func jobsOf(all []Job, instance string) (jobs []*job, err error) {
	if len(all) == 0 {
		return nil, errors.New("at least one job is needed")
	}
	names := map[string]bool{}
	for _, j := range all {
		if j.Name == "" || j.Schedule == nil || names[j.Name] {
			return nil, fmt.Errorf("job %q needs a schedule and a unique name", j.Name)
		}
		names[j.Name] = true
		jobs = append(jobs, &job{Job: j, offset: j.Schedule.Offset(instance + "\x00" + j.Name)})
	}
	return jobs, nil
}

// begin sets where a job starts to look for ticks.
func (j *job) begin(now time.Time) {
	switch {
	case !j.cursor.IsZero(): // Run was stopped and called again
	case j.Last.IsZero():
		j.move(now.Add(-j.offset), false)
	default:
		j.move(j.Last.Round(0), true)
		j.settled = j.cursor
	}
}

// move sets how far the ticks of a job have been looked at.
func (j *job) move(cursor time.Time, isTick bool) {
	j.cursor, j.isTick, j.next = cursor, isTick, j.Schedule.Next(cursor)
}

// succeed makes j continue where former stopped.
func (j *job) succeed(former *job) {
	j.cursor, j.isTick, j.next, j.settled, j.counts = former.cursor, former.isTick, former.next, former.settled, former.counts
}

// tick makes a tick of a job.
func (j *job) tick(planned time.Time, why Reason) Tick {
	return Tick{Job: j.Name, Planned: planned, Reason: why, job: j}
}

// upcoming returns the next tick that has not been looked at nor missed.
func (j *job) upcoming(now time.Time) time.Time {
	now = now.Add(-j.offset)
	if j.cursor.After(now) {
		return j.next
	}
	return j.Schedule.Next(now)
}
