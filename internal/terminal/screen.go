// Package terminal is what people see on a terminal: the screen that the log and the
// progress bar share, the bar, the lines of the log, tables, and questions.
package terminal

import (
	"io"
	"os"
	"os/signal"
	"strings"
	"sync"
	"syscall"
	"unicode/utf8"

	"golang.org/x/term"
)

// Screen is standard error, shared by the log, the progress bar and whoever else
// has something to say. A line that is written clears the bar away first; the
// bar draws itself again below it.
type Screen struct {
	w io.Writer

	mu    sync.Mutex // guards writing and what follows
	drawn int        // how many columns the bar on the screen has; 0 when there is none
	width int        // how many columns the screen had when it was drawn
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
	if clear := s.cleared(Width(s.w)); clear != "" {
		if _, err := io.WriteString(s.w, clear); err != nil {
			return 0, err
		}
	}
	return s.w.Write(p)
}

// draw shows line in the place of what was drawn before, on a screen of so many columns.
func (s *Screen) draw(line string, width int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear := s.cleared(width)
	s.drawn, s.width = utf8.RuneCountInString(line), width
	_, _ = io.WriteString(s.w, clear+line)
}

// erase takes away what was drawn.
func (s *Screen) erase() {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, _ = io.WriteString(s.w, s.cleared(Width(s.w)))
}

// cleared is what clears the drawn line away, also from a screen that was made narrower,
// where it takes several rows. The caller holds the lock.
func (s *Screen) cleared(width int) string {
	if s.drawn == 0 {
		return ""
	}
	rows := 1
	if width > 0 && width < s.width {
		rows = (s.drawn + width - 1) / width
	}
	s.drawn = 0
	return strings.Repeat("\r\x1b[K\x1b[1A", max(rows, 1)-1) + "\r\x1b[K"
}

// IsTerminal reports whether a person is looking.
func (s *Screen) IsTerminal() bool {
	f, ok := s.w.(*os.File)
	return ok && f != nil && term.IsTerminal(int(f.Fd()))
}

// Say tells the person at the terminal what the program does.
func (s *Screen) Say(what string) { _, _ = io.WriteString(s, "cleaner: "+what+"\n") }

// EndAtOnce returns what ends the process with an exit code while it loads an input, or takes
// back what it has written of one.
func (s *Screen) EndAtOnce(code int) func() {
	return func() {
		s.Say("ended at once: of an input that is not loaded whole nothing is kept")
		os.Exit(code)
	}
}
