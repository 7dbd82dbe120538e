package main

import (
	"io"
	"os"
	"sync"

	"golang.org/x/term"
)

// screen is standard error, shared by the log, the progress bar and whoever else
// has something to say. A line that is written clears the bar away first; the
// bar draws itself again below it.
type screen struct {
	w io.Writer

	mu    sync.Mutex // guards writing and drawn
	drawn bool       // the cursor stands on the bar's line
}

// Write writes whole lines.
func (s *screen) Write(p []byte) (int, error) {
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

// isTerminal reports whether a person is looking.
func (s *screen) isTerminal() bool {
	f, ok := s.w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// barWriter is what the bar draws itself on.
type barWriter struct{ *screen }

// Write draws.
func (b barWriter) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.drawn = true
	return b.w.Write(p)
}
