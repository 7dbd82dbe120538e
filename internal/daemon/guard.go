package daemon

import (
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"net"
	"net/http"
	"strings"
)

// policyOfContent lets a page load nothing but its own style and script, send
// forms nowhere else, and be framed by nobody.
const policyOfContent = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; " +
	"form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

func withHeaders(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policyOfContent)
		h.Set("X-Content-Type-Options", "nosniff")
		// With no-referrer a form of the page would be sent with a null Origin, which
		// over plain HTTP cannot be told from another site's.
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cache-Control", "no-store")
		next.ServeHTTP(w, r)
	})
}

// withHost refuses, on a way in that is of this machine, requests for another
// one's name. A browser sends such when a foreign page has pointed its own name
// at this machine, to be taken for the same origin.
func (a *admin) withHost(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host := r.Host
		if h, _, err := net.SplitHostPort(host); err == nil {
			host = h
		}
		if a.local && !isLoopback(host) {
			writeJSON(w, http.StatusMisdirectedRequest, map[string]string{
				"error": "this server answers to localhost and loopback addresses only; ask for http://localhost/",
			})
			return
		}
		next.ServeHTTP(w, r)
	})
}

func (a *admin) refuseCrossOrigin(w http.ResponseWriter, r *http.Request) {
	a.answer(w, r, reply{code: http.StatusForbidden, text: "refused: the request comes from another site"})
}

// errNoToken and errWrongToken are why control over TCP is refused.
var (
	errNoToken    = errors.New("control over TCP is off: no token is configured; configure a token file, or use the unix socket")
	errWrongToken = errors.New("the control token is missing or wrong; send it as Authorization: Bearer TOKEN, or as the form field token")
)

// unreadable is a token that cannot be read. It says no more than that: the path
// is for the log.
type unreadable struct{ cause error }

func (unreadable) Error() string {
	return "control over TCP is off: the token cannot be read; the log says why once control is tried"
}

// tokenFault is why no token can be asked for; nil when one can.
func (a *admin) tokenFault() (token string, err error) {
	token, err = a.o.Token()
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

// admit returns the HTTP status and the reason to refuse a control request, or a
// nil error. The form of r has been read.
func (a *admin) admit(r *http.Request) (int, error) {
	if a.trusted {
		return 0, nil
	}
	token, err := a.tokenFault()
	if err != nil {
		if u, ok := errors.AsType[unreadable](err); ok {
			a.o.Log.Sugar().Errorf("control over TCP is off: read the token: %v", u.cause)
		}
		return http.StatusForbidden, err
	}
	if !same(token, presented(r)) {
		return http.StatusUnauthorized, errWrongToken
	}
	return 0, nil
}

// presented is the token that a request carries. The form field is there for
// browsers, and for clients whose Authorization is a user's. It is never taken
// from the address, which ends up in logs.
func presented(r *http.Request) string {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		token = r.PostForm.Get("token")
	}
	return strings.TrimSpace(token)
}

// same compares in a time that tells nothing of where, or in length, they differ.
func same(a, b string) bool {
	x, y := sha256.Sum256([]byte(a)), sha256.Sum256([]byte(b))
	return subtle.ConstantTimeCompare(x[:], y[:]) == 1
}
