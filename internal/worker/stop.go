package worker

import (
	"errors"
	"time"

	"cleaner/internal/policy"
)

// StopKind names why a pass ended with IDs still pending.
type StopKind string

// The kinds of stop. The empty kind is a pass that settled all it could.
const (
	StopNone          StopKind = ""
	StopSignal        StopKind = "signal"          // a signal, or the operator
	StopMaxDuration   StopKind = "max_duration"    // the time box
	StopMaxDeletes    StopKind = "max_deletes"     // the budget of the pass
	StopCap           StopKind = "cap"             // more pending than the cap allows: nothing was sent
	StopCredentials   StopKind = "credentials"     // credentials, permission, region or endpoint
	StopThrottle      StopKind = "throttle"        // the service asked for a wait longer than the pass
	StopGuard         StopKind = "protect_file"    // the protect list cannot be read
	StopUnreachable   StopKind = "unreachable"     // the far side was down for too long
	StopFailedShare   StopKind = "failed_share"    // too many dead letters
	StopNotFoundShare StopKind = "not_found_share" // too many IDs that were not there
	StopCanary        StopKind = "canary"          // deletions could not be seen to take effect
	StopDeclined      StopKind = "declined"        // a person was asked and has not agreed: nothing was loaded or sent
	StopPanic         StopKind = "panic"           // a fault of ours; only a report has it
	StopLater         StopKind = "due_later"       // what is left is due after this pass
	StopHeld          StopKind = "held"            // what is left is held until an operator releases it
	StopPaused        StopKind = "paused"          // an operator has paused all passes
)

// StopKinds returns every kind but StopNone.
func StopKinds() []StopKind {
	return []StopKind{
		StopSignal, StopMaxDuration, StopMaxDeletes, StopCap, StopCredentials, StopThrottle, StopGuard,
		StopUnreachable, StopFailedShare, StopNotFoundShare, StopCanary, StopDeclined, StopPanic, StopLater,
		StopHeld, StopPaused,
	}
}

// Stop is why a pass ended early. As the cause of a context it makes Run drain.
type Stop struct {
	Kind StopKind
	Why  string // a sentence for the operator
	// Until is the time before which nothing is to be sent by later passes either;
	// zero when they may.
	Until time.Time
	// Hold is what is to be held back from later passes; nil for nothing.
	Hold *Hold
}

// Hold is what a stop holds back from later passes, until an operator releases it.
type Hold struct {
	// Blamed are the batches that are held; nil holds the whole ledger.
	Blamed *policy.Blamed
}

// holdAll is the stop by a canary that holds the whole ledger: whoever answers cannot be
// believed.
func holdAll(why string) *Stop { return &Stop{Kind: StopCanary, Why: why, Hold: &Hold{}} }

// Error returns the kind and the reason.
func (s *Stop) Error() string { return string(s.Kind) + ": " + s.Why }

// stopOf splits the cause of a stop into a Stop and a failure.
func stopOf(cause error) (Stop, error) {
	if cause == nil {
		return Stop{}, nil
	}
	if stop, ok := errors.AsType[*Stop](cause); ok {
		return *stop, nil
	}
	return Stop{}, cause
}
