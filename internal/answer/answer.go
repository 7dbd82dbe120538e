// Package answer holds the words for what came of one request: the answer of
// CodeArts Check or of IAM, the kind of its body, and why there is none. It knows
// nothing of HTTP; packages that speak HTTP fill these types, and package policy
// decides by them.
package answer

import (
	"fmt"
	"strings"
	"time"
)

// Answer is all that is known of one exchange, and the only thing a verdict looks
// at. The zero value is an exchange of which nothing is known; it is never judged
// deleted.
type Answer struct {
	// Status is the HTTP status; 0 when no whole answer arrived.
	Status int
	// Codes are the error codes found in the body, the outermost first, at most
	// eight. A code that wraps others (CC.00050006) is followed by the codes
	// found inside its text.
	Codes []string
	// Body is what kind of body the answer had.
	Body Body
	// Fault says why no whole answer arrived; FaultNone when one did.
	Fault Fault
	// Throttled says that the message or the error's name mentions throttling, in
	// whatever words a service has for it. It is a guess from text: a code that is
	// known decides before it.
	Throttled bool
	// Running says that the body is BodyTask and shows a check that is running.
	Running bool
	// RetryAfter is the wait that the header asked for, between 0 and a year; 0
	// when there was none. With FaultLogin it is the time until it is worth asking
	// for a credential again. It may be absurd: see policy.Retry.Floor.
	RetryAfter time.Duration
	// Window is the length of the throttle window named in a gateway's text
	// ("limit:100,time:1 minute"); 0 when none was named.
	Window time.Duration
	// Limit is how many calls that text names for the window; 0 when it names none.
	Limit int
	// Quota is what the header says of the calls that are left; zero when it does not.
	Quota Quota
	// Message is the service's text, at most 300 bytes, in one line and without
	// secrets; with a fault it is the text of the Error. It is for people; nothing
	// may be decided by it.
	Message string
	// RequestID is the service's X-Request-Id; empty when it sent none.
	RequestID string
	// Credential is the generation of the credential that the request carried, so
	// that a rejected one is renewed once and not once a worker.
	Credential uint64
}

// Quota is how many of Limit calls are Left until all are there again, Reset from now on.
type Quota struct {
	Limit, Left int
	Reset       time.Duration
}

// Code is the outermost error code, or "" when the body carried none.
func (a Answer) Code() string {
	if len(a.Codes) == 0 {
		return ""
	}
	return a.Codes[0]
}

// Summary renders the answer for people: "HTTP 401 IAM.0062 The password is wrong".
func (a Answer) Summary() string {
	s := fmt.Sprintf("HTTP %d", a.Status)
	if len(a.Codes) > 0 {
		s += " " + strings.Join(a.Codes, " ")
	}
	if a.Message != "" {
		s += " " + a.Message
	}
	return s
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
	BodyFailed  Body = "failed"  // JSON that reports an error, but by no service code
	BodyJSON    Body = "json"    // any other JSON, ACCEPTED envelopes included
	BodyHTML    Body = "html"    // a page: a login, a firewall, a proxy
	BodyText    Body = "text"    // anything else: plain text, binary, half a JSON document
	BodyTooBig  Body = "too big" // longer than what is read
	// BodyCompressed is a body that was compressed although that was not allowed.
	BodyCompressed Body = "compressed"
)
