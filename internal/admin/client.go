package admin

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"strings"
	"syscall"
	"time"
)

// How long a client waits for an answer: to a control request, to a health check, whose
// caller has a bound of its own, and to a question for the status, which is shown
// without it.
const (
	controlPatience = 20 * time.Second // serve may have to wait for its ledger
	healthPatience  = 5 * time.Second
	statusPatience  = 2 * time.Second
)

// Client talks to the server of a running process: over its socket if there is one,
// else at its address, unless a web configuration there asks for more than it has.
type Client struct {
	Listeners
	// Token returns the control token, which is sent to an address alone. A nil Token
	// sends none.
	Token func() (string, error)
}

// NoAnswerError says that no serve has answered, or could be asked.
type NoAnswerError struct{ Err error }

// Error returns the reason.
func (e *NoAnswerError) Error() string { return e.Err.Error() }

// Nobody reports whether nobody listens there at all, for this ledger. Otherwise a serve may be there that
// could not be asked, or has not answered in time.
func (e *NoAnswerError) Nobody() bool {
	return errors.Is(e.Err, syscall.ECONNREFUSED) || errors.Is(e.Err, fs.ErrNotExist) || errors.Is(e.Err, errOtherLedger)
}

// Unwrap returns the reason.
func (e *NoAnswerError) Unwrap() error { return e.Err }

// Control makes a control request and returns the answer.
func (c Client) Control(ctx context.Context, path string, form url.Values) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, controlPatience)
	defer cancel()
	req, client, err := c.request(ctx, http.MethodPost, path, strings.NewReader(form.Encode()))
	if err != nil {
		return "", &NoAnswerError{err}
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if c.Socket == "" && c.Token != nil {
		token, err := c.Token()
		if err != nil {
			return "", &NoAnswerError{err}
		}
		req.Header.Set("Authorization", "Bearer "+token)
	}
	resp, err := client.Do(req)
	if err != nil {
		return "", &NoAnswerError{fmt.Errorf("tell the running serve: %w; is it running with this configuration?", err)}
	}
	defer func() { _ = resp.Body.Close() }() // what matters has been read
	body, err := io.ReadAll(io.LimitReader(resp.Body, 64<<10))
	text := string(bytes.TrimSpace(body))
	if resp.StatusCode == http.StatusPreconditionFailed {
		return "", &NoAnswerError{errOtherLedger}
	}
	if err == nil && resp.StatusCode/100 != 2 {
		err = fmt.Errorf("the running serve refused: HTTP %d: %s", resp.StatusCode, refusal(text))
	}
	return text, err
}

// refusal is the reason in the answer to a request that was refused; the answer itself when it
// is no object with one.
func refusal(text string) string {
	var said struct{ Error string }
	if json.Unmarshal([]byte(text), &said) != nil || said.Error == "" {
		return text
	}
	return said.Error
}

// Healthy asks whether the process lives, or whether it is ready to work. It returns
// nil for yes; the error has the reasons of a no.
func (c Client) Healthy(ctx context.Context, ready bool) error {
	ctx, cancel := context.WithTimeout(ctx, healthPatience)
	defer cancel()
	path := "/healthz"
	if ready {
		path = "/readyz"
	}
	resp, err := c.get(ctx, path)
	if err != nil {
		return fmt.Errorf("ask the running serve: %w", err)
	}
	defer func() { _ = resp.Body.Close() }() // what matters has been read
	if resp.StatusCode == http.StatusOK {
		return nil
	}
	var no struct{ Reasons []string }
	if err := json.NewDecoder(io.LimitReader(resp.Body, 64<<10)).Decode(&no); err != nil || len(no.Reasons) == 0 {
		return fmt.Errorf("the running serve answers HTTP %d", resp.StatusCode)
	}
	return errors.New(strings.Join(no.Reasons, "; "))
}

// Status returns what the server shows. An error says why nobody has answered.
func (c Client) Status(ctx context.Context) (*Status, error) {
	ctx, cancel := context.WithTimeout(ctx, statusPatience)
	defer cancel()
	resp, err := c.get(ctx, "/status")
	if errno, ok := errors.AsType[syscall.Errno](err); ok {
		return nil, errno // the rest is known: where
	}
	if err != nil {
		return nil, err
	}
	defer func() { _ = resp.Body.Close() }() // what matters has been read
	switch resp.StatusCode {
	case http.StatusOK:
	case http.StatusPreconditionFailed:
		return nil, errOtherLedger
	default:
		return nil, fmt.Errorf("HTTP %d", resp.StatusCode)
	}
	var said Status
	if err := json.NewDecoder(io.LimitReader(resp.Body, 16<<20)).Decode(&said); err != nil {
		return nil, fmt.Errorf("read its status: %w", err)
	}
	return &said, nil
}

// get has the server answer a GET. The caller closes the answer's body.
func (c Client) get(ctx context.Context, path string) (*http.Response, error) {
	req, client, err := c.request(ctx, http.MethodGet, path, nil)
	if err != nil {
		return nil, err
	}
	return client.Do(req)
}

// request makes a request, and returns it with the client that sends it.
func (c Client) request(ctx context.Context, method, path string, body io.Reader) (*http.Request, *http.Client, error) {
	client, base := http.DefaultClient, "http://"+c.Effective().Address
	switch {
	case c.Socket != "":
		client, base = &http.Client{Transport: OverSocket(c.Socket)}, "http://localhost"
	case c.WebConfigFile != "":
		return nil, nil, errors.New("listen.address has a web configuration of its own: set listen.socket, and come over that")
	}
	req, err := http.NewRequestWithContext(ctx, method, base+path, body)
	if meant := ledgerAt(c.Ledger); err == nil && meant != "" {
		req.Header.Set(ledgerHeader, meant)
	}
	return req, client, err
}

// OverSocket sends every request over the unix socket at path.
func OverSocket(path string) *http.Transport {
	return &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "unix", path)
		},
	}
}
