package ledger

import (
	"path/filepath"

	"cleaner/internal/queue/sqlite"
)

// The files that other parts of the program keep beside a ledger.
const (
	rejectsSuffix    = ".rejects.jsonl"
	scheduleSuffix   = ".schedule.json"
	refusedSuffix    = ".refused.jsonl"
	refusedKeySuffix = ".refused.key"
)

// Path is the file of the ledger.
func (l Location) Path() string { return l.path }

// Folder is where the ledger and the files beside it are.
func (l Location) Folder() string { return filepath.Dir(l.path) }

// Rejects is the file that keeps the invalid lines of inputs.
func (l Location) Rejects() string { return l.path + rejectsSuffix }

// Schedule is the file that keeps when schedules began passes.
func (l Location) Schedule() string { return l.path + scheduleSuffix }

// Refused is the file that keeps which credentials were refused, and RefusedKey the
// one with the key of their fingerprints.
func (l Location) Refused() string { return l.path + refusedSuffix }

// RefusedKey is described at Refused.
func (l Location) RefusedKey() string { return l.path + refusedKeySuffix }

// Beside lists all files that may be beside the ledger: nothing else may be written
// in their place.
func (l Location) Beside() []string {
	return append(sqlite.Beside(l.path), l.Rejects(), l.Schedule(), l.Refused(), l.RefusedKey())
}
