package api

import (
	"context"
	"errors"
	"net/http"
)

// TokenFile is a token that something else gets and renews, handed over in a
// file. Make one with NewTokenFile.
type TokenFile struct {
	token   *watched
	renewal renewal
}

// NewTokenFile returns the credentials kept in source, which is read at once and
// then again whenever it may have changed, at most once a second. An error says
// that there is no token in it.
func NewTokenFile(source Source) (*TokenFile, error) {
	token, err := newWatched(headerSecret(source))
	if err != nil {
		return nil, err
	}
	return &TokenFile{token: token, renewal: renewal{
		op:   "renew token",
		hint: "the file still holds the rejected token: put a new one there",
	}}, nil
}

// Authorize puts the token on req. The generation counts the contents that the
// file has had.
func (t *TokenFile) Authorize(ctx context.Context, req *http.Request) (uint64, error) {
	token, generation, err := t.bear(ctx)
	req.Header[headerToken] = token
	return generation, err
}

// bear implements bearer.
func (t *TokenFile) bear(context.Context) ([]string, uint64, error) {
	token, generation := t.token.get()
	return []string{token.Reveal()}, generation, nil
}

// Renew reads the file again. While it cannot be read Renew returns FaultLogin;
// while the rejected token is still in it, FaultLogin for the first ten seconds
// and FaultRefused from then on, see renewal. Meanwhile requests carry the old
// token.
func (t *TokenFile) Renew(_ context.Context, generation uint64) error {
	_, now, err := t.token.again()
	return t.renewal.outcome(generation, now, err)
}

// headerSecret refuses secrets that cannot be put into a header field, so that
// a wrong file is told of as such and not as a broken connection.
func headerSecret(source Source) Source {
	return func() (Secret, error) {
		secret, err := source()
		if err == nil && !isToken(secret.Reveal()) {
			err = errors.New("read secret: it holds white space or bytes that no header may carry: is it the right file?")
		}
		return secret, err
	}
}
