package policy

import "time"

// Answer is all that is known of one DELETE after it was sent, and the only
// thing a verdict looks at. The zero value is an exchange of which nothing is
// known; it is never judged deleted.
type Answer struct {
	// Status is the HTTP status; 0 when no whole answer arrived.
	Status int
	// Codes are the error codes found in the body, the outermost first. A code
	// that wraps others (CC.00050006) is followed by the codes inside it.
	Codes []string
	// Body is what kind of body the answer had.
	Body Body
	// Fault says why no whole answer arrived; FaultNone when one did.
	Fault Fault
	// RetryAfter is the wait the Retry-After header asked for, as sent, never
	// negative; 0 when there was none. It may be absurd: see Retry.Floor.
	RetryAfter time.Duration
	// Window is the length of the throttle window named in a gateway's text
	// ("limit:100,time:1 minute"); 0 when none was named.
	Window time.Duration
	// Message is the service's text, cut and stripped of secrets. It is kept
	// for people and never judged.
	Message string
	// RequestID is the service's X-Request-Id; empty when it sent none.
	RequestID string
	// Credential numbers the credential the request carried, so that a
	// rejected one is renewed once and not once a worker.
	Credential uint64
}

// Code is the outermost error code, or "" when the body carried none.
func (a Answer) Code() string {
	if len(a.Codes) == 0 {
		return ""
	}
	return a.Codes[0]
}

// Body is the kind of body an answer had.
type Body string

// The kinds of body. BodyNone stands for an exchange that brought no answer.
const (
	BodyNone    Body = ""        // no answer
	BodyEmpty   Body = "empty"   // no bytes, or white space alone
	BodyNull    Body = "null"    // the JSON literal null, the documented success
	BodySuccess Body = "success" // the v3 envelope: httpStatus OK, result true, status success
	BodyCoded   Body = "coded"   // JSON that carries at least one error code
	BodyFailed  Body = "failed"  // JSON with status "error" or "failed" and no code
	BodyTask    Body = "task"    // JSON that describes a task: the answer to a look, and nothing else
	BodyJSON    Body = "json"    // any other JSON, ACCEPTED envelopes included
	BodyHTML    Body = "html"    // a page: a login, a firewall, a proxy
	BodyText    Body = "text"    // anything else: plain text, binary, half a JSON document
	BodyTooBig  Body = "too big" // longer than what is read
)

// Fault is the reason why no whole answer arrived.
type Fault string

// The faults. After FaultTimeout, FaultReset, FaultCut and FaultCanceled the
// request may have taken effect; after the others it was never received by the
// service.
const (
	FaultNone     Fault = ""         // a whole answer arrived
	FaultTimeout  Fault = "timeout"  // the time for the request ran out, effect unknown
	FaultReset    Fault = "reset"    // the connection broke before the header ended, effect unknown
	FaultCut      Fault = "cut"      // the connection broke inside the body, effect unknown
	FaultConnect  Fault = "connect"  // no connection: refused, unreachable, connect time-out
	FaultDNS      Fault = "dns"      // the host's name did not resolve
	FaultTLS      Fault = "tls"      // the certificate or the handshake was refused
	FaultLogin    Fault = "login"    // no credential could be had for now; nothing was sent
	FaultRefused  Fault = "refused"  // the credential is refused for good; nothing was sent
	FaultInvalid  Fault = "invalid"  // the ID cannot be put into a URL safely; nothing was sent
	FaultCanceled Fault = "canceled" // we stopped waiting, effect unknown
	FaultStopped  Fault = "stopped"  // we stopped before it was sent
	FaultDryRun   Fault = "dry run"  // rehearsed; nothing was sent
)

// Sent reports whether the request may have reached the service.
func (f Fault) Sent() bool {
	switch f {
	case FaultNone, FaultTimeout, FaultReset, FaultCut, FaultCanceled:
		return true
	default:
		return false
	}
}
