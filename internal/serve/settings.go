package serve

import (
	"context"
	"fmt"
	"os"
	"sync"

	"go.uber.org/zap"

	"cleaner/internal/config"
)

// settings change the configuration in force.
type settings struct {
	deps    *Deps
	state   *state
	times   *timetable
	systemd *systemd
	feeds   *feeds

	changing sync.Mutex // one change at a time
}

// reloadOn reads the configuration at every hangup, until ctx ends. Feeds receive until
// taking ends.
func (s *settings) reloadOn(ctx, taking context.Context, hangups <-chan os.Signal) {
	for {
		select {
		case <-hangups:
			if cfg := s.reload(); cfg != nil {
				s.feeds.start(taking, cfg)
			}
		case <-ctx.Done():
			return
		}
	}
}

// reload reads the configuration, and applies it to the pass under way and to those
// that follow. One that is invalid, or that asks for what needs a restart,
// leaves the old one in place, and is not returned.
func (s *settings) reload() *config.Config {
	s.systemd.reloading()
	defer s.systemd.ready()
	s.changing.Lock()
	defer s.changing.Unlock()
	cfg, err := s.deps.Load()
	if err == nil {
		err = checkRestartKeys(s.state.config(), cfg)
	}
	if err == nil {
		err = s.times.reschedule(cfg)
	}
	s.deps.Metrics.ConfigReloaded(err == nil)
	if err != nil {
		s.state.setAlert("The configuration was not reloaded: " + err.Error())
		s.deps.Log.Error("configuration not reloaded, the old one stays", zap.Error(err))
		return nil
	}
	s.deps.Follow(cfg)
	s.deps.Metrics.SetBounds(cfg.Limits.Rate, cfg.Safety.RefuseAbove)
	s.state.setAlert("")
	s.state.follow(cfg)
	s.systemd.tellStatus()
	s.deps.Log.Info("configuration reloaded", zap.String("file", s.deps.Process.ConfigPath))
	return cfg
}

// checkRestartKeys returns an error when a new configuration differs in what only a
// restart can change.
func checkRestartKeys(old, cfg *config.Config) error {
	for _, key := range []struct {
		name     string
		old, now any
	}{
		{"listen", old.Listen, cfg.Listen},
		{"queue.url", old.Queue.URL, cfg.Queue.URL},
		{"log.format", old.Log.Format, cfg.Log.Format},
		{"traces", old.Traces, cfg.Traces},
	} {
		if fmt.Sprint(key.old) != fmt.Sprint(key.now) {
			return fmt.Errorf("%s has changed: restart to use it", key.name)
		}
	}
	return nil
}

// set changes the ceiling of the rate and the number of workers at once, until the
// next reload or restart. A 0 leaves a value as it is.
func (s *settings) set(rate float64, workers int) error {
	s.changing.Lock()
	defer s.changing.Unlock()
	cfg := *s.state.config()
	if rate > 0 {
		cfg.Limits.Rate = rate
	}
	if workers > 0 {
		cfg.Limits.Workers = workers
	}
	if err := cfg.Limits.Check(); err != nil {
		return err
	}
	s.state.follow(&cfg)
	s.deps.Log.Warn("limits set by an operator", zap.Float64("rate", cfg.Limits.Rate), zap.Int("workers", cfg.Limits.Workers))
	return nil
}
