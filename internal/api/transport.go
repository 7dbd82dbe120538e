package api

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"time"
)

const (
	// idleTimeout ends connections that have begun no request for so long: before
	// gateways do (60 s and more), so that a request is seldom sent into one that is
	// just being closed.
	idleTimeout = 30 * time.Second
	// maxHeader bounds the header of an answer, in bytes.
	maxHeader = 256 << 10
)

// network is how connections are made; Options and PasswordOptions say the same
// to their users.
type network struct {
	connections    int
	connectTimeout time.Duration
	caFile         string
	limits         limits
}

// newTransport returns a transport for one host, via a proxy unless that is nil.
// Certificates are verified, and no option turns that off; TLS is 1.2 or newer.
//
// It makes connections, and keeps none: that, the bound on them and the time limits
// of what is sent over them are the business of lines. (MaxConnsPerHost must stay
// unset: net/http does not count what it makes for others, but what these close.)
//
// It speaks HTTP/1.1 only. HTTP/2 would carry all requests over one connection:
// when that breaks, the effect of every delete under way is unknown, where here
// it is that of one. And a bound on connections, which is what Workers promises
// the service, means something.
func newTransport(n network, via *url.URL) (*http.Transport, error) {
	roots, err := rootsWith(n.caFile)
	if err != nil {
		return nil, err
	}
	var protocols http.Protocols
	protocols.SetHTTP1(true)
	return &http.Transport{
		Proxy:                  http.ProxyURL(via),
		DialContext:            dialNoting(&net.Dialer{Timeout: n.connectTimeout}),
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: roots},
		TLSHandshakeTimeout:    n.connectTimeout,
		MaxResponseHeaderBytes: maxHeader,
		DisableCompression:     true, // answers are a few bytes, and are judged as sent
		Protocols:              &protocols,
	}, nil
}

// proxyFunc finds the proxy for a request, as http.ProxyFromEnvironment does.
type proxyFunc func(*http.Request) (*url.URL, error)

// proxyFor finds the proxy for an endpoint; nil for none.
func proxyFor(endpoint *url.URL, proxy proxyFunc) (*url.URL, error) {
	via, err := proxy(&http.Request{URL: endpoint})
	if err != nil {
		// The cause would show the proxy's URL, and that may hold a password.
		return nil, errors.New("read proxy from environment: HTTPS_PROXY or HTTP_PROXY is no URL: correct it")
	}
	return via, nil
}

// proxySecrets lists what must not be told of a proxy's URL: its password, and
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

// rootsWith returns the system's certificate authorities and those of the PEM
// file. Without a file it returns nil, which stands for the system's.
func rootsWith(caFile string) (*x509.CertPool, error) {
	if caFile == "" {
		return nil, nil
	}
	pem, err := os.ReadFile(caFile)
	if err != nil {
		return nil, fmt.Errorf("read CA file: %w", err)
	}
	roots, err := x509.SystemCertPool()
	if err != nil {
		return nil, fmt.Errorf("read the system's certificate authorities: %w", err)
	}
	if !roots.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("read CA file %s: it holds no certificate in PEM form", caFile)
	}
	return roots, nil
}
