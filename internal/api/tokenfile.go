package api

import (
	"context"
	"errors"
	"net/http"
)

// TokenFile is a token that something else gets and renews, handed over in a
// file. Make one with NewTokenFile.
type TokenFile struct{ token *watched }

// NewTokenFile returns the credentials kept in source, which is read at once and
// then again whenever it may have changed, at most once a second. An error says
// that there is no token in it.
func NewTokenFile(source Source) (*TokenFile, error) {
	token, err := newWatched(headerSecret(source))
	if err != nil {
		return nil, err
	}
	return &TokenFile{token: token}, nil
}

// Authorize puts the token on req. The generation counts the contents that the
// file has had.
func (t *TokenFile) Authorize(_ context.Context, req *http.Request) (uint64, error) {
	token, generation := t.token.get()
	req.Header.Set(headerToken, token.Reveal())
	return generation, nil
}

// Renew reads the file again. It returns FaultRefused when there is still the
// rejected token in it, FaultLogin when it cannot be read.
func (t *TokenFile) Renew(_ context.Context, generation uint64) error {
	_, now, err := t.token.again()
	return renewed(now > generation, err, "renew token", "the file still holds the rejected token: put a new one there")
}

// renewed is what Renew returns for credentials that are read and not fetched.
// The hint says what a person has to do when there is nothing new.
func renewed(isNew bool, err error, op, hint string) error {
	switch {
	case isNew:
		return nil
	case err != nil:
		return &Error{Op: op, Fault: FaultLogin, Err: err}
	default:
		return &Error{Op: op, Fault: FaultRefused, Err: errors.New(hint)}
	}
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
