package policy

// Sight is what a second look at a deleted task shows.
type Sight int

// The sights.
const (
	Unclear Sight = iota // the answer does not say
	There                // the task is there
	Absent               // the service has no such task
)

// See says what the answer to a look at a task shows. Only what the verdict table
// takes for gone is absent; a busy service, a missing permission and a gateway's
// 404 show nothing.
func See(rl Ruling, a Answer) Sight {
	switch {
	case a.Fault == FaultNone && a.Body == BodyTask:
		return There
	case a.Fault == FaultNone && rl.Verdict == Gone:
		return Absent
	default:
		return Unclear
	}
}

// Running says what to do about a task that is running.
type Running string

// The choices. The zero value is as good as RunningDefer.
const (
	RunningDefer Running = "defer" // ask again later in the pass
	RunningSkip  Running = "skip"  // leave it to the next pass
	RunningStop  Running = "stop"  // stop it, then delete it
)

// IsRunning reports whether the answer says that the task is running.
func (rl Ruling) IsRunning(a Answer) bool {
	return a.Fault == FaultNone && rl.Verdict == Later && !rl.Slow
}
