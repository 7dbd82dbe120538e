package connpool

import (
	"net/http"
	"net/url"
	"time"
)

// Timeouts bound an exchange. The zero value of each field stands for its default.
type Timeouts struct {
	// Connect bounds the making of a connection, and again its TLS handshake. The
	// default is 10 s.
	Connect time.Duration
	// Header bounds the wait between a request sent and the header of its answer.
	// The default is 20 s, or Request if that is less.
	Header time.Duration
	// Request bounds the whole exchange, the answer's body included. The default is
	// 30 s.
	Request time.Duration
}

// withDefaults returns t with every default in its place.
func (t Timeouts) withDefaults() Timeouts {
	if t.Connect == 0 {
		t.Connect = 10 * time.Second
	}
	if t.Request == 0 {
		t.Request = 30 * time.Second
	}
	if t.Header == 0 {
		t.Header = min(t.Request, 20*time.Second)
	}
	return t
}

// Options say how a Pool reaches its host. Endpoint, Size and MaxBody must be set;
// the zero value of every other field stands for its default.
type Options struct {
	// Endpoint is scheme and host, see ParseEndpoint.
	Endpoint *url.URL
	// Size is how many connections there are at most, and so how many requests are
	// under way at once.
	Size int
	// MaxBody is how many bytes of an answer's body are kept; a longer one is too big.
	MaxBody int64
	// Timeouts bound each exchange.
	Timeouts Timeouts
	// CAFile is a PEM file of certificate authorities to trust beside the system's.
	// The default is none.
	CAFile string
	// Proxy finds the proxy for a request. The default is http.ProxyFromEnvironment.
	Proxy func(*http.Request) (*url.URL, error)
	// Wrap returns what requests go through before they reach a connection. When its
	// RoundTrip returns an *UnsentError, the request was not sent, and is not tried
	// again. The default is the connection itself.
	Wrap func(http.RoundTripper) http.RoundTripper
	// Transport takes the place of the pool's own transport, and of Timeouts.Connect,
	// CAFile and Proxy; the other time limits still hold. A test may put the host
	// itself here.
	Transport http.RoundTripper
}

// Pool sends requests to one host. Make one with New; it may be used by many
// goroutines at once.
type Pool struct {
	conns   *connPool
	secrets []string // see Secrets
	maxBody int64
}

// New returns a Pool. It contacts nobody; an error is a mistake in o.
func New(o Options) (*Pool, error) {
	timeouts := o.Timeouts.withDefaults()
	p := &Pool{maxBody: o.MaxBody, conns: &connPool{
		limits: limits{timeouts.Header, timeouts.Request}, max: o.Size, keep: o.Size, wrap: o.Wrap,
	}}
	if o.Transport != nil {
		p.conns.dial = singleUse(o.Transport)
		return p, nil
	}
	if o.Proxy == nil {
		o.Proxy = http.ProxyFromEnvironment
	}
	via, err := proxyFor(o.Endpoint, o.Proxy)
	if err != nil {
		return nil, err
	}
	t, err := newTransport(timeouts.Connect, o.CAFile, via)
	if err != nil {
		return nil, err
	}
	p.conns.dial, p.secrets = dialer(t, o.Endpoint, via, p.conns.drop), proxySecrets(via)
	return p, nil
}

// Secrets are secrets that no request holds but that an error may show all the same:
// the proxy's.
func (p *Pool) Secrets() []string { return p.secrets }

// CloseIdleConnections closes the connections that no request is using, and those in
// use now when their requests have ended.
func (p *Pool) CloseIdleConnections() { p.conns.close() }

// Resize changes how many connections are kept, and so how many there are while no
// more requests are made at once. More are made at once without waiting up to the
// largest number there has been, Options.Size included.
func (p *Pool) Resize(n int) { p.conns.resize(n) }
