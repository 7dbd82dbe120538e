package daemon

import (
	"context"
	"sync"
	"time"
)

// fresh is how long a status may be shown, and patience how long one may take.
const (
	fresh    = 500 * time.Millisecond
	patience = 5 * time.Second
)

// mostPasses is how many recent passes are shown.
const mostPasses = 20

// shown is the state as all who watch see it: many cost what one costs.
type shown struct {
	status func(context.Context) (Status, error)
	ready  func(context.Context) []string

	mu   sync.Mutex // held while they are asked, so that they are asked once
	last glance     // guarded by mu
	at   time.Time  // when last was taken; zero when it is stale. Guarded by mu
}

// glance is what was seen at one moment. It is not to be changed.
type glance struct {
	Status
	unready []string
	err     error // why there is no status
}

// get returns a glance that is fresh. A status that cannot be read is no older
// than another.
func (s *shown) get(ctx context.Context) glance {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.at.IsZero() && time.Since(s.at) < fresh {
		return s.last
	}
	// One who goes away does not spoil it for those who wait.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	var g glance
	g.unready = s.ready(ctx)
	g.Status, g.err = s.status(ctx)
	if g.Now.IsZero() {
		g.Now = time.Now()
	}
	g.Passes = g.Passes[:min(len(g.Passes), mostPasses)]
	s.last, s.at = g, time.Now()
	return g
}

// stale makes the next get ask anew, after something was changed.
func (s *shown) stale() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.at = time.Time{}
}
