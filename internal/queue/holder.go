package queue

import (
	"errors"
	"fmt"
	"time"
)

// ErrClosed is returned by every method of a ledger, and of its passes, after
// Close.
var ErrClosed = errors.New("the ledger is closed")

// ErrBatchExists is returned by Loader.Load when the name of the batch is taken.
var ErrBatchExists = errors.New("there is a batch of that name; choose another")

// Holder is the process that holds a ledger.
type Holder struct {
	PID     int       `json:"pid"`
	Host    string    `json:"host"`
	Since   time.Time `json:"since"`
	Command string    `json:"command,omitempty"`
	// Instance tells processes apart that have the same number on hosts of the same
	// name, such as those of containers. Empty where an older version has signed.
	Instance string `json:"instance,omitempty"`
}

// Same reports whether h and other are one process.
func (h Holder) Same(other Holder) bool {
	return h.PID == other.PID && h.Host == other.Host && h.Instance == other.Instance
}

// Brief reports whether h holds the ledger for moments, as the commands do that change
// something between two passes, and not for a pass. One that has not yet written its name
// has just come.
func (h Holder) Brief() bool {
	return h.PID == 0 || h.Command != "" && h.Command != "run" && h.Command != "serve"
}

// LockedError says that another process holds the ledger, and which.
type LockedError struct {
	// Path is the lock file.
	Path string
	// Holder is who holds it; zero when it has not yet written its name.
	Holder Holder
}

// Error names the holder and what to do.
func (e *LockedError) Error() string {
	h := e.Holder
	if h.PID == 0 {
		return fmt.Sprintf("another process holds the lock %s; wait until it ends", e.Path)
	}
	command := ""
	if h.Command != "" {
		command = " (" + h.Command + ")"
	}
	return fmt.Sprintf("held by process %d%s on %s since %s; wait until it ends, or stop it",
		h.PID, command, h.Host, h.Since.Format(time.RFC3339))
}
