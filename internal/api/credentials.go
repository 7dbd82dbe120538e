package api

import (
	"context"
	"net/http"

	"cleaner/internal/answer"
)

// Credentials say who is asking. They may be used by many goroutines at once. All
// errors of theirs are *answer.Error.
type Credentials interface {
	// Authorize puts header fields on req and returns the generation of the
	// credential it used, which grows with each new one. A request that only reads
	// may wait for a login; ctx ends the wait, and nothing else. The error has
	// FaultLogin when there is no credential for now, FaultRefused when there will be
	// none until a person does something, FaultStopped when ctx ended first.
	Authorize(ctx context.Context, req *http.Request) (generation uint64, err error)
	// Ready returns when a request can be authorized without a wait, or why none can,
	// as Authorize does. While there is nothing to wait for it costs next to nothing.
	Ready(ctx context.Context) error
	// Renew is called when the service has rejected a request: with its answer, whose
	// Credential is the generation that the request carried. It returns nil when there
	// is another credential to use, and otherwise an error as from Authorize, which
	// holds what the service answered, or IAM since.
	Renew(ctx context.Context, rejected answer.Answer) error
	// Accepted says that the service has accepted a request with this generation. It is
	// called for every such answer, and costs next to nothing.
	Accepted(generation uint64)
}

// tokenSource is Credentials whose whole header is a token, the same for many
// requests.
type tokenSource interface {
	// Token returns the token as the value of X-Auth-Token, not to be written to, and
	// its generation. With wait it does as Authorize; without it returns at once, with
	// the token that there is, however old.
	Token(ctx context.Context, wait bool) (token []string, generation uint64, err error)
}
