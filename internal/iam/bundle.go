package iam

import (
	"errors"
	"fmt"

	"cleaner/internal/secret"
)

// bundle is what belongs together of a credential that is read from files: for an
// access key its ID, its secret key and the security token of temporary ones; for a
// token that alone.
type bundle struct{ id, key, token secret.Secret }

// same reports whether both hold the same secrets.
func (b bundle) same(other bundle) bool {
	return b.id.Reveal() == other.id.Reveal() && b.key.Reveal() == other.key.Reveal() && b.token.Reveal() == other.token.Reveal()
}

// bundleSource reads a bundle as it is now.
type bundleSource func() (bundle, error)

// tokenBundle reads a bundle that is a token.
func tokenBundle(source secret.Source) bundleSource {
	return func() (bundle, error) {
		token, err := headerSecret(source)()
		return bundle{token: token}, err
	}
}

// partsSource reads an access key of which each part is kept for itself. The token
// may be nil.
func partsSource(id string, key, token secret.Source) bundleSource {
	return func() (bundle, error) {
		b := bundle{id: secret.New(id)}
		var keyErr, tokenErr error
		b.key, keyErr = headerSecret(key)()
		if token != nil {
			b.token, tokenErr = headerSecret(token)()
		}
		return b, errors.Join(keyErr, tokenErr)
	}
}

// fileSource reads an access key of which all parts are kept in one text.
func fileSource(source secret.Source) bundleSource {
	return func() (bundle, error) {
		text, err := source()
		if err != nil {
			return bundle{}, err
		}
		b, err := parseKey(text.Reveal())
		if err != nil {
			return bundle{}, fmt.Errorf("read access key file: %w", err)
		}
		return b, nil
	}
}

// headerSecret refuses secrets that cannot be put into a header field, so that
// a wrong file is reported as such and not as a broken connection.
func headerSecret(source secret.Source) secret.Source {
	return func() (secret.Secret, error) {
		s, err := source()
		if err == nil && !secret.FitsHeader(s.Reveal()) {
			err = errors.New("read secret: it holds white space or bytes that no header may carry: is it the right file?")
		}
		return s, err
	}
}
