package source

import (
	"bytes"
	"encoding/json"
	"iter"
)

// jsonSpace is the white space of JSON.
const jsonSpace = " \t\r\n"

// members yields the keys and values of a valid JSON object, in order.
func members(object []byte) iter.Seq2[string, []byte] {
	return func(yield func(string, []byte) bool) {
		rest := bytes.TrimLeft(object, jsonSpace)[1:]
		for {
			rest = bytes.TrimLeft(rest, jsonSpace+",")
			if rest[0] == '}' {
				return
			}
			key := rest[:spanOf(rest)]
			rest = bytes.TrimLeft(rest[len(key):], jsonSpace+":")
			value := rest[:spanOf(rest)]
			rest = rest[len(value):]
			if !yield(keyOf(key), value) {
				return
			}
		}
	}
}

// keyOf returns the text of a key.
func keyOf(quoted []byte) string {
	var key string
	if json.Unmarshal(quoted, &key) != nil {
		return ""
	}
	return key
}

// spanOf returns how long the valid JSON value is that text begins with.
func spanOf(text []byte) int {
	var s span
	for i, c := range text {
		if s.ended(c) {
			if s.inclusive {
				return i + 1
			}
			return i
		}
	}
	return len(text)
}

// span finds the end of a JSON value, byte by byte. The zero value is before the
// first one. It tells strings and brackets, and leaves it to others whether they
// are valid.
type span struct {
	depth     int
	begun     bool
	quoted    bool // within a string
	escaped   bool // behind a backslash in one
	inclusive bool // at the end: the last byte belongs to the value
}

// ended takes the next byte and reports whether it ends the value.
func (s *span) ended(c byte) bool {
	first := !s.begun
	s.begun = true
	switch {
	case s.quoted:
		s.inString(c)
		s.inclusive = !s.quoted && s.depth == 0
		return s.inclusive
	case c == '"' && (first || s.depth > 0):
		s.quoted = true
	case c == '{' || c == '[':
		s.depth++
	case s.depth > 0 && (c == '}' || c == ']'):
		s.depth--
		s.inclusive = s.depth == 0
		return s.inclusive
	case s.depth == 0:
		return bytes.IndexByte([]byte(jsonSpace+`,:]}{["`), c) >= 0
	}
	return false
}

// inString takes a byte within a string.
func (s *span) inString(c byte) {
	switch {
	case s.escaped:
		s.escaped = false
	case c == '\\':
		s.escaped = true
	case c == '"':
		s.quoted = false
	}
}
