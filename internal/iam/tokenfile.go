package iam

import (
	"context"
	"net/http"
	"time"

	"cleaner/internal/answer"
	"cleaner/internal/secret"
)

// TokenFile is a token that something else gets and renews, handed over in a
// file. Make one with NewTokenFile.
type TokenFile struct{ rotation }

// NewTokenFile returns the credentials kept in source, which is read at once and
// then again whenever it may have changed, at most once a second. An error says
// that there is no token in it. A token that has worked and is refused is waited
// for as long as patience; 0 is the default, Patience, and a negative one none.
func NewTokenFile(source secret.Source, patience time.Duration) (*TokenFile, error) {
	t := &TokenFile{rotation{
		op: "use token", hint: "put a new token into the file", patience: patience, read: tokenBundle(source),
	}}
	if err := t.open(); err != nil {
		return nil, err
	}
	return t, nil
}

// Authorize puts the token on req. The generation counts the contents that the
// file has had.
func (t *TokenFile) Authorize(ctx context.Context, req *http.Request) (uint64, error) {
	token, generation, err := t.Token(ctx, true)
	if err == nil {
		req.Header[headerToken] = token
	}
	return generation, err
}

// Token returns the token as the value of X-Auth-Token, not to be written to, and its
// generation. It waits for nothing.
func (t *TokenFile) Token(context.Context, bool) ([]string, uint64, error) {
	e, err := t.use(time.Now())
	return e.header, e.generation, err
}

// Ready reports why there is no token to send requests with.
func (t *TokenFile) Ready(ctx context.Context) error {
	_, _, err := t.Token(ctx, true)
	return err
}

// Renew reads the file again. While a token that has worked is
// waited for the error is FaultLogin, and requests are refused with it too.
func (t *TokenFile) Renew(_ context.Context, rejected answer.Answer) error {
	return t.renew(rejected, time.Now())
}
