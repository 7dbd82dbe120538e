// Package protect keeps the protect list in force: a file that names the task IDs
// that must never be deleted, read again whenever it changes. A list that cannot be
// read protects everything: asking for an ID is then an error, which stops the pass.
package protect

import (
	"errors"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"cleaner/internal/policy"
)

// A changed list counts once nobody has written to it for quiet; nobody waits longer
// than patience for that. One that was changed within fresh and lacks the line feed of
// its last line is taken for one that is still being written.
const (
	quiet    = 200 * time.Millisecond
	patience = 3 * time.Second
	fresh    = time.Second
)

// File is a protect list in a file. Use Open to make one.
type File struct {
	path string

	mu     sync.Mutex // guards all below; whoever waits for a list holds it, so nobody deletes
	list   *policy.Protect
	info   os.FileInfo // the file that list was read from; nil before the first
	failed error       // why there is no list; it stays, as the pass stops
}

// Open returns the list at path. It is read when it is first asked.
func Open(path string) *File { return &File{path: path} }

// Guard asks the protect list in force, which can be replaced by another. The zero
// value protects nothing.
type Guard struct{ file atomic.Pointer[File] }

// Watch puts the list at path in force; an empty path protects nothing. A list that
// is in force already stays as it was read.
func (g *Guard) Watch(path string) {
	switch f := g.file.Load(); {
	case path == "":
		g.file.Store(nil)
	case f == nil || f.path != path:
		g.file.Store(Open(path))
	}
}

// Empty reports whether no list is in force.
func (g *Guard) Empty() bool { return g.file.Load() == nil }

// Protects asks the list in force.
func (g *Guard) Protects(id string) (rule string, protected bool, err error) {
	if f := g.file.Load(); f != nil {
		return f.Protects(id)
	}
	return "", false, nil
}

// Protects reports whether id is on the list as the file is now, and by which rule.
// Once it has returned an error, it returns that error for good.
func (p *File) Protects(id string) (rule string, protected bool, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.failed == nil {
		if err := p.refresh(); err != nil {
			p.failed = fmt.Errorf("protect file %s: %w", p.path, err)
		}
	}
	if p.failed != nil {
		return "", false, p.failed
	}
	rule, protected = p.list.Match(id)
	return rule, protected, nil
}

// refresh reads the list if its file has changed, and again until it is whole.
func (p *File) refresh() error {
	info, err := os.Stat(p.path)
	if err != nil {
		return err
	}
	if p.list != nil && unchanged(p.info, info) {
		return nil
	}
	for giveUp := time.Now().Add(patience); ; {
		t, err := readList(p.path)
		if err == nil && t.again == 0 {
			t.again, err = p.accept(t)
		}
		if err != nil || t.again == 0 {
			return err
		}
		if time.Now().Add(t.again).After(giveUp) {
			return errors.New("it keeps changing, a process has it open for writing, or it was changed in the future: replace it by renaming a new file over it")
		}
		<-time.After(t.again)
	}
}

// What is refused as a list. One without a rule is more likely a truncated file than
// intended, and what it lets be deleted is gone for good: to protect nothing, no list
// is configured at all.
var (
	errNoRule = errors.New("it has no rule, and so would protect nothing: put the rules back; " +
		"if nothing is to be protected, leave safety.protect_file out of the configuration")
	errTorn = errors.New("its last line has no end: end it with a line feed, and replace the file by renaming a new one over it")
)

// accept makes what was read the list. When there was a list before, it refuses what
// looks half written; for the first list it returns how long to wait before it is read
// again.
func (p *File) accept(t reading) (again time.Duration, err error) {
	left := max(fresh-time.Since(t.info.ModTime()), 0)
	switch none := t.list.Len() == 0; {
	case p.list == nil && left > 0 && (none || t.torn):
		return left, nil
	case none:
		return 0, errNoRule
	case t.torn && left > 0:
		return 0, errTorn
	}
	p.list, p.info = t.list, t.info
	return 0, nil
}
