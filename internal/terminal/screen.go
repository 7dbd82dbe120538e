// Package terminal is what people see on a terminal: the screen that the log and the
// progress bar share, the bar, tables, and questions.
package terminal

import (
	"io"
	"os"
	"os/signal"
	"sync"
	"syscall"

	"golang.org/x/term"
)

// Screen is standard error, shared by the log, the progress bar and whoever else
// has something to say. A line that is written clears the bar away first; the
// bar draws itself again below it.
type Screen struct {
	w io.Writer

	mu    sync.Mutex // guards writing and drawn
	drawn bool       // the cursor stands on the bar's line
}

// NewScreen makes a screen of what w is.
func NewScreen(w io.Writer) *Screen { return &Screen{w: w} }

// Beneath is what the screen writes to.
func (s *Screen) Beneath() io.Writer { return s.w }

// OutliveReaders has the process go on when whoever reads its outputs goes away, as head
// does when it has enough: what is written then is an error, and no signal that ends the
// process.
func (s *Screen) OutliveReaders() { signal.Ignore(syscall.SIGPIPE) }

// Write writes whole lines.
func (s *Screen) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.drawn {
		s.drawn = false
		if _, err := io.WriteString(s.w, "\r\x1b[K"); err != nil {
			return 0, err
		}
	}
	return s.w.Write(p)
}

// IsTerminal reports whether a person is looking.
func (s *Screen) IsTerminal() bool {
	f, ok := s.w.(*os.File)
	return ok && f != nil && term.IsTerminal(int(f.Fd()))
}

// barWriter is what the bar draws itself on.
type barWriter struct{ *Screen }

// Write draws.
func (b barWriter) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.drawn = true
	return b.w.Write(p)
}

// Say tells the person at the terminal what the program does.
func (s *Screen) Say(what string) { _, _ = io.WriteString(s, "cleaner: "+what+"\n") }
