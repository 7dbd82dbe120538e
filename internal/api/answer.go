package api

import "time"

// Answer is all that is known of one HTTP exchange. The zero value is an
// exchange of which nothing is known.
type Answer struct {
	// Status is the HTTP status; 0 when no whole answer arrived.
	Status int
	// Codes are the error codes found in the body, the outermost first, at most
	// eight. A code that wraps others (CC.00050006) is followed by the codes
	// found inside its text.
	Codes []string
	// Body is what kind of body the answer had.
	Body Body
	// RetryAfter is the wait the Retry-After header asked for, between 0 and a
	// year; 0 when there was none. In an Error with FaultLogin it is the time
	// until it is worth asking for a credential again.
	RetryAfter time.Duration
	// Window is the length of the throttle window named in a gateway's text
	// ("limit:100,time:1 minute"); 0 when none was named.
	Window time.Duration
	// Message is the service's text, at most 300 bytes, in one line and without
	// secrets. It is for people; nothing may be decided by it.
	Message string
	// RequestID is the service's X-Request-Id; empty when it sent none.
	RequestID string
	// Credential is the generation of the credential that the request carried,
	// to be handed to Credentials.Renew when the service rejected it.
	Credential uint64
}

// Body is the kind of body an answer had.
type Body string

// The kinds of body. BodyNone stands for an exchange that brought no answer.
const (
	BodyNone    Body = ""        // no answer
	BodyEmpty   Body = "empty"   // no bytes, or white space alone
	BodyNull    Body = "null"    // the JSON literal null, the documented success
	BodySuccess Body = "success" // the v3 envelope: httpStatus OK, result true, status success
	BodyTask    Body = "task"    // JSON that shows a task: an object with a task_status
	BodyCoded   Body = "coded"   // JSON that carries at least one error code
	BodyFailed  Body = "failed"  // JSON that tells of an error, but by no service code
	BodyJSON    Body = "json"    // any other JSON, ACCEPTED envelopes included
	BodyHTML    Body = "html"    // a page: a login, a firewall, a proxy
	BodyText    Body = "text"    // anything else: plain text, binary, half a JSON document
	BodyTooBig  Body = "too big" // longer than what is read
)

// Fault is the reason why no whole answer arrived.
type Fault string

// The faults. After FaultTimeout, FaultReset, FaultCut and FaultCanceled the
// request may have taken effect; after the others it never left.
const (
	FaultNone     Fault = ""         // a whole answer arrived
	FaultTimeout  Fault = "timeout"  // the time for the request ran out
	FaultReset    Fault = "reset"    // the connection broke before the header ended
	FaultCut      Fault = "cut"      // the connection broke inside the body
	FaultConnect  Fault = "connect"  // no connection: refused, unreachable, too slow
	FaultDNS      Fault = "dns"      // the host's name did not resolve
	FaultTLS      Fault = "tls"      // the certificate or the handshake was refused
	FaultLogin    Fault = "login"    // no credential could be had for now
	FaultRefused  Fault = "refused"  // the credential is refused for good
	FaultInvalid  Fault = "invalid"  // the ID cannot be put into a URL safely
	FaultCanceled Fault = "canceled" // the caller stopped waiting for the answer
	FaultStopped  Fault = "stopped"  // the caller stopped before the request was sent
	FaultBug      Fault = "bug"      // a client that may only read was asked for more
)
