package api

import (
	"errors"
	"fmt"
	"net/http"
)

// readOnly is the last link before a transport that lets nothing through but
// what only reads, so that no mistake above it can change anything.
type readOnly struct{ http.RoundTripper }

// RoundTrip sends a GET or a HEAD, and refuses every other method with an error
// that is errMutating: of those nothing is sent.
func (r readOnly) RoundTrip(req *http.Request) (*http.Response, error) {
	switch req.Method {
	case http.MethodGet, http.MethodHead: // not "", which net/http takes for GET: nobody means it
		return r.RoundTripper.RoundTrip(req)
	default:
		return nil, fmt.Errorf("%w: %s %s was asked for where only reading is allowed", errMutating, req.Method, req.URL.Path)
	}
}

// errMutating is what readOnly refuses. It becomes a FaultBug.
var errMutating = errors.New("this is a mistake in cleaner, and nothing was sent")
