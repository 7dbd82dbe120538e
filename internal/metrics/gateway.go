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

// errAddress does not show the address, which may contain a password.
var errAddress = errors.New("the address does not have the form http://host:9091: correct it (it is not shown, as it may contain a password)")

// gateway sends requests to one Pushgateway. Its errors are refusals, which do not show
// the address.
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

// newGateway parses address.
func newGateway(address string, transport http.RoundTripper) (*gateway, error) {
	if !strings.Contains(address, "://") {
		if _, _, err := net.SplitHostPort(address); err != nil {
			return nil, errAddress // a single word is unlikely to be an address
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

// refusal is the error of a request that failed. temporary says that another request
// may succeed.
type refusal struct {
	text      string
	temporary bool
}

func (r *refusal) Error() string { return r.text }

// Do sends r. It returns neither the client's own error, which shows the whole address,
// nor the answer's body, which may repeat what was sent.
func (g *gateway) Do(r *http.Request) (*http.Response, error) {
	resp, err := g.client.Do(r)
	if err != nil {
		return nil, &refusal{text: failure(err), temporary: true}
	}
	if resp.StatusCode/100 == 2 {
		return resp, nil
	}
	_ = resp.Body.Close()
	return nil, &refusal{
		text:      fmt.Sprintf("it answered %d (%s): its log says why", resp.StatusCode, http.StatusText(resp.StatusCode)),
		temporary: resp.StatusCode >= 500 || resp.StatusCode == http.StatusTooManyRequests,
	}
}

// failure describes an error of the client without the address.
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
