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
	said sync.Map                   // what has been told, by text
}

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
		if _, again := s.said.LoadOrStore(text, true); !again {
			l.Warn("a library has said something; it is not told again", zap.String("text", text))
		}
	}
	return len(line), nil
}
