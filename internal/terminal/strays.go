package terminal

import (
	"log"
	"strings"
	"sync"
	"sync/atomic"

	"go.uber.org/zap"

	"cleaner/internal/secret"
)

// Strays is where libraries write what they have no other place for. net/http says there
// what a server has sent that nobody asked for, as it came, and that may hold a token. The
// zero value drops everything.
type Strays struct {
	log  atomic.Pointer[zap.Logger] // nil before Into
	mu   sync.Mutex                 // guards said
	said map[string]bool            // what has been told, by text; at most mostStrays
}

// mostStrays is how many texts are told. Texts with numbers or addresses in them may
// always be new, as long as a server goes on.
const mostStrays = 100

// TakeStrays has the standard log of this process write to the Strays that it returns.
func TakeStrays() *Strays {
	s := new(Strays)
	log.SetFlags(0)
	log.SetOutput(s)
	return s
}

// Into has all that comes from now on logged. A nil s does nothing.
func (s *Strays) Into(log *zap.Logger) {
	if s != nil {
		s.log.Store(log)
	}
}

// Write takes a line of the standard log, and logs each text once, without what it quotes.
func (s *Strays) Write(line []byte) (int, error) {
	text, _, quotes := strings.Cut(string(line), `"`)
	if text = secret.Clean(text, nil); quotes {
		text += " ..."
	}
	if l := s.log.Load(); l != nil {
		switch s.note(text) {
		case mostStrays:
			l.Warn("a library has said something; nothing more of that kind is told, as there is too much", zap.String("text", text))
		case 0:
		default:
			l.Warn("a library has said something; it is not told again", zap.String("text", text))
		}
	}
	return len(line), nil
}

// note returns the number of a text that is new, from 1 to mostStrays; 0 is for one that is
// not to be told.
func (s *Strays) note(text string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.said[text] || len(s.said) == mostStrays {
		return 0
	}
	if s.said == nil {
		s.said = map[string]bool{}
	}
	s.said[text] = true
	return len(s.said)
}
