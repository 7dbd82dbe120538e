package schedule

import "time"

// Reason is why a pass starts.
type Reason string

const (
	// Scheduled is a tick on time, within a minute.
	Scheduled Reason = "schedule"
	// MadeUp is a late start that makes up for missed ticks.
	MadeUp Reason = "missed"
	// Manual is a start that somebody asked for.
	Manual Reason = "manual"
)

// Tick is one occasion to run a pass.
type Tick struct {
	Job     string        // the name of the job
	Planned time.Time     // by the schedule, without jitter; when it was asked for if manual
	Late    time.Duration // how long after it was due (jitter included) the pass started
	Reason  Reason

	job *job // whose it is, in force or not any more; nil for what concerns no job
}

// due is when a tick should start: as planned, plus the jitter of its job.
func (t Tick) due() time.Time {
	if t.Reason == Manual {
		return t.Planned
	}
	return t.Planned.Add(t.job.offset)
}

// Kind is what happened.
type Kind string

// The kinds of events, and what the fields of such an Event mean.
const (
	KindStarted  Kind = "started"  // a pass starts now
	KindFinished Kind = "finished" // it returned Err; Cause is "replaced" or "stopping" if it was stopped, or "panic"
	KindQueued   Kind = "queued"   // the tick waits for a running pass to end, or to drain
	KindSkipped  Kind = "skipped"  // no run for this tick; Cause is "overlap", "paused", "replaced", "late" (it waited beyond its deadline), "rescheduled" or "stopping"
	KindMissed   Kind = "missed"   // these ticks were not seen in time, from Planned to Until
	KindReplaced Kind = "replaced" // the running pass, of this tick, is stopped for another
	KindPaused   Kind = "paused"   // schedules start nothing from now on
	KindResumed  Kind = "resumed"  // they do again
	KindClock    Kind = "clock"    // the clock went back more than a day: ticks are planned anew, from now
)

// Event is what a Runner reports. Every skipped tick is in exactly one event of
// KindSkipped, and every missed one in exactly one of KindMissed.
type Event struct {
	Kind
	Tick
	Until time.Time     // the last of the ticks meant; Planned if it is one
	Count int           // how many ticks are meant; 10,000 and more mean at least so many
	Cause string        // why, see Kind
	Err   error         // of a finished pass
	Took  time.Duration // of a finished pass
}

// Counts are sums since the Runner was made.
type Counts struct {
	Started  int // passes, whatever the reason
	Failed   int // passes that panicked, or returned an error without having been stopped
	Skipped  int // ticks without a run, on purpose
	Missed   int // ticks that were missed, whether or not a run made up for them
	Replaced int // passes that were stopped for another
}
