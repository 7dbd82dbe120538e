package remote

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"

	"cleaner/internal/secret"
)

// answer is an answer of the server. It must be ended.
type answer struct {
	*http.Response
	ctx context.Context // its end ends the answer; the cause says why
	end context.CancelCauseFunc
}

// close ends the answer.
func (a answer) close() {
	a.end(nil)
	_ = a.Body.Close() // it was only read
}

// ask sends a GET, with the credentials and these headers more. It reads no body.
func (l *List) ask(ctx context.Context, to *url.URL, header http.Header) (a answer, err error) {
	a.ctx, a.end = context.WithCancelCause(ctx)
	if a.Response, err = l.send(a.ctx, to, header); err != nil { //nolint:bodyclose // the caller closes the answer
		a.end(nil)
	}
	return a, err
}

// send sends a GET.
func (l *List) send(ctx context.Context, to *url.URL, header http.Header) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, to.String(), nil)
	if err != nil {
		return nil, refused("make a request: %w", unnamed(err))
	}
	if header != nil {
		req.Header = header
	}
	req.Header.Set("User-Agent", "cleaner")
	req.Header.Set("Accept-Encoding", "identity")
	if err := l.signIn(req); err != nil {
		return nil, err
	}
	resp, err := l.client.Do(req)
	if err == nil {
		return resp, nil
	}
	if fault, ok := errors.AsType[*Error](err); ok {
		return nil, fault
	}
	return nil, away("ask the server: %w", unnamed(err))
}

// signIn adds the credentials, as they are now.
func (l *List) signIn(req *http.Request) error {
	switch {
	case l.o.Token != nil:
		token, err := l.o.Token()
		if err != nil {
			return refused("%w", err)
		}
		req.Header.Set("Authorization", "Bearer "+token.Reveal())
	case l.o.Password != nil:
		password, err := l.o.Password()
		if err != nil {
			return refused("%w", err)
		}
		req.SetBasicAuth(l.o.User, password.Reveal())
	}
	return nil
}

// unnamed is err without the URL, whose query may hold a signature.
func unnamed(err error) error {
	if u, ok := errors.AsType[*url.Error](err); ok {
		return u.Err
	}
	return err
}

// mostRedirects is how many redirects are followed.
const mostRedirects = 5

// checkRedirect follows a redirect unless it leaves encryption. Credentials and the query go
// to no other server.
func checkRedirect(req *http.Request, via []*http.Request) error {
	first, to := via[0].URL, req.URL
	switch {
	case len(via) > mostRedirects:
		return refused("the server redirects more than %d times", mostRedirects)
	case to.User != nil:
		return refused("the server redirects to an address with a user: that is not followed")
	case to.Scheme != "https" && (to.Scheme != "http" || first.Scheme != "http" || !isLoopback(to.Hostname())):
		return refused("the server redirects to %s://%s, which is not encrypted: that is not followed", to.Scheme, to.Host)
	}
	req.Header.Del("Referer")
	if to.Scheme != first.Scheme || to.Host != first.Host {
		req.Header.Del("Authorization")
	}
	return nil
}

// isLoopback reports whether host is this machine.
func isLoopback(host string) bool {
	return host == "localhost" || net.ParseIP(host).IsLoopback()
}

// faultOf is what an answer without a list says; nil for one that may have it.
func (l *List) faultOf(resp *http.Response) error {
	status := secret.OneLine(resp.Status)
	switch code := resp.StatusCode; {
	case code == http.StatusOK, code == http.StatusPartialContent, code == http.StatusNotModified:
		return nil
	case code == http.StatusUnauthorized, code == http.StatusForbidden:
		hint := "the credentials of its entry in inputs.urls do not let it be read: correct them"
		if l.o.Token == nil && l.o.Password == nil {
			hint = "give token_file, or user and password_file, in an entry of inputs.urls"
		}
		return refused("the server answers %s: %s", status, hint)
	case code == http.StatusNotFound, code == http.StatusGone:
		return refused("the server answers %s: check the address, or put the list there", status)
	case code >= http.StatusInternalServerError, code == http.StatusRequestTimeout, code == http.StatusTooEarly, code == http.StatusTooManyRequests:
		return away("the server answers %s", status)
	}
	return refused("the server answers %s, which is no list", status)
}

// digest returns the digest that the list must have, and who says so; none when nobody does.
func (l *List) digest(ctx context.Context) (hex, from string, err error) {
	switch l.o.SHA256 {
	case NoDigest:
		return "", "", nil
	case "":
	default:
		return strings.ToLower(l.o.SHA256), "the configuration", nil
	}
	beside := *l.o.URL
	beside.Path += ".sha256"
	if beside.RawPath != "" {
		beside.RawPath += ".sha256"
	}
	hex, err = l.beside(ctx, &beside)
	if err != nil {
		err = fmt.Errorf("look for the digest %s: %w", Shown(&beside), err)
	}
	return hex, Shown(&beside), err
}

// beside fetches the digest at a URL; empty when there is none, or none for us.
func (l *List) beside(ctx context.Context, at *url.URL) (hex string, err error) {
	resp, err := l.ask(ctx, at, nil)
	if err != nil {
		return "", err
	}
	defer resp.close()
	switch resp.StatusCode {
	case http.StatusNotFound, http.StatusGone, http.StatusForbidden, http.StatusUnauthorized:
		return "", nil
	}
	if err := l.faultOf(resp.Response); err != nil {
		return "", err
	}
	text, err := (&body{list: l, answer: resp}).all(mostDigest)
	if err != nil {
		return "", err
	}
	if hex = digestIn(string(text), l.o.URL.Path); hex == "" {
		return "", refused("it is none for the list, as sha256sum writes it: correct or remove it, or set sha256 in an entry of inputs.urls (none looks for none)")
	}
	return hex, nil
}

// mostDigest is the most bytes of a file of digests.
const mostDigest = 64 << 10
