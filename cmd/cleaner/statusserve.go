package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"syscall"
	"time"

	"cleaner/internal/config"
	"cleaner/internal/daemon"
)

// servePatience bounds how long status waits for a serve: what the ledger says is
// shown all the same.
const servePatience = 2 * time.Second

// serveStatus is what a running serve says of its schedules.
type serveStatus struct {
	Paused   bool       `json:"paused"`    // schedules start nothing
	Draining bool       `json:"draining"`  // it is about to end
	NextPass *time.Time `json:"next_pass"` // null when none is planned
}

// askServe asks the serve behind the control socket. There is nothing to tell
// without a socket; an error says why nobody has answered there.
func askServe(ctx context.Context, l config.Listen) (*serveStatus, error) {
	if l.Socket == "" {
		return nil, nil
	}
	ctx, cancel := context.WithTimeout(ctx, servePatience)
	defer cancel()
	resp, err := ask(ctx, l, "/status")
	if errno, ok := errors.AsType[syscall.Errno](err); ok {
		return nil, errno // the rest is known: where
	}
	if err != nil {
		return nil, err
	}
	defer func() { _ = resp.Body.Close() }() // what matters has been read
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("HTTP %d", resp.StatusCode)
	}
	var said daemon.Status
	if err := json.NewDecoder(io.LimitReader(resp.Body, 16<<20)).Decode(&said); err != nil {
		return nil, fmt.Errorf("read its status: %w", err)
	}
	return serveStatusOf(said), nil
}

// serveStatusOf is what counts of all that a serve says.
func serveStatusOf(said daemon.Status) *serveStatus {
	s := &serveStatus{Paused: said.Paused, Draining: said.Draining}
	for _, c := range said.Schedules {
		if next := c.NextUTC; !next.IsZero() && (s.NextPass == nil || next.Before(*s.NextPass)) {
			s.NextPass = &next
		}
	}
	return s
}

// serveLine tells of the serve; it is empty when none can be asked.
func (s *status) serveLine() string {
	switch serve := s.Serve; {
	case s.unanswered != "":
		return "serve      none answers at " + s.unanswered + "\n"
	case serve == nil:
		return ""
	case serve.Draining:
		return "serve      about to end\n"
	case serve.Paused:
		return "serve      paused: schedules start nothing until resume\n"
	case serve.NextPass == nil:
		return "serve      running, no pass is planned\n"
	default:
		return "serve      running, the next pass is planned for " + clockOf(*serve.NextPass) + "\n"
	}
}
