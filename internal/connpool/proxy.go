package connpool

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"

	"cleaner/internal/answer"
	"cleaner/internal/secret"
)

// proxyFor finds the proxy for an endpoint; nil for none.
func proxyFor(endpoint *url.URL, proxy func(*http.Request) (*url.URL, error)) (*url.URL, error) {
	via, err := proxy(&http.Request{URL: endpoint})
	if err != nil {
		// The cause would show the proxy's URL, and that may hold a password.
		return nil, errors.New("read proxy from environment: HTTPS_PROXY or HTTP_PROXY is no URL: correct it")
	}
	return via, nil
}

// proxySecrets lists what must not be shown of a proxy's URL: its password, and
// what both together are in the header that the proxy gets.
func proxySecrets(via *url.URL) []string {
	if via == nil || via.User == nil {
		return nil
	}
	password, _ := via.User.Password()
	if password == "" {
		return nil
	}
	return []string{via.User.Username() + ":" + password, password}
}

// checkProxyReply returns why there is no connection when a proxy refused to make it. A
// proxy that cannot reach the other end, or is too busy, may do so the next time;
// all other refusals stay what they are, and a login must not be repeated: a
// proxy's accounts are locked like others.
func checkProxyReply(_ context.Context, via *url.URL, asked *http.Request, said *http.Response) error {
	if said.StatusCode == http.StatusOK {
		return nil
	}
	fault := answer.FaultProxy
	switch code := said.StatusCode; {
	case code >= 500, code == http.StatusRequestTimeout, code == http.StatusTooManyRequests:
		fault = answer.FaultConnect
	}
	status := secret.OneLine(said.Status)
	return &UnsentError{fault, fmt.Errorf("the proxy %s answers CONNECT with %s: %s", via.Host, status, proxyHint(said.StatusCode, via, asked.Host))}
}

// proxyHint says what a person has to do when a proxy refused to connect to target.
func proxyHint(status int, via *url.URL, target string) string {
	login := status == http.StatusProxyAuthRequired || status == http.StatusUnauthorized
	switch {
	case login && via.User == nil:
		return "set its user and password in HTTPS_PROXY"
	case login:
		return "correct its user and password in HTTPS_PROXY"
	case status == http.StatusForbidden:
		return "have it allow connections to " + target
	case status >= 500:
		return "it does not reach " + target
	default:
		return "check the proxy in HTTPS_PROXY"
	}
}

// socksRefusal returns why a SOCKS proxy refused for good; nil when err is
// something else. net/http has no types for what such a proxy answers: a test
// compares these texts with an answer of each kind.
func socksRefusal(err error, via *url.URL) *UnsentError {
	op, ok := errors.AsType[*net.OpError](err)
	if !ok || op.Op != "socks connect" || via == nil {
		return nil
	}
	switch op.Err.Error() {
	case "no acceptable authentication methods", "invalid username/password", "username/password authentication failed",
		"unknown error connection not allowed by ruleset":
		return &UnsentError{answer.FaultProxy, fmt.Errorf("the proxy %s refuses to connect: check its user and password in HTTPS_PROXY, and whom it lets in: %w", via.Host, err)}
	default:
		return nil
	}
}

// CheckProxy says what is wrong with a proxy's address, as the environment variable
// HTTPS_PROXY holds it; nil when nothing is, or when it is empty. net/http takes one
// that is none for no proxy at all. The error does not repeat it: it may hold a
// password.
func CheckProxy(raw string) error {
	if raw == "" {
		return nil
	}
	if !strings.Contains(raw, "://") {
		raw = "http://" + raw // as net/http does
	}
	u, err := url.Parse(raw)
	switch {
	case err != nil || u.Hostname() == "":
		return errors.New("read proxy: it is no URL: write it as in http://user:password@host:3128, with %25 for a percent sign in the password")
	case u.Scheme != "http" && u.Scheme != "https" && u.Scheme != "socks5" && u.Scheme != "socks5h":
		return errors.New("read proxy: it begins with none of http://, https:// and socks5://")
	}
	return nil
}
