// Package remote fetches lists of task IDs over HTTPS. It promises that a list is whole, or
// that there is none: one that is cut off, that changes while it is read, that is too large
// or has another digest is refused. It sends credentials to the server of the list alone, and
// takes no longer than its limits say.
package remote

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"sync"
	"time"

	"cleaner/internal/secret"
	"cleaner/internal/source"
)

// Options say where a list is and what it must be. URL is required.
type Options struct {
	// URL is where the list is: https, or http of this machine.
	URL *url.URL
	// SHA256 is the digest that the list must have, in hexadecimal digits. Empty is that
	// in the file beside it, whose URL ends in .sha256, if there is one; NoDigest is none.
	SHA256 string
	// TLS is how TLS is spoken; nil is Go's way.
	TLS *tls.Config
	// Token is a bearer token, User and Password a login; nil and empty send none.
	Token    secret.Source
	User     string
	Password secret.Source
	// Folder is where the list is kept, in a file without a name. Empty, and while it is not
	// there, it is the usual one for temporary files.
	Folder string
	// Limits bound a fetch; a zero field is the usual bound.
	Limits Limits
}

// NoDigest is the SHA256 of a list that is not compared with any digest.
const NoDigest = "none"

// Limits bound a fetch.
type Limits struct {
	// Size is the most bytes of a list.
	Size int64
	// Quiet is how long the server may send nothing, and Whole how long all may take.
	Quiet, Whole time.Duration
}

// The usual limits.
const (
	usualSize  = 64 << 20
	usualQuiet = 30 * time.Second
	usualWhole = time.Minute // less than a pass may stand still before it counts as stuck
	dialing    = 10 * time.Second
	maxHeader  = 256 << 10
)

// Error says why there is no list.
type Error struct {
	// Err is what happened.
	Err error
	// Later says that it may be otherwise another time: the server is away or busy, or
	// the list was being changed. Otherwise somebody has to mend it.
	Later bool
}

// Error says what happened.
func (e *Error) Error() string { return e.Err.Error() }

// Unwrap returns what happened.
func (e *Error) Unwrap() error { return e.Err }

// Temporary reports whether it may succeed when it is tried again.
func (e *Error) Temporary() bool { return e.Later }

// refused is an Error that somebody has to mend.
func refused(format string, a ...any) error { return &Error{Err: fmt.Errorf(format, a...)} }

// away is an Error that may be otherwise another time.
func away(format string, a ...any) error { return &Error{Err: fmt.Errorf(format, a...), Later: true} }

// List is one list at a server. What was fetched last is kept, so that a list that has not
// changed is not sent again. New makes one.
type List struct {
	o      Options
	client *http.Client

	mu   sync.Mutex // one fetch at a time; guards last
	last copied     // what was fetched last
}

// New returns a list that was not fetched yet.
func New(o Options) *List {
	if o.Limits.Size == 0 {
		o.Limits.Size = usualSize
	}
	if o.Limits.Quiet == 0 {
		o.Limits.Quiet = usualQuiet
	}
	if o.Limits.Whole == 0 {
		o.Limits.Whole = usualWhole
	}
	transport := &http.Transport{
		Proxy: proxy, DialContext: (&net.Dialer{Timeout: dialing}).DialContext, TLSClientConfig: o.TLS, TLSHandshakeTimeout: dialing,
		ResponseHeaderTimeout: o.Limits.Quiet, MaxResponseHeaderBytes: maxHeader,
		DisableCompression: true, DisableKeepAlives: true,
	}
	return &List{o: o, client: &http.Client{Transport: transport, CheckRedirect: checkRedirect}}
}

// proxy is the proxy of the environment. Its own error would show the proxy's URL, which may
// hold a password.
func proxy(r *http.Request) (*url.URL, error) {
	via, err := http.ProxyFromEnvironment(r)
	if err != nil {
		return nil, errors.New("HTTPS_PROXY or HTTP_PROXY is no URL: correct it")
	}
	return via, nil
}

// Shown is how a URL is shown to people: without its query, which may hold a signature.
func Shown(u *url.URL) string {
	plain := url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path, RawPath: u.RawPath}
	return plain.String()
}

// Fetch returns the list as the server has it now. It is valid until the next Fetch, or until
// Close. Every error but that of ctx is an *Error, and then nothing of the list is believed.
func (l *List) Fetch(ctx context.Context) (*source.Kept, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	within, cancel := context.WithTimeoutCause(ctx, l.o.Limits.Whole, away("it takes longer than %v", l.o.Limits.Whole))
	defer cancel()
	kept, err := l.fetch(within)
	switch {
	case err == nil:
		return kept, nil
	case ctx.Err() != nil:
		return nil, context.Cause(ctx)
	case within.Err() != nil:
		err = context.Cause(within)
	}
	return nil, fmt.Errorf("fetch %s: %w", Shown(l.o.URL), err)
}

// fetch fetches the digest, then the list, and compares them.
func (l *List) fetch(ctx context.Context) (*source.Kept, error) {
	digest, from, err := l.digest(ctx)
	if err != nil {
		return nil, err
	}
	got, err := l.get(ctx, digest != "")
	if err != nil {
		return nil, err
	}
	if is := got.kept.Digest(); digest != "" && is != digest {
		l.forget()
		return nil, refused("its SHA-256 is %s, and %s says %s: nothing of it is believed; put list and digest in place together", is, from, digest)
	}
	return got.kept, nil
}

// Close lets go of what is kept.
func (l *List) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	err := l.last.kept.Close()
	l.last = copied{}
	return err
}

// forget lets go of what was fetched last, so that the next fetch is whole.
func (l *List) forget() {
	_ = l.last.kept.Close() // it has no name, and was only read
	l.last = copied{}
}
