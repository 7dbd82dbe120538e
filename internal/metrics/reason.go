package metrics

import "cleaner/internal/policy"

// reason is why an ID is sent once more.
type reason uint8

const (
	reasonBusy        reason = iota // the service is busy, or it was a bad moment
	reasonThrottled                 // the service asks for fewer requests
	reasonRunning                   // the task is running
	reasonTimeout                   // no answer came in time
	reasonReset                     // the connection broke
	reasonConnect                   // there was no connection
	reasonDNS                       // the host's name did not resolve
	reasonServerError               // the service or the gateway had an error
	reasonAuth                      // the credential was rejected, or there was none
	reasonOther                     // anything else, halts included
	reasons
)

func (r reason) String() string {
	return [reasons]string{
		"busy", "throttled", "running", "timeout", "reset", "connect", "dns", "server_error", "auth", "other",
	}[r]
}

// reasonOf is why e leads to another request. It looks at the ruling and not at
// status or code, which the verdict table has read already.
func reasonOf(e *Exchange) reason {
	if e.Fault != policy.FaultNone {
		return reasonOfFault(e.Fault)
	}
	switch {
	case e.Ruling.Slow:
		return reasonThrottled
	case e.Ruling.Verdict == policy.Later:
		return reasonRunning
	case e.Ruling.Verdict == policy.Auth:
		return reasonAuth
	case e.Ruling.Verdict != policy.Again:
		return reasonOther
	case busy(e.Ruling.Row):
		return reasonBusy
	default:
		return reasonServerError
	}
}

// busy reports whether a row of the verdict table, to try again, blames the
// moment. The rows that it does not name blame an error of the service's.
func busy(row string) bool {
	switch row {
	case "busy", "busy-later", "try-again":
		return true
	default:
		return false
	}
}

func reasonOfFault(f policy.Fault) reason {
	switch f {
	case policy.FaultTimeout:
		return reasonTimeout
	case policy.FaultReset, policy.FaultCut:
		return reasonReset
	case policy.FaultConnect, policy.FaultTLS:
		return reasonConnect
	case policy.FaultDNS:
		return reasonDNS
	case policy.FaultLogin, policy.FaultRefused:
		return reasonAuth
	default:
		return reasonOther
	}
}

// ownDoing reports whether it was us who kept the answer away.
func ownDoing(f policy.Fault) bool {
	return f == policy.FaultDryRun || f == policy.FaultStopped || f == policy.FaultCanceled
}
