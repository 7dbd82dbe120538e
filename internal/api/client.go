package api

import (
	"cmp"
	"errors"
	"net/http"
	"net/url"
	"sync/atomic"

	"cleaner/internal/answer"
	"cleaner/internal/connpool"
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
	// Endpoint is scheme and host of the service, see connpool.ParseEndpoint. It is
	// https, but for loopback hosts.
	Endpoint string
	// Credentials authorize each request.
	Credentials Credentials
	// Workers is how many connections there are at most, and so how many
	// requests are under way at once. The default is 16.
	Workers int
	// Timeouts bound each exchange; they do not count the wait for credentials.
	Timeouts connpool.Timeouts
	// CAFile is a PEM file of certificate authorities to trust beside the
	// system's. The default is none.
	CAFile string
	// Proxy finds the proxy for a request. The default is http.ProxyFromEnvironment.
	Proxy func(*http.Request) (*url.URL, error)
	// Language is the language asked of the service's messages. The default is
	// en-us.
	Language string
	// UserAgent names the program to the service. The default is cleaner.
	UserAgent string
	// ReadOnly lets the client send nothing but GET and HEAD: any other request
	// ends in ErrReadOnly before a byte of it has left. Logins are not the client's
	// but the credentials', and go on.
	ReadOnly bool
	// Transport takes the place of the client's own, as in connpool.Options. A test
	// may put the service itself here.
	Transport http.RoundTripper
}

// withDefaults returns o with every default in its place.
func (o Options) withDefaults() Options {
	o.Workers = cmp.Or(o.Workers, 16)
	o.Language = cmp.Or(o.Language, "en-us")
	o.UserAgent = cmp.Or(o.UserAgent, "cleaner")
	return o
}

// Client sends requests to CodeArts Check. Make one with New; it may be used by
// many goroutines at once.
type Client struct {
	endpoint    *url.URL
	header      http.Header // of every request; never changed
	credentials Credentials
	pool        *connpool.Pool
	shared      atomic.Pointer[sharedHeader]  // with the token of the last request
	rejected    atomic.Pointer[answer.Answer] // the last one that rejected a credential
}

// New returns a Client. It contacts nobody; an error is a mistake in o.
func New(o Options) (*Client, error) {
	o = o.withDefaults()
	endpoint, err := connpool.ParseEndpoint(o.Endpoint)
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
			headerAcceptEncoding: {"identity"},         // answers are a few bytes, and are judged as sent
			headerContentType:    {"application/json"}, // with a charset the gateway refuses it (APIGW.0106)
			headerLanguage:       {o.Language},
			headerUserAgent:      {o.UserAgent},
		},
	}
	pool := connpool.Options{
		Endpoint: endpoint, Size: o.Workers, MaxBody: maxBody,
		Timeouts: o.Timeouts, CAFile: o.CAFile, Transport: o.Transport, Proxy: o.Proxy,
	}
	if o.ReadOnly {
		pool.Wrap = func(rt http.RoundTripper) http.RoundTripper { return readOnly{rt} }
	}
	c.pool, err = connpool.New(pool)
	if err != nil {
		return nil, err
	}
	return c, nil
}

// CloseIdleConnections closes the connections that no request is using.
func (c *Client) CloseIdleConnections() { c.pool.CloseIdleConnections() }

// Resize changes how many connections are kept, and so how many there are while no
// more requests are made at once. More are made at once without waiting up to the
// largest number there has been, Options.Workers included.
func (c *Client) Resize(workers int) { c.pool.Resize(workers) }

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
