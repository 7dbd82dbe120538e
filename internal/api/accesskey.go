package api

import (
	"context"
	"errors"
	"io"
	"net/http"
	"time"
)

// AccessKeyOptions say which access key signs the requests. ID and Secret must
// be set.
type AccessKeyOptions struct {
	// ID is the access key (AK).
	ID string
	// Secret is where the secret key (SK) is kept.
	Secret Source
	// SecurityToken is where the token is kept that goes with temporary keys; nil
	// for permanent ones.
	SecurityToken Source
	// ProjectID is the IAM project's ID in the region, which is not the ID of a
	// CodeArts project. Empty leaves it to the service.
	ProjectID string
}

// AccessKey signs each request instead of carrying a token (SDK-HMAC-SHA256, API
// Request Signing Guide). Make one with NewAccessKey.
type AccessKey struct {
	id, projectID string
	secret        *watched
	securityToken *watched // nil for permanent keys
	signed        []string
	renewal       renewal
}

// NewAccessKey returns credentials by access key. The secrets are read at once,
// and then again whenever they may have changed, at most once a second.
func NewAccessKey(o AccessKeyOptions) (*AccessKey, error) {
	if o.ID == "" || !isToken(o.ID) || o.Secret == nil {
		return nil, errors.New("make access key: its ID or its secret key is missing or not one word")
	}
	if !isToken(o.ProjectID) {
		return nil, errors.New("make access key: the project ID holds white space")
	}
	a := &AccessKey{id: o.ID, projectID: o.ProjectID, signed: []string{"host"}, renewal: renewal{
		op:   "renew access key",
		hint: "the key has not changed: check the access key, the project ID and this machine's clock",
	}}
	var err error
	if a.secret, err = newWatched(headerSecret(o.Secret)); err != nil {
		return nil, err
	}
	if o.ProjectID != "" {
		a.signed = append(a.signed, "x-project-id")
	}
	a.signed = append(a.signed, "x-sdk-date")
	if o.SecurityToken != nil {
		a.signed = append(a.signed, "x-security-token")
		if a.securityToken, err = newWatched(headerSecret(o.SecurityToken)); err != nil {
			return nil, err
		}
	}
	return a, nil
}

// Authorize signs req as it is; nothing that is signed may change afterwards,
// and a request that is sent later is signed anew, for the signature holds for
// 15 minutes. The generation counts the contents that the files have had.
func (a *AccessKey) Authorize(_ context.Context, req *http.Request) (uint64, error) {
	hash, err := bodyHash(req)
	if err != nil {
		return 0, &Error{Op: "sign request", Fault: FaultLogin, Err: err}
	}
	key, generation := a.secret.get()
	if a.securityToken != nil {
		token, g := a.securityToken.get()
		req.Header.Set(headerSecurityToken, token.Reveal())
		generation += g
	}
	if a.projectID != "" {
		req.Header.Set(headerProjectID, a.projectID)
	}
	sign(req, a.id, key, a.signed, hash, time.Now())
	return generation, nil
}

// Renew reads the files again. While one cannot be read Renew returns FaultLogin;
// while neither has changed, FaultLogin for the first ten seconds and FaultRefused
// from then on, see renewal: the gateway does not know the key, or the clock is
// off by more than 15 minutes. Meanwhile requests are signed with the old key.
func (a *AccessKey) Renew(_ context.Context, generation uint64) error {
	_, now, err := a.secret.again()
	if a.securityToken != nil {
		_, g, tokenErr := a.securityToken.again()
		now, err = now+g, errors.Join(err, tokenErr)
	}
	return a.renewal.outcome(generation, now, err)
}

// bodyHash returns the hash of what req will send. It needs GetBody for that,
// which http.NewRequest sets.
func bodyHash(req *http.Request) (string, error) {
	if req.Body == nil || req.Body == http.NoBody {
		return emptyHash, nil
	}
	if req.GetBody == nil {
		return "", errors.New("the body can be read only once: make the request with a buffer")
	}
	body, err := req.GetBody()
	if err != nil {
		return "", err
	}
	defer func() { _ = body.Close() }() // it is a buffer
	content, err := io.ReadAll(body)
	return hexHash(content), err
}
