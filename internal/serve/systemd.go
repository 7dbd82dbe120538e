package serve

import (
	"fmt"
	"time"

	"go.uber.org/zap"

	"cleaner/internal/admin"
	"cleaner/internal/schedule"
)

// systemd is notified of what goes on.
type systemd struct {
	admin.Notifier
	log    *zap.Logger
	state  *state
	runner *schedule.Runner
}

// ready tells that the process has started, or has finished a reload.
func (s *systemd) ready() { s.warn(s.Ready()) }

// reloading tells that the configuration is read again; ready ends that.
func (s *systemd) reloading() { s.warn(s.Reloading()) }

// stopping tells that the process is about to end, and how long that may take.
func (s *systemd) stopping() { s.warn(s.Stopping(s.state.config().Limits.Grace)) }

func (s *systemd) warn(err error) { warn(s.log, "systemd is not told", err) }

// tellStatus tells systemd in a line what goes on, for systemctl status. Whether
// systemd can be told at all, Ready has said before.
func (s *systemd) tellStatus() {
	line := idleLine(s.runner.State())
	if live := s.state.underWay(); live != nil {
		line = passLine(live.shown())
	}
	_ = s.Status(line)
}

// passLine is a pass under way, in a line.
func passLine(p *admin.Pass) string {
	line := fmt.Sprintf("A pass: %d of %d settled, %d requests, %d throttled.", p.Settled, p.Total, p.Requests, p.Throttled)
	if p.Breaker != "" {
		line += " " + p.Breaker
	}
	return line
}

// idleLine is when the next pass begins, in a line.
func idleLine(state schedule.State) string {
	next, ok := state.Next()
	switch {
	case state.Paused:
		return "Paused by an operator."
	case !ok:
		return "No pass is to come."
	}
	return "The next pass begins at " + next.Due().UTC().Format(time.RFC3339) + "."
}
