package admin

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"
)

// Sender sends lists to a serve at a URL: http://HOST:PORT of this machine, https, or
// unix:/PATH of a socket.
type Sender struct {
	URL string
	// Token returns the control token; nil has none. A socket needs none.
	Token func() (string, error)
}

// How often a list is sent when nobody has answered or serve was busy, and how long
// between the first two tries; it doubles.
const (
	mostSends = 5
	firstWait = time.Second
)

// Send sends a list; open begins its body of that size anew. It sends again where that may
// help, and with the list's key nothing is loaded twice. It fails with a *ListError where
// it would not help.
func (s Sender) Send(ctx context.Context, l List, size int64, open func() io.Reader) (got Receipt, err error) {
	to, err := s.route()
	if err != nil {
		return got, &ListError{err}
	}
	for n, wait := 1, firstWait; ; n, wait = n+1, 2*wait {
		l.Body = open()
		again := false
		if got, again, err = to.send(ctx, l, size); !again || n == mostSends {
			return got, err
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return got, context.Cause(ctx)
		}
	}
}

// route is where lists go, and how.
type route struct {
	url    url.URL
	client *http.Client
	token  func() (string, error) // nil where none is needed
}

// errNoServe refuses an address that cannot be that of a serve.
var errNoServe = errors.New("the address of serve must be https://HOST:PORT, http://127.0.0.1:PORT of this machine, or unix:/PATH of its listen.socket; " +
	"leave --to out to load into the ledger of the configuration; a broker's messages are received by serve itself (intake)")

// route reads the address of serve.
func (s Sender) route() (to route, err error) {
	u, err := url.Parse(s.URL)
	if err != nil {
		return to, errNoServe // it is not repeated: there may be a password in it
	}
	to.client = &http.Client{
		Transport:     &http.Transport{DisableKeepAlives: true, Proxy: http.ProxyFromEnvironment, ResponseHeaderTimeout: listComes + listLoads},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }, // the token goes nowhere else
	}
	switch plain := u.User == nil && u.RawQuery == "" && (u.Path == "" || u.Path == "/" || u.Path == "/ids"); {
	case u.Scheme == "unix" && u.Path != "":
		to.url, to.client.Transport = url.URL{Scheme: "http", Host: "localhost"}, OverSocket(u.Path)
	case plain && u.Host != "" && (u.Scheme == "https" || u.Scheme == "http" && isLoopback(u.Hostname())):
		to.url, to.token = url.URL{Scheme: u.Scheme, Host: u.Host}, s.Token
		if to.token == nil {
			return to, errors.New("there is no token to send: set listen.token_file, or come over a socket")
		}
	case plain && u.Scheme == "http":
		return to, fmt.Errorf("the token would go unencrypted to %s: use https, or come over a socket", u.Host)
	default:
		return to, errNoServe
	}
	to.url.Path = "/ids"
	return to, nil
}

// request is one that sends a list.
func (to route) request(ctx context.Context, l List, size int64) (*http.Request, error) {
	to.url.RawQuery = url.Values{"name": {l.Name}, "column": {l.Column}}.Encode()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, to.url.String(), io.NopCloser(l.Body))
	if err != nil {
		return nil, err
	}
	if req.ContentLength = size; size == 0 {
		req.Body = http.NoBody
	}
	req.Header.Set("Content-Type", "application/octet-stream")
	req.Header.Set("Idempotency-Key", l.Key)
	if to.token == nil {
		return req, nil
	}
	token, err := to.token()
	req.Header.Set("Authorization", "Bearer "+token)
	return req, err
}

// send sends a list once, and reports whether it may help to send it again.
func (to route) send(ctx context.Context, l List, size int64) (got Receipt, again bool, err error) {
	req, err := to.request(ctx, l, size)
	if err != nil {
		return got, false, err
	}
	resp, err := to.client.Do(req)
	if op, ok := errors.AsType[*net.OpError](err); ok && op.Op == "dial" {
		return got, ctx.Err() == nil, fmt.Errorf("send %s: nothing was loaded: %w; is a serve running there?", l.Name, err)
	}
	if err != nil {
		return got, ctx.Err() == nil, fmt.Errorf("send %s: no answer, so whether it was loaded is not known: %w; what was counts as duplicates when you send it again", l.Name, err)
	}
	defer func() { _ = resp.Body.Close() }() // what matters has been read
	text, err := io.ReadAll(io.LimitReader(resp.Body, 64<<10))
	switch {
	case err != nil:
		return got, true, fmt.Errorf("send %s: read the answer: %w", l.Name, err)
	case resp.StatusCode != http.StatusOK:
		err = fmt.Errorf("serve did not take %s: HTTP %d: %s", l.Name, resp.StatusCode, bytes.TrimSpace(text))
		if resp.StatusCode < http.StatusInternalServerError {
			err = &ListError{err}
		}
		return got, resp.StatusCode == http.StatusServiceUnavailable, err
	}
	if err := json.Unmarshal(text, &got); err != nil || got.Batch == "" {
		return got, false, fmt.Errorf("send %s: the answer is none of serve: %.200q", l.Name, text)
	}
	return got, false, nil
}
