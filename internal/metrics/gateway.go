package metrics

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
)

// errAddress says nothing of the address, which may hold a password.
var errAddress = errors.New("the address is not one of the form http://host:9091: mend it (it is not shown, as it may hold a password)")

// gateway sends requests to one Pushgateway. Its errors are refusals, which show
// nothing of the address.
type gateway struct {
	url    string // without user, query and fragment
	user   *url.Userinfo
	client http.Client
}

// CheckGateway returns what is wrong with the address of a Pushgateway. It contacts
// nobody, and its error does not show the address.
func CheckGateway(address string) error {
	_, err := newGateway(address, nil)
	return err
}

// newGateway takes address apart.
func newGateway(address string, transport http.RoundTripper) (*gateway, error) {
	if !strings.Contains(address, "://") {
		if _, _, err := net.SplitHostPort(address); err != nil {
			return nil, errAddress // a word alone is hardly an address
		}
		address = "http://" + address
	}
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || u.RawQuery != "" || u.Fragment != "" {
		return nil, errAddress
	}
	g := &gateway{user: u.User, client: http.Client{
		Transport:     transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
	u.User = nil
	g.url = u.String()
	return g, nil
}

// refusal is a request that brought nothing. passing says that another may.
type refusal struct {
	text    string
	passing bool
}

func (r *refusal) Error() string { return r.text }

// Do sends r. The client's own error would show the whole address, and the
// answer's body might repeat what was sent: neither is passed on.
func (g *gateway) Do(r *http.Request) (*http.Response, error) {
	resp, err := g.client.Do(r)
	if err != nil {
		return nil, &refusal{text: failure(err), passing: true}
	}
	if resp.StatusCode/100 == 2 {
		return resp, nil
	}
	_ = resp.Body.Close()
	return nil, &refusal{
		text:    fmt.Sprintf("it answered %d (%s): its log says why", resp.StatusCode, http.StatusText(resp.StatusCode)),
		passing: resp.StatusCode >= 500 || resp.StatusCode == http.StatusTooManyRequests,
	}
}

// failure says what err, of a client, was, without any word of the address.
func failure(err error) string {
	_, unknownHost := errors.AsType[*net.DNSError](err)
	_, untrusted := errors.AsType[*tls.CertificateVerificationError](err)
	timed, _ := errors.AsType[net.Error](err)
	op, broken := errors.AsType[*net.OpError](err)
	switch {
	case errors.Is(err, context.Canceled):
		return "stopped before it answered"
	case timed != nil && timed.Timeout():
		return "it did not answer in time"
	case unknownHost:
		return "its host's name does not resolve"
	case untrusted:
		return "its certificate is not trusted"
	case broken:
		return fmt.Sprintf("no connection: %v", op.Err)
	default:
		return "the connection failed"
	}
}
