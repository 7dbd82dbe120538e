package worker

import "errors"

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
	StopCanary        StopKind = "canary"          // the first IDs did not fare well
	StopPanic         StopKind = "panic"           // a fault of ours; only a report has it
	StopLater         StopKind = "due_later"       // what is left is due after this pass
)

// StopKinds returns every kind but StopNone.
func StopKinds() []StopKind {
	return []StopKind{
		StopSignal, StopMaxDuration, StopMaxDeletes, StopCap, StopCredentials, StopThrottle, StopGuard,
		StopUnreachable, StopFailedShare, StopNotFoundShare, StopCanary, StopPanic, StopLater,
	}
}

// Stop is why a pass ended early. As the cause of a context it makes Run drain.
type Stop struct {
	Kind StopKind
	Why  string // a sentence for the operator
}

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
