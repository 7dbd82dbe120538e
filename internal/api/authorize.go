package api

import (
	"context"
	"errors"
	"maps"
	"net/http"
)

// dress is the header of all requests that carry the same token.
type dress struct {
	generation uint64
	header     http.Header // never changed
	secrets    []string    // what must not be told of an exchange that begins with it
}

// dressIn makes a dress of a whole header.
func (c *Client) dressIn(generation uint64, header http.Header) *dress {
	return &dress{generation, header, append(secretsIn(header), c.wire.hidden...)}
}

// Ready returns when there is a credential to send requests with. It may wait for
// a login, as Credentials.Authorize does, and the error is the same. While there
// is one already it costs next to nothing.
func (c *Client) Ready(ctx context.Context) error {
	h, ok := c.credentials.(holder)
	if !ok {
		return nil
	}
	_, _, err := h.bear(ctx)
	if err == nil {
		return nil
	}
	return asError(ctx, "make ready to send", err)
}

// errNotReady is why a request that changes something was not sent.
var errNotReady = errors.New("there is no token yet: call Ready first")

// bear returns the token for a request. One that changes something never waits for
// a login: whoever sends it has made sure that it may leave, and a login later that
// may no longer be true. It carries what token there is, which Ready has seen to a
// moment ago; should that have ended since, the service rejects it.
func bear(ctx context.Context, b bearer, changes bool) ([]string, uint64, error) {
	h, ok := b.(holder)
	if !changes || !ok {
		return b.bear(ctx)
	}
	token, generation, ok := h.held()
	if !ok {
		return nil, 0, &Error{Op: "take a token", Fault: FaultLogin, Err: errNotReady}
	}
	return token, generation, nil
}

// authorize gives req a header with credentials. Requests with the same token
// share one header, which nobody writes to; a signature needs one of its own.
func (c *Client) authorize(ctx context.Context, req *http.Request, changes bool) (*dress, error) {
	b, ok := c.credentials.(bearer)
	if !ok {
		req.Header = maps.Clone(c.header)
		generation, err := c.credentials.Authorize(ctx, req)
		return c.dressIn(generation, req.Header), err
	}
	token, generation, err := bear(ctx, b, changes)
	if err != nil {
		return nil, err
	}
	d := c.dressed.Load()
	if d == nil || d.generation != generation {
		header := maps.Clone(c.header)
		header[headerToken] = token
		d = c.dressIn(generation, header)
		c.dressed.Store(d)
	}
	req.Header = d.header
	return d, nil
}
