package admin

import (
	"context"
	"sync"
	"time"
)

// fresh is how long a status is shown where no option says otherwise, and patience how long
// reading one may take.
const (
	fresh    = 500 * time.Millisecond
	patience = 5 * time.Second
)

// mostPasses is how many recent passes are shown.
const mostPasses = 20

// shown caches the status, so that many clients cost what one costs.
type shown struct {
	status func(context.Context) (Status, error)
	ready  func(context.Context) []string
	fresh  time.Duration // how long a read is shown

	mu   sync.Mutex // guards what follows; held during a read, so that there is one at a time
	last statusRead
	at   time.Time // when last was read; zero when it is stale
}

// statusRead is the result of one read. It must not be changed.
type statusRead struct {
	Status
	unready []string
	err     error // why there is no status
}

// get returns a fresh read. The failure to read a status is kept as long as a status.
func (s *shown) get(ctx context.Context) statusRead {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.at.IsZero() && time.Since(s.at) < s.fresh {
		return s.last
	}
	// A client that disconnects does not end the read for those that wait.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	var g statusRead
	g.unready = s.ready(ctx)
	g.Status, g.err = s.status(ctx)
	if g.Now.IsZero() {
		g.Now = time.Now()
	}
	g.Passes = g.Passes[:min(len(g.Passes), mostPasses)]
	s.last, s.at = g, time.Now()
	return g
}

// stale makes the next get read anew, after a change.
func (s *shown) stale() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.at = time.Time{}
}
