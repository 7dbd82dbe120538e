package main

import (
	"errors"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"cleaner/internal/policy"
)

// A changed list is believed once nobody has written to it for quiet, and not
// waited for longer than patience. One that was changed within fresh and lacks
// the end of its last line is taken for one that is still being written.
const (
	quiet    = 200 * time.Millisecond
	patience = 3 * time.Second
	fresh    = time.Second
)

// protectFile is a protect list, read again whenever its file
// changes. A list that cannot be read protects everything, by stopping the pass.
type protectFile struct {
	path string

	mu     sync.Mutex // guards all below; whoever waits for a list holds it, so nobody deletes
	list   *policy.Protect
	info   os.FileInfo // the file that list was read from; nil before the first
	failed error       // why no list can be told; it stays, as the pass stops
}

// guard is the protect list in force. The zero value protects nothing.
type guard struct{ file atomic.Pointer[protectFile] }

// watch puts the list at path in force, which protects nothing when it is empty.
// The list that is in force already stays as it was read.
func (g *guard) watch(path string) {
	switch f := g.file.Load(); {
	case path == "":
		g.file.Store(nil)
	case f == nil || f.path != path:
		g.file.Store(&protectFile{path: path})
	}
}

// Protects asks the list in force.
func (g *guard) Protects(id string) (rule string, protected bool, err error) {
	if f := g.file.Load(); f != nil {
		return f.Protects(id)
	}
	return "", false, nil
}

// Protects reports whether id is on the list as the file stands now. After an
// error it returns that error for good.
func (p *protectFile) Protects(id string) (string, bool, error) {
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
	rule, ok := p.list.Match(id)
	return rule, ok, nil
}

// refresh reads the list if its file has changed, and again until it is whole.
func (p *protectFile) refresh() error {
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
			return errors.New("it keeps changing, or was changed in the future: replace it by renaming a new file over it")
		}
		<-time.After(t.again)
	}
}

// What is refused as a list. One without a rule is more likely a file that was
// truncated than a wish, and what it lets go is gone for good: the wish has another
// way to be told.
var (
	errNoRule = errors.New("it has no rule, and so would protect nothing: put the rules back; " +
		"if nothing is to be protected, leave safety.protect_file out of the configuration")
	errTorn = errors.New("its last line has no end: end it with a line feed, and replace the file by renaming a new one over it")
)

// accept makes what was read the list. It refuses what a writer under way would
// leave behind, when there was a list before; at first it has time, and says
// how long to wait.
func (p *protectFile) accept(t taken) (again time.Duration, err error) {
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
