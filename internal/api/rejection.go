package api

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"cleaner/internal/answer"
	"cleaner/internal/httpanswer"
)

// rejecting are the codes by which the gateway, the service and IAM say that they
// do not accept a credential, whatever the status (API Reference, Error Codes).
var rejecting = []string{
	"APIGW.0301", "APIGW.0303", "APIGW.0305", "APIGW.0307",
	"APIG.0301", "APIG.0303", "APIG.0305", "APIG.0307",
	"CC.00000003", "CC.00050007",
}

// rejects reports whether the answer may say that the credential is not accepted,
// by its status or by one of its codes.
func rejects(a answer.Answer) bool {
	return a.Status == http.StatusUnauthorized || a.Status == http.StatusForbidden || hasRejectingCode(a)
}

func hasRejectingCode(a answer.Answer) bool {
	return slices.ContainsFunc(a.Codes, func(code string) bool {
		return slices.ContainsFunc(rejecting, func(known string) bool {
			rest, found := strings.CutPrefix(code, known)
			return found && (rest == "" || rest[0] == '.')
		})
	})
}

// proves reports whether the answer shows that the credential was accepted: the
// service itself speaks, and of something else. Pages, throttles and errors of what
// stands before the service show nothing.
func proves(a answer.Answer) bool {
	switch {
	case a.Status == http.StatusUnauthorized || hasRejectingCode(a):
		return false
	case a.Status >= 200 && a.Status < 300:
		return !slices.Contains([]answer.Body{answer.BodyHTML, answer.BodyText, answer.BodyTooBig, answer.BodyCompressed}, a.Body)
	default:
		return slices.ContainsFunc(a.Codes, func(code string) bool { return strings.HasPrefix(code, "CC.") })
	}
}

// learn has the credentials learn from an answer to a request with one of them, and
// returns it, with what may be the reason when it rejects that.
func (c *Client) learn(a answer.Answer, h http.Header) answer.Answer {
	switch {
	case proves(a):
		c.credentials.Accepted(a.Credential)
	case rejects(a):
		a = httpanswer.WithClock(a, h, time.Now())
	}
	if rejects(a) {
		c.rejected.Store(new(a)) // a copy, so that a itself stays off the heap
	}
	return a
}
