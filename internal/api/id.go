package api

import (
	"errors"
	"fmt"
)

// maxID is the longest task ID the service accepts (API Reference,
// DeleteTaskV3: 1 to 128 characters).
const maxID = 128

// CheckID returns nil when id may be put into a URL: 1 to 128 bytes, each an
// ASCII letter or digit, '-' or '_'. Otherwise the error names the first wrong
// byte. Task IDs seen in the service are 32 lower-case hexadecimal digits; the
// wider set is what cannot form another URL in any case.
func CheckID(id string) error {
	switch {
	case id == "":
		return errors.New("task ID is empty")
	case len(id) > maxID:
		return fmt.Errorf("task ID has %d bytes: at most %d are allowed", len(id), maxID)
	}
	for i := range len(id) {
		if !isIDByte(id[i]) {
			return fmt.Errorf("task ID has byte %q at position %d: only letters, digits, - and _ are allowed", id[i], i+1)
		}
	}
	return nil
}

// isIDByte reports whether b may stand in a task ID.
func isIDByte(b byte) bool {
	return 'a' <= b && b <= 'z' || 'A' <= b && b <= 'Z' || '0' <= b && b <= '9' || b == '-' || b == '_'
}
