package api

import (
	"net/http"
	"sync/atomic"
)

// connections are a transport whose bound on connections can be changed while it
// is in use, which http.Transport's own cannot.
type connections struct {
	own atomic.Pointer[http.Transport]
}

func newConnections(t *http.Transport) *connections {
	c := &connections{}
	c.own.Store(t)
	return c
}

// RoundTrip is that of http.Transport.
func (c *connections) RoundTrip(req *http.Request) (*http.Response, error) {
	return c.own.Load().RoundTrip(req)
}

// resize has requests from now on share at most n connections. Those under way
// end on the connections they have, which are closed then. One call at a time.
func (c *connections) resize(n int) {
	t := c.own.Load().Clone()
	t.MaxConnsPerHost, t.MaxIdleConnsPerHost = n, n
	c.own.Swap(t).CloseIdleConnections()
}

// closeIdle closes what no request is using; of nil there is nothing to close.
func (c *connections) closeIdle() {
	if c != nil {
		c.own.Load().CloseIdleConnections()
	}
}

// Resize changes how many connections there are at most, see Options.Workers, for
// the requests that follow. With a Transport of the caller's it does nothing. One
// call at a time.
func (c *Client) Resize(workers int) {
	if c.connections != nil {
		c.connections.resize(workers)
	}
}
