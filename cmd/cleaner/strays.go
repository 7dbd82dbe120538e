package main

import (
	"io"
	"log"
	"strings"
	"sync"
	"sync/atomic"

	"go.uber.org/zap"

	"cleaner/internal/secret"
)

// strays is where libraries write what they have no other place for. net/http says there
// what a server has sent that nobody asked for, as it came, and that may hold a token.
type strays struct {
	log  atomic.Pointer[zap.Logger] // nil drops everything
	said sync.Map                   // what has been told, by text
}

// tame has the standard log write to a's log, when there is one: each text once, without
// what it quotes. It is about the whole process.
func (a *app) tame() {
	a.strays = new(strays)
	log.SetFlags(0)
	log.SetOutput(io.Writer(a.strays))
}

// Write takes a line of the standard log.
func (s *strays) Write(line []byte) (int, error) {
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
