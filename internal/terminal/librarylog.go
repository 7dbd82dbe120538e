package terminal

import (
	"log"
	"strings"
	"sync"
	"sync/atomic"

	"go.uber.org/zap"

	"cleaner/internal/secret"
)

// LibraryLog takes what libraries write to the standard log. net/http writes there what a
// server sent unasked, as it came, which may hold a token. The zero value drops everything.
type LibraryLog struct {
	log  atomic.Pointer[zap.Logger] // nil before Into
	said sync.Map                   // what has been logged, by text
}

// CaptureLibraryLog has the standard log of this process write to the LibraryLog that it returns.
func CaptureLibraryLog() *LibraryLog {
	s := new(LibraryLog)
	log.SetFlags(0)
	log.SetOutput(s)
	return s
}

// Into has everything from now on logged to log. A nil s does nothing.
func (s *LibraryLog) Into(log *zap.Logger) {
	if s != nil {
		s.log.Store(log)
	}
}

// Write takes a line of the standard log, and logs each text once, without what it quotes.
func (s *LibraryLog) Write(line []byte) (int, error) {
	text, _, quotes := strings.Cut(string(line), `"`)
	if text = secret.Clean(text, nil); quotes {
		text += " ..."
	}
	if l := s.log.Load(); l != nil {
		if _, again := s.said.LoadOrStore(text, true); !again {
			l.Warn("a library wrote to the standard log; the same text is not logged again", zap.String("text", text))
		}
	}
	return len(line), nil
}
