package api

import (
	"context"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"sync/atomic"
)

// dialer makes lines to endpoint.
func dialer(t *http.Transport, endpoint *url.URL) func(context.Context) (*line, error) {
	address := net.JoinHostPort(endpoint.Hostname(), endpoint.Port())
	return func(ctx context.Context) (*line, error) {
		var handshake atomic.Bool
		sent := new(atomic.Bool)
		noted := context.WithValue(httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
			TLSHandshakeStart: func() { handshake.Store(true) },
		}), sentKey{}, sent)
		conn, err := t.NewClientConn(noted, endpoint.Scheme, address)
		if err != nil {
			return nil, &unsentError{connectFault(err, handshake.Load()), err}
		}
		return &line{link: conn, sent: sent}, nil
	}
}

// sentKey is the key under which a line's sent goes past net/http to the
// connection.
type sentKey struct{}

// dialNoting dials, and has each connection note that it was written to.
func dialNoting(d *net.Dialer) func(ctx context.Context, network, address string) (net.Conn, error) {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := d.DialContext(ctx, network, address)
		if err != nil {
			return nil, err
		}
		sent, _ := ctx.Value(sentKey{}).(*atomic.Bool)
		return &noting{conn, sent}, nil
	}
}

// noting is a connection that notes when it is written to.
type noting struct {
	net.Conn
	sent *atomic.Bool
}

func (c *noting) Write(b []byte) (int, error) {
	c.sent.Store(true)
	return c.Conn.Write(b)
}

// guests makes lines of a foreign transport, each for one request. Nobody can say
// whether what was sent over them has left.
func guests(rt http.RoundTripper) func(context.Context) (*line, error) {
	return func(context.Context) (*line, error) {
		g := guest{rt: rt}
		g.ctx, g.cancel = context.WithCancel(context.Background())
		return &line{link: g}, nil
	}
}

// guest is the link of such a line.
type guest struct {
	rt     http.RoundTripper
	ctx    context.Context //nolint:containedctx // what Close ends
	cancel context.CancelFunc
}

func (g guest) RoundTrip(req *http.Request) (*http.Response, error) {
	return g.rt.RoundTrip(req.WithContext(g.ctx))
}

func (g guest) Available() int { return 0 }
func (g guest) Close() error   { g.cancel(); return nil }
