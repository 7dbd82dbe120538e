package api

import (
	"context"
	"maps"
	"net/http"

	"cleaner/internal/answer"
	"cleaner/internal/secret"
)

// sharedHeader is the header of all requests that carry the same token.
type sharedHeader struct {
	generation uint64
	header     http.Header // never changed
	secrets    []string    // what must not show in an exchange that begins with it
}

// newSharedHeader makes one of a whole header.
func (c *Client) newSharedHeader(generation uint64, header http.Header) *sharedHeader {
	return &sharedHeader{generation, header, append(secret.InHeader(header), c.pool.Secrets()...)}
}

// Ready returns when there is a credential to send requests with. It may wait for
// a login, as Credentials.Ready does, and the error is the same. While there is one
// already it costs next to nothing.
func (c *Client) Ready(ctx context.Context) error {
	if err := c.credentials.Ready(ctx); err != nil {
		return asError(ctx, "make ready to send", err)
	}
	return nil
}

// Renew replaces the credential of a generation that the service has rejected, see
// Credentials.Renew.
func (c *Client) Renew(ctx context.Context, generation uint64) error {
	rejected := answer.Answer{Credential: generation}
	if last := c.rejected.Load(); last != nil && last.Credential == generation {
		rejected = *last
	}
	return c.credentials.Renew(ctx, rejected)
}

// authorize gives req a header with credentials. Requests with the same token
// share one header, which nobody writes to; a signature needs one of its own.
//
// A request that changes something never waits for a login: whoever sends it has made
// sure that it may leave, and a login later that may no longer be true. It carries the
// token that Ready has seen to a moment ago; should that have ended since, the service
// rejects it.
func (c *Client) authorize(ctx context.Context, req *http.Request, changes bool) (*sharedHeader, error) {
	s, ok := c.credentials.(tokenSource)
	if !ok {
		req.Header = maps.Clone(c.header)
		generation, err := c.credentials.Authorize(ctx, req)
		return c.newSharedHeader(generation, req.Header), err
	}
	token, generation, err := s.Token(ctx, !changes)
	if err != nil {
		return nil, err
	}
	h := c.shared.Load()
	if h == nil || h.generation != generation {
		header := maps.Clone(c.header)
		header[headerToken] = token
		h = c.newSharedHeader(generation, header)
		c.shared.Store(h)
	}
	req.Header = h.header
	return h, nil
}
