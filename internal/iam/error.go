package iam

import (
	"fmt"
	"net/http"
	"slices"
	"time"

	"cleaner/internal/answer"
	"cleaner/internal/connpool"
	"cleaner/internal/httpanswer"
)

// iamError is why IAM has not given what it was asked for.
func iamError(op string, r connpool.Reply, fault answer.Fault, err error, secrets []string) *answer.Error {
	switch {
	case fault != answer.FaultNone && endsLogin(fault):
		return &answer.Error{Op: op, Fault: fault, Err: err}
	case fault != answer.FaultNone:
		err = fmt.Errorf("%s: %w", fault, err)
	}
	if r.Status == 0 {
		return &answer.Error{Op: op, Fault: answer.FaultLogin, Err: err}
	}
	said := httpanswer.Read(r, secrets)
	e := &answer.Error{Op: op, Fault: loginFault(said), Answer: said}
	if e.Fault == answer.FaultRefused {
		e.Answer = httpanswer.WithClock(said, r.Header, time.Now())
	}
	e.Err = loginHint(e, err)
	return e
}

// endsLogin reports whether a fault of the exchange with IAM is one that a person
// has to mend, as it would be at the service: it is passed on as it is.
func endsLogin(f answer.Fault) bool {
	switch f {
	case answer.FaultTLS, answer.FaultProxy, answer.FaultNoHost:
		return true
	default:
		return false
	}
}

// loginFault says whether what brought no token has to be mended by a person. A
// refusal is one by its status alone, even if its body was lost on the way: the
// password must not be sent again to find out why. So is what comes from something
// that stands in IAM's place: a redirect, a page.
func loginFault(a answer.Answer) answer.Fault {
	switch {
	case slices.Contains([]int{http.StatusRequestTimeout, http.StatusConflict, http.StatusLocked, http.StatusTooEarly, http.StatusTooManyRequests}, a.Status):
		return answer.FaultLogin
	case a.Status >= 300 && a.Status < 500, a.Status < 300 && a.Body == answer.BodyHTML:
		return answer.FaultRefused
	default:
		return answer.FaultLogin
	}
}

// blamesSecret reports whether a login was refused for its secret: then IAM counts
// it, and locks the user after a few. A page is not IAM's.
func blamesSecret(e *answer.Error) bool {
	return e.Fault == answer.FaultRefused && e.Answer.Status == http.StatusUnauthorized && e.Answer.Body != answer.BodyHTML
}

// loginHint says what a person has to do, and what broke the answer off, if
// anything did.
func loginHint(e *answer.Error, broken error) error {
	hint := errNoToken
	switch {
	case blamesSecret(e):
		hint = errPassword
	case e.Fault == answer.FaultRefused:
		hint = errRefused
	}
	if broken != nil {
		return fmt.Errorf("%w: %w", hint, broken)
	}
	return hint
}
