package secret

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
)

// Line is File for a secret that is one line, as passwords are. It refuses what no
// person meant as one, before it is sent to somebody who counts wrong passwords.
func Line(path string) Source { return file(path, checkLine) }

// LineAt is Line with errors that name the key at which the file is named.
func LineAt(key, path string) Source { return named(key, Line(path)) }

// line is source for a secret that is one line; name is what errors call it.
func line(name string, source Source) Source {
	return func() (Secret, error) {
		s, err := source()
		if err != nil {
			return Secret{}, err
		}
		if err := checkLine(s.Reveal()); err != nil {
			return Secret{}, fmt.Errorf("%s: %w", name, err)
		}
		return s, nil
	}
}

// checkLine says why text is no secret of one line; nil when it may be one.
func checkLine(text string) error {
	switch {
	case strings.ContainsAny(text, lineEnds):
		return errors.New("it has more than one line: keep nothing there but the secret")
	case strings.ContainsFunc(text, unicode.IsControl):
		return errors.New("it has a control character, such as a tab: write it anew")
	}
	return nil
}
