package serve

import (
	"os"
	"sync"
	"time"

	"cleaner/internal/admin"
	"cleaner/internal/assemble"
	"cleaner/internal/config"
)

// protected remembers what the protect list has, until its file changes.
type protected struct {
	mu    sync.Mutex // guards what follows
	path  string
	at    time.Time // of the file's last change
	size  int64
	words string
}

// safety is what keeps passes from deleting what they should not.
func (p *protected) safety(cfg *config.Config) admin.Safety {
	s := admin.Safety{
		Cap: cfg.Safety.RefuseAbove, FailedShare: cfg.Safety.FailedShare, NotFoundShare: cfg.Safety.NotFoundShare, ProtectFile: cfg.Safety.ProtectFile,
	}
	if s.ProtectFile != "" {
		s.ProtectRules = p.rules(cfg)
	}
	return s
}

// rules says what is on the list, or why it cannot be read.
func (p *protected) rules(cfg *config.Config) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	info, err := os.Stat(cfg.Safety.ProtectFile)
	if err != nil {
		return "cannot be read: " + err.Error()
	}
	if p.path == cfg.Safety.ProtectFile && p.at.Equal(info.ModTime()) && p.size == info.Size() {
		return p.words
	}
	if p.words, err = assemble.ProtectRules(cfg); err != nil {
		p.words = "cannot be read: " + err.Error()
	}
	p.path, p.at, p.size = cfg.Safety.ProtectFile, info.ModTime(), info.Size()
	return p.words
}
