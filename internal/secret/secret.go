// Package secret holds secrets in a type that does not print, reads them from a file
// or takes them as they are, and masks them in text that comes from elsewhere.
package secret

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"cleaner/internal/regular"
)

// maxFile bounds what is read of a secret's file, in bytes. Tokens have up to 100,000
// characters (API Reference, request header X-Auth-Token).
const maxFile = 128 << 10

// Secret is a text that prints as "***" in every way that fmt, encoding/json
// and zap know. The zero value is no secret.
//
// The text is behind a pointer because fmt prints the unexported fields of a
// struct without calling their methods: a Secret inside one shows an address.
type Secret struct{ text *string }

// New returns text as a Secret.
func New(text string) Secret { return Secret{text: &text} }

// Reveal returns the text itself, "" for the zero value. What it returns must
// go nowhere but into a request.
func (s Secret) Reveal() string {
	if s.text == nil {
		return ""
	}
	return *s.text
}

// String returns "***".
func (Secret) String() string { return Mask }

// Format prints "***" whatever the verb, wrong ones included.
func (Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, Mask) }

// MarshalText returns "***", which is also what JSON and YAML get.
func (Secret) MarshalText() ([]byte, error) { return []byte(Mask), nil }

// Source reads a secret as it is now. It may be called at any time, by one
// goroutine at a time.
type Source func() (Secret, error)

// Value is the Source of a secret that never changes, such as one from
// the environment. Line ends after it do not belong to it, as in a file.
func Value(text string) Source {
	text = strings.TrimRight(text, lineEnds)
	return func() (Secret, error) {
		if text == "" {
			return Secret{}, errors.New("read secret: it is empty")
		}
		return New(text), nil
	}
}

// lineEnds are what editors and shells put behind a secret.
const lineEnds = "\r\n"

// File is the Source of a secret kept in a regular file, which may be replaced at
// any time. Line ends after the secret do not belong to it, nor does a byte order mark
// before it; an empty file is an error. Errors name the file if it exists. If it does not,
// its name may be the secret itself, put where the name of the file belongs.
func File(path string) Source { return file(path, nil) }

// file is File with a check of the text; nil checks nothing.
func file(path string, check func(text string) error) Source {
	return func() (Secret, error) {
		text, err := readSecret(path)
		if err == nil && check != nil {
			err = check(text)
		}
		switch {
		case err == nil:
			return New(text), nil
		case isPath(path) || exists(path):
			return Secret{}, fmt.Errorf("read secret file %s: %w", path, err)
		default:
			return Secret{}, fmt.Errorf("read secret file: there is none of that name, which is not shown for it may be the secret: "+
				"name a file, as in /path/to/it or ./it: %w", err)
		}
	}
}

// isPath reports whether name is the beginning of a path, as no secret is.
func isPath(name string) bool {
	return strings.HasPrefix(name, "/") || strings.HasPrefix(name, "./") || strings.HasPrefix(name, "../")
}

// exists reports whether there is something at path, readable or not.
func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

// errWide is for what some tools of Windows write.
var errWide = errors.New("it is text in UTF-16, or has a NUL byte: write the file as plain text in UTF-8")

// readSecret reads the file, and cuts the line ends after its text and the mark before it.
// It waits for nobody.
func readSecret(path string) (string, error) {
	f, _, err := regular.Open(path)
	switch {
	case errors.Is(err, regular.Err): // as is what a process substitution of the shell hands over
		return "", fmt.Errorf("%w: write the secret into one, for it is read again and again", err)
	case err != nil:
		return "", errors.Unwrap(err) // without the path: the caller names it
	}
	defer f.Close()
	content, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return "", err
	}
	switch text := bytes.TrimRight(bytes.TrimPrefix(content, []byte("\ufeff")), lineEnds); {
	case len(content) > maxFile:
		return "", fmt.Errorf("more than %d bytes: this is no secret", maxFile)
	case bytes.HasPrefix(text, []byte("\xff\xfe")), bytes.HasPrefix(text, []byte("\xfe\xff")), bytes.IndexByte(text, 0) >= 0:
		return "", errWide
	case len(text) == 0:
		return "", errors.New("the file is empty: write the secret into it")
	default:
		return string(text), nil
	}
}
