package iam

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"time"

	"cleaner/internal/answer"
	"cleaner/internal/connpool"
	"cleaner/internal/httpanswer"
	"cleaner/internal/secret"
)

const (
	// tokensPath is where tokens are had (IAM API Reference, Obtaining a Token by
	// Password). The catalogue of services is left out of the answer.
	tokensPath = "/v3/auth/tokens?nocatalog=true"
	// maxBody bounds IAM's answer, which lists the user's roles, in bytes.
	maxBody = 1 << 20
	// assumedLife is taken for a token whose answer does not say how long it
	// lives; the documented life is 24 hours.
	assumedLife = time.Hour
	// longestLife caps the life of a token. It is far beyond any use; it only keeps
	// arithmetic on durations from overflowing.
	longestLife = 365 * 24 * time.Hour
)

// loginClient sends logins.
type loginClient struct {
	op        string // the operation that errors name, and IAM's host
	url       *url.URL
	pool      *connpool.Pool
	userAgent string
	domain    string
	user      string
	project   string
	projectID string
	warner    warner
}

// login is what a login with this password is.
func (c *loginClient) login(password secret.Secret) Login {
	project := c.project
	if c.projectID != "" {
		project = "id:" + c.projectID // no name of a project has a colon
	}
	return Login{Secret: password, User: c.user, Domain: c.domain, Endpoint: c.url.String(), Project: project}
}

// logIn sends one login. A token comes with 201 in a header field; its body
// tells the times. The generation is left to the caller.
func (c *loginClient) logIn(ctx context.Context, password secret.Secret) (*token, *answer.Error) {
	secrets := append([]string{password.Reveal()}, c.pool.Secrets()...)
	req, err := c.request(ctx, password)
	if err != nil {
		return nil, &answer.Error{Op: c.op, Fault: answer.FaultLogin, Err: err}
	}
	since := time.Now()
	r, fault, err := c.pool.Exchange(ctx, req)
	value := r.Header.Get(headerSubjectToken)
	secrets = append(secrets, value)
	if fault == answer.FaultNone && r.Status == http.StatusCreated && value != "" && secret.FitsHeader(value) {
		if err := c.verify(r.Body, secrets); err != nil {
			known := answer.Answer{Status: r.Status, RequestID: httpanswer.RequestID(r.Header, secrets)}
			return nil, &answer.Error{Op: c.op, Fault: answer.FaultRefused, Answer: known, Err: err}
		}
		return &token{header: []string{value}, since: since, life: lifetime(r.Body)}, nil
	}
	if err != nil {
		err = secret.Scrub(err, secrets)
	}
	return nil, iamError(c.op, r, fault, err, secrets)
}

// request makes the request of a login. The documentation asks for this content
// type here, and for none other than application/json everywhere else.
func (c *loginClient) request(ctx context.Context, password secret.Secret) (*http.Request, error) {
	body, err := json.Marshal(c.body(password))
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.url.String()+tokensPath, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set(headerContentType, "application/json;charset=utf8")
	req.Header.Set(headerAcceptEncoding, "identity")
	req.Header.Set(headerUserAgent, c.userAgent)
	return req, nil
}

// object is a JSON object.
type object map[string]any

// body is what a login says: a user of an account, by password, for a project.
func (c *loginClient) body(password secret.Secret) object {
	user := object{"name": c.user, "password": password.Reveal(), "domain": object{"name": c.domain}}
	return object{"auth": object{
		"identity": object{"methods": []string{"password"}, "password": object{"user": user}},
		"scope":    object{"project": c.scope()},
	}}
}

// scope names the project: by its ID, or by its name and that of its account, for
// a name alone says nothing to IAM.
func (c *loginClient) scope() object {
	if c.projectID != "" {
		return object{"id": c.projectID}
	}
	return object{"name": c.project, "domain": object{"name": c.domain}}
}

// lifetime returns how long the token lives by IAM's own clock, so that it does
// not matter what this machine's shows.
func lifetime(body []byte) time.Duration {
	var read struct {
		Token struct {
			IssuedAt  time.Time `json:"issued_at"`
			ExpiresAt time.Time `json:"expires_at"`
		} `json:"token"`
	}
	if err := json.Unmarshal(bare(body), &read); err != nil || read.Token.IssuedAt.IsZero() {
		return assumedLife
	}
	life := read.Token.ExpiresAt.Sub(read.Token.IssuedAt)
	if life <= 0 {
		return assumedLife
	}
	return min(life, longestLife)
}
