package policy

import "cleaner/internal/answer"

// Sight is what a look at a task shows.
type Sight int

// The sights.
const (
	Unclear Sight = iota // the answer does not say
	There                // the task is there
	Absent               // the service has no such task
)

// Running says what to do about a task that is running.
type Running string

// The choices. The zero value means RunningAllow. All others look at each task before its
// DELETE, since a service may delete running tasks without objection.
const (
	RunningAllow Running = "allow"      // send the DELETE; what the service refuses comes later
	RunningDefer Running = "look-defer" // look first; ask again later in the pass
	RunningSkip  Running = "skip"       // look first; leave it to the next pass
	RunningStop  Running = "stop"       // look first; stop it, then delete it
)

// LooksFirst reports whether each task is looked at before its DELETE.
func (r Running) LooksFirst() bool {
	return r == RunningDefer || r == RunningSkip || r == RunningStop
}

// IsRunning reports whether the answer to a DELETE says that the task is running.
func (rl Ruling) IsRunning(a answer.Answer) bool {
	return a.Fault == answer.FaultNone && rl.Verdict == Later && !rl.Slow
}
