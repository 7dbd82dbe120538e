package metrics

import (
	"cleaner/internal/answer"
	"cleaner/internal/policy"
)

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

// reasonOf is why e leads to another request. It uses the ruling, not the status or
// code, which the verdict table has evaluated already.
func reasonOf(e *Exchange) reason {
	if e.Fault != answer.FaultNone {
		return reasonOfFault(e.Fault)
	}
	switch {
	case e.Ruling.Slow:
		return reasonThrottled
	case e.Ruling.Verdict == policy.Later:
		return reasonRunning
	case e.Ruling.Verdict == policy.Auth:
		return reasonAuth
	case e.Ruling.Verdict != policy.Again && e.Ruling.Verdict != policy.Doubt:
		return reasonOther
	case busy(e.Ruling.Row):
		return reasonBusy
	default:
		return reasonServerError
	}
}

// busy reports whether a row of the verdict table with the verdict again means that the
// service is busy. The other rows mean that the service has an error.
func busy(row string) bool {
	switch row {
	case "busy", "busy-later", "try-again", "request-timeout":
		return true
	default:
		return false
	}
}

func reasonOfFault(f answer.Fault) reason {
	switch f {
	case answer.FaultTimeout:
		return reasonTimeout
	case answer.FaultReset, answer.FaultCut:
		return reasonReset
	case answer.FaultConnect, answer.FaultTLS, answer.FaultProxy:
		return reasonConnect
	case answer.FaultDNS, answer.FaultNoHost:
		return reasonDNS
	case answer.FaultLogin, answer.FaultRefused:
		return reasonAuth
	default:
		return reasonOther
	}
}

// repeats reports whether e leads to another request for the same.
func repeats(e *Exchange) bool {
	switch {
	case !e.Again, e.Fault.Own(), e.Seen:
		return false
	case e.Op != OpLook, e.Fault != answer.FaultNone:
		return true
	}
	v := e.Ruling.Verdict
	return v == policy.Again || v == policy.Later || v == policy.Auth
}

// Trouble names why e did not bring what it was for, in the words of the label reason;
// empty when it did, or when we ended it ourselves.
func (e *Exchange) Trouble() string {
	if e.Fault.Own() {
		return ""
	}
	if e.Fault == answer.FaultNone {
		switch classOf(e) {
		case classDeleted, classGone, classOK, classNone:
			return ""
		}
	}
	return reasonOf(e).String()
}
