package iam

import (
	"cmp"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"cleaner/internal/connpool"
)

// Server says where IAM is and how to reach it. Endpoint must be set; the zero value
// of the other fields stands for their defaults.
type Server struct {
	// Endpoint is scheme and host of IAM. It is https, but for loopback hosts.
	Endpoint string
	// CAFile is a PEM file of certificate authorities to trust beside the system's.
	// The default is none.
	CAFile string
	// Proxy finds the proxy for a request. The default is http.ProxyFromEnvironment.
	Proxy func(*http.Request) (*url.URL, error)
	// RequestTimeout bounds a whole exchange with IAM. The default is 30 s.
	RequestTimeout time.Duration
	// UserAgent names the program to IAM. The default is cleaner.
	UserAgent string
	// Transport takes the place of IAM's own, as in connpool.Options.
	Transport http.RoundTripper
}

// connect returns IAM's address and a pool of one connection to it.
func (s Server) connect() (*url.URL, *connpool.Pool, error) {
	endpoint, err := connpool.ParseEndpoint(s.Endpoint)
	if err != nil {
		return nil, nil, fmt.Errorf("IAM: %w", err)
	}
	pool, err := connpool.New(connpool.Options{
		Endpoint:  endpoint,
		Size:      1,
		MaxBody:   maxBody,
		Timeouts:  connpool.Timeouts{Request: s.RequestTimeout},
		CAFile:    s.CAFile,
		Proxy:     s.Proxy,
		Transport: s.Transport,
	})
	return endpoint, pool, err
}

func (s Server) userAgent() string { return cmp.Or(s.UserAgent, "cleaner") }
