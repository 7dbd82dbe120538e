package admin

import (
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"net"
	"net/http"
	"strings"

	"go.uber.org/zap"
)

// policyOfContent lets a page load only its own style, script and image, and send forms
// only here; no other page may frame it.
const policyOfContent = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; " +
	"form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

func withHeaders(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policyOfContent)
		h.Set("X-Content-Type-Options", "nosniff")
		// With no-referrer, browsers send a form of the page with a null Origin, which
		// over plain HTTP looks like that of another site.
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cache-Control", "no-store")
		next.ServeHTTP(w, r)
	})
}

// withHost refuses requests with another host's name where only this machine can
// connect. A browser sends them when a malicious page resolves its own name to this
// machine, to be treated as the same origin (DNS rebinding).
func (e *endpoint) withHost(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host := r.Host
		if h, _, err := net.SplitHostPort(host); err == nil {
			host = h
		}
		if e.local && !isLoopback(host) {
			writeJSON(w, http.StatusMisdirectedRequest, map[string]string{
				"error": "this server answers only to localhost and loopback addresses: use http://localhost/",
			})
			return
		}
		next.ServeHTTP(w, r)
	})
}

func (e *endpoint) refuseCrossOrigin(w http.ResponseWriter, r *http.Request) {
	e.answer(w, r, reply{code: http.StatusForbidden, text: "refused: the request comes from another site"})
}

// errNoToken and errWrongToken are why control over TCP is refused.
var (
	errNoToken    = errors.New("control over TCP is off: no token is configured; configure a token file, or use the unix socket")
	errWrongToken = errors.New("the control token is missing or wrong; send it as Authorization: Bearer TOKEN, or as the form field token")
)

// unreadable says that the token cannot be read. Its message does not have the cause,
// which names a path; the cause is for the log.
type unreadable struct{ cause error }

func (unreadable) Error() string {
	return "control over TCP is off: the token cannot be read; the log says why after a control request"
}

// guard decides which control requests are allowed.
type guard struct {
	configured func() (string, error) // see Options.Token
	trusted    bool                   // requests need no token
	log        *zap.Logger
}

// token returns the token of control requests. An error says why there is none, so that
// control is off.
func (g guard) token() (token string, err error) {
	token, err = g.configured()
	switch {
	case err != nil:
		return "", unreadable{err}
	case token == "":
		return "", errNoToken
	case len(token) < MinToken:
		return "", errors.New("control over TCP is off: the configured token is shorter than 16 characters")
	}
	return token, nil
}

// admit returns a nil error if a control request is allowed, otherwise the reason and the
// HTTP status of the refusal. The form of r has been read.
func (g guard) admit(r *http.Request) (int, error) {
	if g.trusted {
		return 0, nil
	}
	token, err := g.token()
	if err != nil {
		if u, ok := errors.AsType[unreadable](err); ok {
			g.log.Sugar().Errorf("control over TCP is off: read the token: %v", u.cause)
		}
		return http.StatusForbidden, err
	}
	if !same(token, presented(r)) {
		return http.StatusUnauthorized, errWrongToken
	}
	return 0, nil
}

// presented is the token in a request. The form field is for browsers, and for clients
// that send a user in Authorization. The address is not searched for a token, because
// addresses are logged.
func presented(r *http.Request) string {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		token = r.PostForm.Get("token")
	}
	return strings.TrimSpace(token)
}

// same compares in a time that does not depend on where, or in length, a and b differ.
func same(a, b string) bool {
	x, y := sha256.Sum256([]byte(a)), sha256.Sum256([]byte(b))
	return subtle.ConstantTimeCompare(x[:], y[:]) == 1
}
