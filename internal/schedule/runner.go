package schedule

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// Job is a schedule with a name.
type Job struct {
	Name     string // unique, not empty
	Schedule *Schedule
	// Last is what Ticked was last told for this job, as kept across restarts,
	// provided that Schedule.String was the same; what was due since is missed.
	// Zero is a first start: nothing is missed.
	Last time.Time
}

// Config is what a Runner is made of. Observe and Ticked are called one at a
// time, in order, by Run; they may use the Runner, and must be quick.
type Config struct {
	// Instance is the name that the jitter is derived from, with that of the job.
	Instance string
	Jobs     []Job
	// Pass is called for every start, never twice at a time. Its context ends
	// when the pass is replaced (the cause is then ErrReplaced) or Run is
	// stopped; it drains, and returns. A panic in it is an error of that pass.
	Pass func(context.Context, Tick) error
	// Ticked is told, before Pass is called, that every tick of a job up to and
	// including this planned time is settled: started, skipped or missed. Kept
	// across a restart, it sees to it that none is started twice, and that
	// those that passed meanwhile are noticed. At a first start it is told the
	// time of that. Nil is nobody to tell.
	Ticked func(job Job, planned time.Time)
	// Observe is told what happens. Nil is nobody to tell.
	Observe func(Event)
}

// ErrReplaced is the cause in the context of a pass that makes room for another.
var ErrReplaced = errors.New("pass is replaced by a later one")

// Runner drives schedules. Its methods may be called from many goroutines.
type Runner struct {
	pass    func(context.Context, Tick) error
	ticked  func(Job, time.Time)
	observe func(Event)
	now     func() time.Time // the wall clock
	nap     time.Duration    // the longest sleep, which is punctual outside tests
	wake    chan struct{}    // holds one note that there is something to do
	name    string           // of this instance
	ended   chan result      // from the running pass

	mu      sync.Mutex // guards all below
	jobs    []*job
	live    bool // Run is at work
	paused  bool
	running *running
	waiting *Tick    // is started as soon as nothing runs
	outbox  []func() // calls of ticked and observe that are due
}

// job is what a Runner knows of one Job.
type job struct {
	Job
	offset time.Duration // from planned to due
	cursor time.Time     // the ticks up to here have been looked at
	isTick bool          // cursor is a tick, and not just a moment of the past
	told   time.Time     // what ticked was told
	next   time.Time     // the first tick after cursor, zero for none
	counts Counts
}

// move sets how far the ticks of a job have been looked at.
func (j *job) move(cursor time.Time, isTick bool) {
	j.cursor, j.isTick, j.next = cursor, isTick, j.Schedule.Next(cursor)
}

// New makes a Runner that is not yet running, or says what is wrong.
func New(c Config) (r *Runner, err error) {
	if c.Pass == nil {
		return nil, errors.New("make a runner: a pass is needed")
	}
	r = &Runner{
		pass: c.Pass, ticked: c.Ticked, observe: c.Observe, now: time.Now, nap: punctual,
		wake: make(chan struct{}, 1), ended: make(chan result, 1), name: c.Instance,
	}
	if r.jobs, err = jobsOf(c.Jobs, c.Instance); err != nil {
		return nil, fmt.Errorf("make a runner: %w", err)
	}
	return r, nil
}

// jobsOf checks jobs, and gives each its delay on this instance.
func jobsOf(all []Job, instance string) (jobs []*job, err error) {
	if len(all) == 0 {
		return nil, errors.New("at least one job is needed")
	}
	names := map[string]bool{}
	for _, j := range all {
		if j.Name == "" || j.Schedule == nil || names[j.Name] {
			return nil, fmt.Errorf("job %q needs a schedule, and a name of its own", j.Name)
		}
		names[j.Name] = true
		jobs = append(jobs, &job{Job: j, offset: j.Schedule.Offset(instance + "\x00" + j.Name)})
	}
	return jobs, nil
}

// Run starts passes when they are due until the context ends, then waits for
// the running one to drain and returns nil. It returns an error, at once, if
// the Runner is running already.
func (r *Runner) Run(ctx context.Context) error {
	if err := r.begin(); err != nil {
		return err
	}
	for ctx.Err() == nil {
		sleep := r.poll()
		p := r.take(ctx)
		r.flush()
		if p != nil {
			go p.run(r.pass, r.ended)
		}
		timer := time.NewTimer(sleep)
		select {
		case <-timer.C:
		case <-r.wake:
		case end := <-r.ended:
			r.finish(end)
		case <-ctx.Done():
		}
		timer.Stop()
	}
	draining := r.close()
	r.flush()
	if draining {
		r.finish(<-r.ended)
	}
	r.flush()
	return nil
}

// begin sets the clocks of the jobs going.
func (r *Runner) begin() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.live {
		return errors.New("run schedules: they are running already")
	}
	r.live = true
	for _, j := range r.jobs {
		switch {
		case !j.cursor.IsZero(): // Run was stopped and called again
		case j.Last.IsZero():
			j.move(r.clock().Add(-j.offset), false)
		default:
			j.move(j.Last.Round(0), true)
			j.told = j.cursor
		}
		r.settle(j)
	}
	return nil
}

// close ends the taking, and says whether a pass is still draining.
func (r *Runner) close() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.live = false
	if w := r.waiting; w != nil {
		// A planned one stays unsettled: after a restart it is missed.
		r.waiting = nil
		r.skip(*w, "stopping")
	}
	return r.running != nil
}

// clock returns the time of the wall clock only: a Go time otherwise carries a
// second clock along, which does not notice that the first one was set.
func (r *Runner) clock() time.Time { return r.now().Round(0) }

// flush makes the calls that are due, without holding the lock.
func (r *Runner) flush() {
	for {
		r.mu.Lock()
		calls := r.outbox
		r.outbox = nil
		r.mu.Unlock()
		if len(calls) == 0 {
			return
		}
		for _, call := range calls {
			call()
		}
	}
}
