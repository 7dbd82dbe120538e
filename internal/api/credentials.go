package api

import (
	"context"
	"net/http"
)

// bearer is credentials whose whole header is a token, the same for many
// requests. Password and TokenFile are ones.
type bearer interface {
	// bear returns the token as the value of X-Auth-Token, not to be written to,
	// and its generation. Otherwise it does as Credentials.Authorize.
	bear(ctx context.Context) (token []string, generation uint64, err error)
}

// holder is a bearer whose token has to be fetched. Password is one.
type holder interface {
	bearer
	// held returns the token that was fetched last, as bear does but at once and
	// however old it is; false when none ever was.
	held() (token []string, generation uint64, ok bool)
}

// Credentials say who is asking. Password, AccessKey and TokenFile are the ones
// there are; each may be used by many goroutines at once.
type Credentials interface {
	// Authorize puts header fields on req and returns the generation of the
	// credential it used, which grows with each new one. It may wait for a login;
	// ctx ends the wait, and nothing else. The error is an *Error with FaultLogin
	// when there is no credential for now, FaultRefused when there will be none
	// until a person does something, FaultStopped when ctx ended first.
	Authorize(ctx context.Context, req *http.Request) (generation uint64, err error)
	// Renew is called when the service has rejected a request that carried the
	// given generation. It returns nil when a newer credential is in place, or
	// was already, and otherwise an *Error as from Authorize.
	Renew(ctx context.Context, generation uint64) error
}
