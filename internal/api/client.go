package api

import (
	"errors"
	"net/http"
	"net/url"
	"sync/atomic"
	"time"
)

// maxBody is how much of an answer of the service is read, in bytes. The
// documented answers have some hundred.
const maxBody = 64 << 10

// tasksPath is where tasks are (API Reference, DeleteTask: DELETE
// /v2/tasks/{task_id}).
const tasksPath = "/v2/tasks/"

// Options say how a Client reaches the service. Endpoint and Credentials must be
// set; the zero value of every other field stands for its default.
type Options struct {
	// Endpoint is scheme and host of the service, see Endpoints. It is https,
	// but for loopback hosts.
	Endpoint string
	// Credentials authorize each request.
	Credentials Credentials
	// Workers is how many connections there are at most, and so how many
	// requests are under way at once. The default is 16.
	Workers int
	// ConnectTimeout bounds the making of a connection, and again its TLS
	// handshake. The default is 10 s.
	ConnectTimeout time.Duration
	// HeaderTimeout bounds the wait between a request sent and the header of its
	// answer. The default is 20 s, or RequestTimeout if that is less.
	HeaderTimeout time.Duration
	// RequestTimeout bounds the whole exchange, the answer's body included. It
	// does not count the wait for credentials. The default is 30 s.
	RequestTimeout time.Duration
	// CAFile is a PEM file of certificate authorities to trust beside the
	// system's. The default is none.
	CAFile string
	// Language is the language asked of the service's messages. The default is
	// en-us.
	Language string
	// UserAgent names the program to the service. The default is cleaner.
	UserAgent string
	// ReadOnly lets the client send nothing but GET and HEAD: any other request
	// ends in FaultBug before a byte of it has left. Logins are not the client's
	// but the credentials', and go on.
	ReadOnly bool
	// Transport takes the place of the client's own transport, and of the five
	// fields that shape it; the time limits above it still hold. A test may put
	// the service itself here.
	Transport http.RoundTripper
}

// withDefaults returns o with every default in its place.
func (o Options) withDefaults() Options {
	o.Workers = orElse(o.Workers, 16)
	o.ConnectTimeout = orElse(o.ConnectTimeout, 10*time.Second)
	o.RequestTimeout = orElse(o.RequestTimeout, 30*time.Second)
	o.HeaderTimeout = orElse(o.HeaderTimeout, min(o.RequestTimeout, 20*time.Second))
	o.Language = orElse(o.Language, "en-us")
	o.UserAgent = orElse(o.UserAgent, "cleaner")
	return o
}

// orElse returns v, or the default when v is the zero value.
func orElse[T comparable](v, otherwise T) T {
	var zero T
	if v == zero {
		return otherwise
	}
	return v
}

// Client sends requests to CodeArts Check. Make one with New; it may be used by
// many goroutines at once.
type Client struct {
	endpoint    *url.URL
	header      http.Header // of every request; never changed
	credentials Credentials
	dressed     atomic.Pointer[dress] // the header with the token of the last request
	wire        wire
}

// New returns a Client. It contacts nobody; an error is a mistake in o.
func New(o Options) (*Client, error) {
	return newClient(o, http.ProxyFromEnvironment)
}

// newClient is New with the proxy's finding left open.
func newClient(o Options, proxy proxyFunc) (*Client, error) {
	o = o.withDefaults()
	endpoint, err := parseEndpoint(o.Endpoint)
	if err != nil {
		return nil, err
	}
	if o.Credentials == nil {
		return nil, errors.New("make client: no credentials: configure one way to log in")
	}
	c := &Client{
		endpoint:    endpoint,
		credentials: o.Credentials,
		header: http.Header{
			headerContentType: {"application/json"}, // with a charset the gateway refuses it (APIGW.0106)
			headerLanguage:    {o.Language},
			headerUserAgent:   {o.UserAgent},
		},
	}
	n := network{o.Workers, o.ConnectTimeout, o.CAFile, limits{o.HeaderTimeout, o.RequestTimeout}}
	c.wire, err = newWire(o.Transport, n, endpoint, proxy)
	if err != nil {
		return nil, err
	}
	c.wire.maxBody, c.wire.lines.readOnly = maxBody, o.ReadOnly
	return c, nil
}

// newWire returns a wire over the given transport, or over a new one when it is
// nil.
func newWire(rt http.RoundTripper, n network, endpoint *url.URL, proxy proxyFunc) (w wire, err error) {
	w.lines = &lines{limits: n.limits, seats: n.connections, kept: n.connections}
	if rt != nil {
		w.lines.dial = guests(rt)
		return w, nil
	}
	via, err := proxyFor(endpoint, proxy)
	if err != nil {
		return w, err
	}
	t, err := newTransport(n, via)
	if err != nil {
		return w, err
	}
	w.lines.dial, w.hidden = dialer(t, endpoint), proxySecrets(via)
	return w, nil
}

// CloseIdleConnections closes the connections that no request is using.
func (c *Client) CloseIdleConnections() { c.wire.lines.close() }

// Resize changes how many connections are kept, and so how many there are while no
// more requests are made at once. More are made at once without waiting up to the
// largest number there has been, Options.Workers included.
func (c *Client) Resize(workers int) { c.wire.lines.resize(workers) }

// request makes a request without credentials for prefix, the segment id, and
// after. It copies what was prepared once instead of parsing a URL each time. Its
// header is shared and must not be written to.
func (c *Client) request(method, prefix, id, after string) *http.Request {
	u := *c.endpoint
	u.Path = prefix + id + after
	if escaped := url.PathEscape(id); escaped != id {
		u.RawPath = prefix + escaped + after // a second lock behind CheckID
	}
	return &http.Request{
		Method:     method,
		URL:        &u,
		Host:       u.Host,
		Header:     c.header,
		Proto:      "HTTP/1.1",
		ProtoMajor: 1,
		ProtoMinor: 1,
	}
}
