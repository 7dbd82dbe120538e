package secret

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Place is where a secret may be kept: in a file that the configuration names, in the
// environment, or in what systemd hands over.
type Place struct {
	// Key is the key of the configuration that may name the file.
	Key string
	// Path is the file; empty when the configuration names none.
	Path string
	// Variables are environment variables; the first one that is set counts.
	Variables []string
	// Credential is the name under which systemd hands it over; empty when it does not.
	Credential string
	// Line says that the secret is one line, as a password is, and that anything else there
	// is a mistake.
	Line bool
}

// Value is what the environment holds, without line ends behind it; empty when there is
// nothing.
func (p Place) Value(env func(string) string) string {
	for _, name := range p.Variables {
		if value := strings.TrimRight(env(name), lineEnds); value != "" {
			return value
		}
	}
	return ""
}

// Named reports whether the secret is kept in any of its places.
func (p Place) Named(env func(string) string) bool {
	return p.Path != "" || p.Value(env) != "" || Handed(p.Credential, env) != ""
}

// Source returns where the secret is. The configuration wins over the environment. What
// systemd hands over comes last, for a unit names every credential that there might be.
func (p Place) Source(env func(string) string) (Source, error) {
	value, handed := p.Value(env), Handed(p.Credential, env)
	at := FileAt
	if p.Line {
		at = LineAt
	}
	switch {
	case p.Path != "":
		return at(p.Key, p.Path), nil
	case value != "" && p.Line:
		return line("the environment, in place of "+p.Key, Value(value)), nil
	case value != "":
		return Value(value), nil
	case handed != "":
		return at("credential "+p.Credential, handed), nil
	default:
		return nil, fmt.Errorf("%s is not set, %s is empty, and systemd hands over no credential %s: set one of them", p.Key, p.Variables[0], p.Credential)
	}
}

// Handed is the file in which systemd hands over a credential; empty when it does not.
func Handed(name string, env func(string) string) string {
	folder := env("CREDENTIALS_DIRECTORY")
	if folder == "" || name == "" {
		return ""
	}
	path := filepath.Join(folder, name)
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return ""
	}
	return path
}

// FileAt is File with errors that name the key at which the file is named, for they do
// not always name the file.
func FileAt(key, path string) Source { return named(key, File(path)) }

// named is read with errors that begin with key.
func named(key string, read Source) Source {
	return func() (Secret, error) {
		s, err := read()
		if err != nil {
			err = fmt.Errorf("%s: %w", key, err)
		}
		return s, err
	}
}
