package api

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"time"
)

const (
	// tokensPath is where tokens are had (IAM API Reference, Obtaining a Token by
	// Password). The catalogue of services is left out of the answer.
	tokensPath = "/v3/auth/tokens?nocatalog=true"
	// maxIAMBody bounds IAM's answer, which lists the user's roles, in bytes.
	maxIAMBody = 1 << 20
	// assumedLife is taken for a token whose answer does not say how long it
	// lives; the documented life is 24 hours.
	assumedLife = time.Hour
)

// iam sends logins.
type iam struct {
	url       *url.URL
	wire      wire
	userAgent string
	domain    string
	user      string
	project   string
}

// login sends one login. A token comes with 201 in a header field; its body
// tells the times. The generation is left to the caller.
func (i *iam) login(ctx context.Context, password Secret) (*token, *Error) {
	secrets := []string{password.Reveal()}
	req, err := i.request(ctx, password)
	if err != nil {
		return nil, &Error{Op: opLogin, Fault: FaultLogin, Err: err}
	}
	since := time.Now()
	r, fault, err := i.wire.exchange(ctx, req)
	value := r.header.Get(headerSubjectToken)
	secrets = append(secrets, value)
	if fault == FaultNone && r.status == http.StatusCreated && value != "" && isToken(value) {
		if err := i.verify(r.body, secrets); err != nil {
			known := Answer{Status: r.status, RequestID: requestID(r.header, secrets)}
			return nil, &Error{Op: opLogin, Fault: FaultRefused, Answer: known, Err: err}
		}
		return &token{header: []string{value}, since: since, life: lifetime(r.body)}, nil
	}
	if fault != FaultNone {
		err = fmt.Errorf("%s: %w", fault, scrub(err, append(secrets, i.wire.hidden...)))
	}
	if r.status == 0 {
		return nil, &Error{Op: opLogin, Fault: FaultLogin, Err: err}
	}
	answer := r.answer(secrets)
	return nil, &Error{Op: opLogin, Fault: loginFault(answer), Answer: answer, Err: loginHint(answer, err)}
}

// loginFault says whether a login that brought no token may ever be repeated. A
// refusal is one by its status alone, even if its body was lost on the way: the
// password must not be sent again to find out why. A page is not IAM's:
// something between has refused, and may stop doing so.
func loginFault(a Answer) Fault {
	switch a.Status {
	case http.StatusBadRequest, http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound:
		if a.Body != BodyHTML {
			return FaultRefused
		}
	}
	return FaultLogin
}

// loginHint tells a person what to do, and what broke the answer off, if
// anything did.
func loginHint(a Answer, broken error) error {
	hint := errPassword
	if loginFault(a) != FaultRefused {
		hint = errNoToken
	}
	if broken != nil {
		return fmt.Errorf("%w: %w", hint, broken)
	}
	return hint
}

// request makes the request of a login. The documentation asks for this content
// type here, and for none other than application/json everywhere else.
func (i *iam) request(ctx context.Context, password Secret) (*http.Request, error) {
	body, err := json.Marshal(i.body(password))
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, i.url.String()+tokensPath, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set(headerContentType, "application/json;charset=utf8")
	req.Header.Set(headerUserAgent, i.userAgent)
	return req, nil
}

// object is a JSON object.
type object map[string]any

// body is what a login says: a user of an account, by password, for a project.
func (i *iam) body(password Secret) object {
	user := object{"name": i.user, "password": password.Reveal(), "domain": object{"name": i.domain}}
	return object{"auth": object{
		"identity": object{"methods": []string{"password"}, "password": object{"user": user}},
		"scope":    object{"project": object{"name": i.project}},
	}}
}

// lifetime returns how long the token lives by IAM's own clock, so that it does
// not matter what this machine's shows.
func lifetime(body []byte) time.Duration {
	var answer struct {
		Token struct {
			IssuedAt  time.Time `json:"issued_at"`
			ExpiresAt time.Time `json:"expires_at"`
		} `json:"token"`
	}
	if err := json.Unmarshal(body, &answer); err != nil || answer.Token.IssuedAt.IsZero() {
		return assumedLife
	}
	life := answer.Token.ExpiresAt.Sub(answer.Token.IssuedAt)
	if life <= 0 {
		return assumedLife
	}
	return min(life, maxWait)
}
