package policy

import (
	"fmt"
	"slices"
	"strings"

	"cleaner/internal/answer"
)

// Signature is the form of an answer, which answers with the same meaning share. The zero
// value is the form of no answer, and matches none.
type Signature struct {
	// Status is the HTTP status.
	Status int `json:"status"`
	// Codes are all error codes of the answer, the outermost first: a code that
	// wraps others counts together with those inside it.
	Codes []string `json:"codes,omitempty"`
	// Body is the kind of body.
	Body answer.Body `json:"body"`
}

// SignatureOf returns the form of a; zero when no whole answer arrived.
func SignatureOf(a answer.Answer) Signature {
	if a.Fault != answer.FaultNone {
		return Signature{}
	}
	return Signature{Status: a.Status, Codes: a.Codes, Body: a.Body}
}

// IsZero reports whether s is the form of no answer.
func (s Signature) IsZero() bool { return s.Status == 0 }

// Equal reports whether both are the same form.
func (s Signature) Equal(o Signature) bool {
	return s.Status == o.Status && s.Body == o.Body && slices.Equal(s.Codes, o.Codes)
}

// Matches reports whether a has the form s.
func (s Signature) Matches(a answer.Answer) bool { return !s.IsZero() && s.Equal(SignatureOf(a)) }

// String writes the form for people: "404 CC.00059999", "200 null".
func (s Signature) String() string {
	switch {
	case s.IsZero():
		return "none"
	case len(s.Codes) > 0:
		return fmt.Sprintf("%d %s", s.Status, strings.Join(s.Codes, " with "))
	default:
		return fmt.Sprintf("%d %s", s.Status, s.Body)
	}
}

// Teaches reports whether a may be how an endpoint answers for a task that is not there.
// A throttle, a server error, a missing answer and the codes for a busy network may answer
// any request, and teach nothing.
func Teaches(rl Ruling, a answer.Answer) bool {
	busy := slices.ContainsFunc(a.Codes, func(c string) bool {
		return codeMatches("CC.00000000", c) || codeMatches("CC.00050012", c)
	})
	return a.Fault == answer.FaultNone && !rl.Slow && !busy && a.Status >= 200 && a.Status < 500 && !AsksProxyLogin(a)
}

// AsksProxyLogin reports whether a proxy on the way asks for a login (RFC 9110, section
// 15.5.8).
func AsksProxyLogin(a answer.Answer) bool { return a.Fault == answer.FaultNone && a.Status == 407 }
