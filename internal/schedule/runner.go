package schedule

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// Config is what a Runner is made of. Run calls Observe and Ticked one at a time and
// in order; they may use the Runner, and must be quick.
type Config struct {
	// Instance is the name that the jitter is derived from, with that of the job.
	Instance string
	Jobs     []Job
	// Pass is called for every start, never twice at a time. Its context ends when the
	// pass is replaced (the cause is then ErrReplaced) or Run is stopped; it should
	// then drain and return. A panic in it is an error of that pass.
	Pass func(context.Context, Tick) error
	// Ticked is called, before Pass is, when every tick of a job up to and including
	// this planned time is settled: started, skipped or missed. When its time is kept
	// across a restart, as Job.Last, no tick is started twice, and those that passed
	// meanwhile are noticed. At a first start it gets the time of that. It may be nil.
	Ticked func(job Job, planned time.Time)
	// Observe is called for every event. It may be nil.
	Observe func(Event)
}

// ErrReplaced is the cause in the context of a pass that is stopped for a later one.
var ErrReplaced = errors.New("pass is replaced by a later one")

// Runner starts passes by their schedules. Its methods may be called from many
// goroutines.
type Runner struct {
	pass  func(context.Context, Tick) error
	name  string           // of this instance
	now   func() time.Time // the wall clock
	nap   time.Duration    // the longest sleep, which is punctual outside tests
	wake  chan struct{}    // holds one value when there is something to do
	ended chan result      // from the running pass

	mu    sync.Mutex // guards turns
	turns turns
}

// New makes a Runner that is not yet running. An error says what is wrong with c.
func New(c Config) (*Runner, error) {
	if c.Pass == nil {
		return nil, errors.New("make a runner: a pass is needed")
	}
	jobs, err := jobsOf(c.Jobs, c.Instance)
	if err != nil {
		return nil, fmt.Errorf("make a runner: %w", err)
	}
	return &Runner{
		pass: c.Pass, name: c.Instance, now: time.Now, nap: punctual,
		wake: make(chan struct{}, 1), ended: make(chan result, 1),
		turns: turns{jobs: jobs, out: outbox{ticked: c.Ticked, observe: c.Observe}},
	}, nil
}

// Run starts passes when they are due until the context ends, then waits for the
// running one to drain and returns nil. It returns an error, at once, if the Runner
// is running already.
func (r *Runner) Run(ctx context.Context) error {
	if !r.begin() {
		return errors.New("run schedules: they are running already")
	}
	for ctx.Err() == nil {
		sleep, next := r.poll(ctx)
		r.flush()
		if next != nil {
			go next.run(r.pass, r.ended)
		}
		select {
		case <-time.After(sleep):
		case <-r.wake:
		case end := <-r.ended:
			r.finish(end)
		case <-ctx.Done():
		}
	}
	draining := r.close()
	r.flush()
	if draining {
		r.finish(<-r.ended)
	}
	r.flush()
	return nil
}

func (r *Runner) begin() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.turns.begin(r.clock())
}

func (r *Runner) close() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.turns.close()
}

// poll returns the pass to start, nil for none, and how long to sleep then.
func (r *Runner) poll(ctx context.Context) (sleep time.Duration, next *running) {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := r.clock()
	sleep = r.turns.poll(now, r.nap)
	return sleep, r.turns.take(ctx, now)
}

func (r *Runner) finish(end result) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.turns.finish(end, r.clock())
}

// clock returns the time of the wall clock only: a Go time otherwise carries a
// second clock along, which does not notice that the first one was set.
func (r *Runner) clock() time.Time { return r.now().Round(0) }

// flush makes the calls that are due, without holding the lock.
func (r *Runner) flush() {
	for {
		r.mu.Lock()
		calls := r.turns.out.empty()
		r.mu.Unlock()
		if len(calls) == 0 {
			return
		}
		for _, call := range calls {
			call()
		}
	}
}
