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
	mu   sync.Mutex                 // guards said
	said map[string]bool            // what has been logged, by text; at most mostTexts
}

// mostTexts is how many texts are logged. Texts with numbers or addresses in them may
// always be new, as long as a server goes on.
const mostTexts = 100

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
		switch s.note(text) {
		case mostTexts:
			l.Warn("a library wrote to the standard log; nothing more of that kind is logged, as there is too much", zap.String("text", text))
		case 0:
		default:
			l.Warn("a library wrote to the standard log; the same text is not logged again", zap.String("text", text))
		}
	}
	return len(line), nil
}

// note returns the number of a text that is new, from 1 to mostTexts; 0 is for one that is
// not to be logged.
func (s *LibraryLog) note(text string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.said[text] || len(s.said) == mostTexts {
		return 0
	}
	if s.said == nil {
		s.said = map[string]bool{}
	}
	s.said[text] = true
	return len(s.said)
}
