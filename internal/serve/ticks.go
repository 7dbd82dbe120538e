package serve

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"cleaner/internal/outfile"
	"cleaner/internal/owner"
)

// successKey and finishedKey are where ticks remember the last success, and the last pass
// that did all that was to do: no schedule reads so.
const (
	successKey  = "last success"
	finishedKey = "last finished"
)

// ticks remembers across restarts which ticks have been honoured, and when a pass
// last succeeded, in a file beside the ledger.
type ticks struct {
	path string

	mu   sync.Mutex // guards done and the file: what is written last must be the latest
	done map[string]time.Time
}

// openTicks reads the file at path; one that was never written is empty.
func openTicks(path string) (*ticks, error) {
	t := &ticks{path: path, done: map[string]time.Time{}}
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return t, nil
	}
	if err == nil {
		err = json.Unmarshal(text, &t.done)
	}
	if t.done == nil { // the file says null
		t.done = map[string]time.Time{}
	}
	if err != nil {
		return nil, fmt.Errorf("read %s: %w; remove it to forget which ticks were honoured", path, err)
	}
	return t, nil
}

// last returns the last tick of the schedule that was honoured; zero for none.
func (t *ticks) last(schedule string) time.Time {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.done[schedule]
}

// honour writes down that every tick of the schedule up to planned is settled.
func (t *ticks) honour(schedule string, planned time.Time) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.done[schedule] = planned.UTC()
	if err := owner.MkdirAll(filepath.Dir(t.path), 0o700); err != nil {
		return err
	}
	return outfile.Write(t.path, func(w io.Writer) error { return json.NewEncoder(w).Encode(t.done) })
}
