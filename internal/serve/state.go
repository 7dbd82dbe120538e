package serve

import (
	"cmp"
	"sync"
	"time"

	"cleaner/internal/admin"
	"cleaner/internal/assemble"
	"cleaner/internal/config"
	"cleaner/internal/pass"
	"cleaner/internal/report"
)

// mostPasses is how many passes are remembered to be shown.
const mostPasses = 20

// mostSamples is how many samples of a pass are shown, the latest.
const mostSamples = 360

// state is where serve stands.
type state struct {
	mu       sync.Mutex // guards what follows
	cfg      *config.Config
	live     *livePass     // nil when no pass is under way
	passes   []admin.Ended // the latest first
	draining bool
	samples  []report.Sample // of the last pass that sent something
	login    time.Time       // when the login of the last pass ends; zero when that is not known
	alert    string          // what is wrong with the last reload; empty when nothing is
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
	if all := l.Samples.Latest(mostSamples); len(all) > 0 {
		s.samples = all
	}
	s.login = cmp.Or(l.View().LoginEnds, s.login)
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
	st.History = s.samples
	if s.live != nil {
		st.Pass = s.live.shown()
		st.Pass.LoginEnds = cmp.Or(st.Pass.LoginEnds, s.login)
		st.History = s.live.Samples.Latest(mostSamples)
	}
	st.History = append([]report.Sample{}, st.History...)
}

// recall takes up how the last pass has gone, which another process has made.
func (s *state) recall(samples []report.Sample) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.samples == nil {
		s.samples = samples
	}
}
