package connpool

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"sync/atomic"

	"cleaner/internal/answer"
)

// dialer makes connections to endpoint, by way of a proxy unless that is nil. It calls
// failed with every address that could not be connected to, or where the handshake
// went wrong.
func dialer(t *http.Transport, endpoint, via *url.URL, failed func(address string)) func(context.Context) (*conn, error) {
	address := net.JoinHostPort(endpoint.Hostname(), endpoint.Port())
	return func(ctx context.Context) (*conn, error) {
		var handshake atomic.Bool
		n := new(connNotes)
		noted := context.WithValue(httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
			ConnectDone: func(_, address string, err error) {
				if err != nil && !errors.Is(err, context.Canceled) { // another was faster, or nobody waits
					failed(address)
				}
			},
			TLSHandshakeStart: func() { handshake.Store(true) },
			TLSHandshakeDone:  func(_ tls.ConnectionState, err error) { handshake.Store(err != nil) },
		}), notesKey{}, n)
		made, err := t.NewClientConn(noted, endpoint.Scheme, address)
		if err == nil {
			return &conn{link: made, sent: &n.sent, remote: n.remote}, nil
		}
		if refused, ok := errors.AsType[*UnsentError](err); ok {
			return nil, refused // by a proxy, which works as such
		}
		if refused := socksRefusal(err, via); refused != nil {
			return nil, refused
		}
		fault := connectFault(err, handshake.Load())
		if fault == answer.FaultTLS {
			err = explainTLS(peerName(err, endpoint, via), err)
		}
		if ctx.Err() == nil && (fault == answer.FaultTLS || fault == answer.FaultConnect) {
			failed(n.remote)
		}
		return nil, &UnsentError{fault, err}
	}
}

// peerName names the host at the other end of a handshake that failed with err.
func peerName(err error, endpoint, via *url.URL) string {
	if e, ok := errors.AsType[*net.OpError](err); ok && e.Op == "proxyconnect" && via != nil {
		return "the proxy " + via.Host
	}
	return endpoint.Host
}

// connNotes is what a network connection notes of itself.
type connNotes struct {
	sent   atomic.Bool // something was written to it of late
	remote string      // the address of its other end; "" when there is none
}

// notesKey is the key under which a connection's notes go past net/http to it.
type notesKey struct{}

// dialNoting dials, and has each connection note that it was written to.
func dialNoting(d *net.Dialer) func(ctx context.Context, network, address string) (net.Conn, error) {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		c, err := d.DialContext(ctx, network, address)
		if err != nil {
			return nil, err
		}
		n, _ := ctx.Value(notesKey{}).(*connNotes)
		n.remote = c.RemoteAddr().String()
		return &notingConn{c, &n.sent}, nil
	}
}

// notingConn is a network connection that notes when it is written to.
type notingConn struct {
	net.Conn
	sent *atomic.Bool
}

func (c *notingConn) Write(b []byte) (int, error) {
	c.sent.Store(true)
	return c.Conn.Write(b)
}

// singleUse makes connections of a foreign transport, each for one request. Nobody
// can say whether what was sent over them has left.
func singleUse(rt http.RoundTripper) func(context.Context) (*conn, error) {
	return func(context.Context) (*conn, error) {
		l := transportLink{rt: rt}
		l.ctx, l.cancel = context.WithCancel(context.Background())
		return &conn{link: l}, nil
	}
}

// transportLink is the link of such a connection.
type transportLink struct {
	rt     http.RoundTripper
	ctx    context.Context //nolint:containedctx // what Close ends
	cancel context.CancelFunc
}

func (l transportLink) RoundTrip(req *http.Request) (*http.Response, error) {
	return l.rt.RoundTrip(req.WithContext(l.ctx))
}

func (l transportLink) Available() int { return 0 }
func (l transportLink) Close() error   { l.cancel(); return nil }
