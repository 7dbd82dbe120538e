package main

import (
	"fmt"
	"os"
	"sync"
	"time"

	"cleaner/internal/policy"
	"cleaner/internal/worker"
)

// protectFile is the guard: the protect list, read again whenever its file
// changes. A list that cannot be read protects everything, by stopping the pass.
type protectFile struct {
	path string

	mu   sync.Mutex // guards all below
	list *policy.Protect
	size int64
	mod  time.Time
}

// newGuard returns the guard for path; nil, which protects nothing, for none.
func newGuard(path string) worker.Guard {
	if path == "" {
		return nil
	}
	return &protectFile{path: path}
}

// Protects reports whether id is on the list as the file stands now.
func (p *protectFile) Protects(id string) (string, bool, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := p.refresh(); err != nil {
		return "", false, fmt.Errorf("protect file %s: %w", p.path, err)
	}
	rule, ok := p.list.Match(id)
	return rule, ok, nil
}

func (p *protectFile) refresh() error {
	info, err := os.Stat(p.path)
	if err != nil {
		return err
	}
	if p.list != nil && info.Size() == p.size && info.ModTime().Equal(p.mod) {
		return nil
	}
	f, err := os.Open(p.path)
	if err != nil {
		return err
	}
	defer f.Close()
	list, err := policy.ParseProtect(f)
	if err != nil {
		return err
	}
	p.list, p.size, p.mod = list, info.Size(), info.ModTime()
	return nil
}
