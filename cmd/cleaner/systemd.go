package main

import (
	"fmt"
	"time"

	"cleaner/internal/schedule"
)

// tellStatus tells systemd in a line what goes on, for systemctl status. Whether
// systemd can be told at all, Ready has said before.
func (s *server) tellStatus() {
	state := s.runner.State()
	s.mu.Lock()
	line := idleLine(state)
	if s.live != nil {
		line = s.live.line()
	}
	s.mu.Unlock()
	_ = s.notify.Status(line)
}

// line is the pass under way in a line.
func (l *livePass) line() string {
	p := l.shown()
	line := fmt.Sprintf("A pass: %d of %d settled, %d requests, %d throttled.", p.Settled, p.Total, p.Requests, p.Throttled)
	if p.Breaker != "" {
		line += " " + p.Breaker
	}
	return line
}

// idleLine is when the next pass begins, in a line.
func idleLine(state schedule.State) string {
	var next time.Time
	for _, j := range state.Jobs {
		if due := j.Next.Add(j.Offset); !j.Next.IsZero() && (next.IsZero() || due.Before(next)) {
			next = due
		}
	}
	switch {
	case state.Paused:
		return "Paused by an operator."
	case next.IsZero():
		return "No pass is to come."
	}
	return "The next pass begins at " + next.UTC().Format(time.RFC3339) + "."
}
