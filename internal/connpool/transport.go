package connpool

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"time"

	"cleaner/internal/regular"
)

const (
	// idleTimeout ends connections that have begun no request for so long: before
	// gateways do (60 s and more), so that a request is seldom sent into one that is
	// just being closed.
	idleTimeout = 30 * time.Second
	// maxAge ends connections that are older when they are to be used again. Each
	// new one looks the host's name up, and so an address that DNS no longer names
	// is left however busy the connections to it are.
	maxAge = 2 * time.Minute
	// maxHeader bounds the header of an answer, in bytes.
	maxHeader = 256 << 10
)

// newTransport returns a transport for one host, via a proxy unless that is nil.
// Certificates are verified, and no option turns that off; TLS is 1.2 or newer.
//
// It makes connections, and keeps none: that, the bound on them and the time limits
// of what is sent over them are the business of connPool. (MaxConnsPerHost must stay
// unset: net/http does not count what it makes for others, but what these close.)
//
// It speaks HTTP/1.1 only. HTTP/2 would carry all requests over one connection:
// when that breaks, the effect of every delete under way is unknown, where here
// it is that of one. And a bound on connections, which is what Options.Size promises the
// host, means something.
func newTransport(connectTimeout time.Duration, caFile string, via *url.URL) (*http.Transport, error) {
	roots, err := rootsWith(caFile)
	if err != nil {
		return nil, err
	}
	var protocols http.Protocols
	protocols.SetHTTP1(true)
	return &http.Transport{
		Proxy:                  http.ProxyURL(via),
		DialContext:            dialNoting(&net.Dialer{Timeout: connectTimeout}),
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: roots},
		TLSHandshakeTimeout:    connectTimeout,
		OnProxyConnectResponse: checkProxyReply,
		MaxResponseHeaderBytes: maxHeader,
		DisableCompression:     true, // see gunzip
		Protocols:              &protocols,
	}, nil
}

// TLS returns how this program speaks TLS: 1.2 or newer, verified, with the authorities of
// the PEM file beside the system's. Without a file there are the system's alone.
func TLS(caFile string) (*tls.Config, error) {
	roots, err := rootsWith(caFile)
	return &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: roots}, err
}

// rootsWith returns the system's certificate authorities and those of the PEM
// file. Without a file it returns nil, which stands for the system's.
func rootsWith(caFile string) (*x509.CertPool, error) {
	if caFile == "" {
		return nil, nil
	}
	if err := regular.Check(caFile); err != nil {
		return nil, fmt.Errorf("read CA file %s: %w", caFile, err)
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
