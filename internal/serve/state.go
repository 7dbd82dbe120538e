package serve

import (
	"sync"

	"cleaner/internal/admin"
	"cleaner/internal/assemble"
	"cleaner/internal/config"
	"cleaner/internal/pass"
	"cleaner/internal/worker"
)

// mostPasses is how many passes are remembered to be shown.
const mostPasses = 20

// state is where serve stands.
type state struct {
	mu       sync.Mutex // guards what follows
	cfg      *config.Config
	live     *livePass     // nil when no pass is under way
	passes   []admin.Ended // the latest first
	draining bool
	alert    string // what is wrong with the last reload; empty when nothing is
}

// config returns the configuration for what begins now.
func (s *state) config() *config.Config {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.cfg
}

// underWay is the pass under way; nil when none is.
func (s *state) underWay() *livePass {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.live
}

// follow puts cfg in force, also for the pass under way.
func (s *state) follow(cfg *config.Config) {
	s.mu.Lock()
	s.cfg = cfg
	live := s.live
	s.mu.Unlock()
	if live != nil {
		live.Tune(assemble.Tuning(cfg))
	}
}

func (s *state) setAlert(text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.alert = text
}

// drain shows that the process is about to end.
func (s *state) drain() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.draining = true
}

func (s *state) isDraining() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.draining
}

// enter shows a pass from now on, and returns the configuration that it begins with:
// each that follows is put in force in it, too.
func (s *state) enter(l *livePass) *config.Config {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.live = l
	return s.cfg
}

// leave remembers the pass for those who look later.
func (s *state) leave(l *livePass, r *pass.Report) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.live = nil
	s.passes = append([]admin.Ended{endedOf(l.tick, r)}, s.passes...)
	s.passes = s.passes[:min(len(s.passes), mostPasses)]
}

// show fills in the passes, and what is to be known of this process.
func (s *state) show(st *admin.Status) {
	s.mu.Lock()
	defer s.mu.Unlock()
	st.Draining = s.draining
	st.Passes = append([]admin.Ended{}, s.passes...)
	if s.alert != "" {
		st.Alerts = append(st.Alerts, s.alert)
	}
	if s.live != nil {
		st.Pass = s.live.shown()
	}
}

// snapshot is what the pass under way has done, and how many requests a second it
// may send; zero when none is under way.
func (s *state) snapshot() (done worker.Pass, rate float64) {
	l := s.underWay()
	if l == nil {
		return done, 0
	}
	v := l.View()
	return v.Done, v.Rate
}
