package schedule

// Overlap is what a tick does while a pass runs. Passes of all schedules share
// one turn; the policy is that of the tick that comes second. It holds for
// passes asked for by hand as well.
type Overlap string

const (
	// OverlapSkip lets the pass run on, and skips the tick.
	OverlapSkip Overlap = "skip"
	// OverlapQueueOne starts the tick when the pass has ended. One tick may
	// wait; further ones are skipped.
	OverlapQueueOne Overlap = "queue-one"
	// OverlapReplace stops the pass, lets it drain, and starts the tick then.
	OverlapReplace Overlap = "replace"
)

func (o Overlap) known() bool {
	return o == OverlapSkip || o == OverlapQueueOne || o == OverlapReplace
}

// Outcome is what became of a tick when it was due.
type Outcome string

const (
	// Start means that nothing was in the way.
	Start Outcome = "start"
	// Queue means that the tick waits for the end of the running pass.
	Queue Outcome = "queue"
	// Replace means that the running pass is stopped, and the tick waits for it to
	// drain.
	Replace Outcome = "replace"
	// Skip means that there will be no run for this tick.
	Skip Outcome = "skip"
)

// decide says what becomes of a tick, given whether a pass is running and
// whether another tick waits for its turn.
func decide(o Overlap, running, waiting bool) Outcome {
	switch {
	case !running && !waiting:
		return Start
	case o == OverlapReplace:
		return Replace
	case o == OverlapQueueOne && !waiting:
		return Queue
	default:
		return Skip
	}
}
