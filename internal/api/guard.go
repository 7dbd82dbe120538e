package api

import (
	"errors"
	"fmt"
	"net/http"

	"cleaner/internal/answer"
	"cleaner/internal/connpool"
)

// readOnly is the last link before a transport that lets nothing through but
// what only reads, so that no mistake above it can change anything.
type readOnly struct{ http.RoundTripper }

// RoundTrip sends a GET or a HEAD, and refuses every other method with an error
// that is ErrReadOnly: of those nothing is sent.
func (r readOnly) RoundTrip(req *http.Request) (*http.Response, error) {
	switch req.Method {
	case http.MethodGet, http.MethodHead: // not "", which net/http takes for GET: nobody means it
		return r.RoundTripper.RoundTrip(req)
	default:
		return nil, &connpool.UnsentError{Fault: answer.FaultRefused, Err: fmt.Errorf(
			"%w: %s %s was asked for where only reading is allowed", ErrReadOnly, req.Method, req.URL.Path)}
	}
}

// ErrReadOnly is the cause of the error when a client that may only read was asked
// for something else. The fault is FaultRefused: nothing was sent, and nothing will
// be.
var ErrReadOnly = errors.New("this is a mistake in cleaner, and nothing was sent")
