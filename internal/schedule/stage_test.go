package schedule

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// stage is a Runner in a bubble, whose clock begins at 2000-01-01 00:00 UTC,
// with a log of what it told.
type stage struct {
	*Runner
	t    *testing.T
	stop func() // ends Run and waits for it

	mu   sync.Mutex
	skew time.Duration // of the wall clock
	log  []string
	mark map[string]time.Time // what Ticked was told last
}

// clock is the wall clock, which can be set.
func (s *stage) clock() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return time.Now().Add(s.skew)
}

func (s *stage) setClock(by time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.skew += by
}

// note logs an event as "00:10 skipped job schedule 00:10 overlap": when, what,
// whose, why, for when, and what else there is to say.
func (s *stage) note(e Event) {
	now := s.clock()
	s.mu.Lock()
	defer s.mu.Unlock()
	line := fmt.Sprintf("%s %s %s %s %s", now.Format("15:04"), e.Kind, e.Job, e.Reason, e.Planned.UTC().Format("15:04"))
	if e.Count > 1 {
		line += fmt.Sprintf("-%s %d", e.Until.UTC().Format("15:04"), e.Count)
	}
	if e.Err != nil {
		first, _, _ := strings.Cut(e.Err.Error(), "\n")
		line += " " + first
	}
	s.log = append(s.log, strings.TrimSpace(line+" "+e.Cause))
}

// play starts a Runner, which must be in a bubble.
func play(t *testing.T, c Config) *stage {
	t.Helper()
	s := prepare(t, c)
	s.run()
	return s
}

func prepare(t *testing.T, c Config) *stage {
	t.Helper()
	s := &stage{t: t, mark: map[string]time.Time{}}
	c.Observe = s.note
	c.Ticked = func(job Job, planned time.Time) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.mark[job.Name] = planned
	}
	var err error
	if s.Runner, err = New(c); err != nil {
		t.Fatal(err)
	}
	s.now = s.clock
	return s
}

func (s *stage) run() {
	ctx, cancel := context.WithCancel(context.Background())
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		if err := s.Run(ctx); err != nil {
			s.t.Errorf("Run = %v", err)
		}
	}()
	s.stop = func() { cancel(); <-gone }
	synctest.Wait()
}

// until sleeps to a time of the first day by the clock of the bubble, plus a
// second, so that what is due then has happened.
func (s *stage) until(clock string) {
	s.t.Helper()
	d, err := time.ParseDuration(strings.Replace(clock, ":", "h", 1) + "m")
	if err != nil {
		s.t.Fatal(err)
	}
	time.Sleep(time.Until(dawn.Add(d + time.Second)))
	synctest.Wait()
}

// expect compares the log so far, and empties it.
func (s *stage) expect(want ...string) {
	s.t.Helper()
	synctest.Wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	if diff := cmp.Diff(want, s.log); diff != "" {
		s.t.Errorf("told (-want +got):\n%s", diff)
	}
	s.log = nil
}

// marked returns what Ticked was told last, as a time of the day.
func (s *stage) marked(job string) string {
	synctest.Wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.mark[job].UTC().Format("15:04")
}

var dawn = time.Date(2000, time.January, 1, 0, 0, 0, 0, time.UTC)

// jobs makes one job, named "a", of a spec.
func jobs(t *testing.T, s Spec) []Job {
	t.Helper()
	return []Job{{Name: "a", Schedule: must(t, s)}}
}

// work is a pass that takes a time, or, told to stop, a time to drain.
func work(long, drain time.Duration) func(context.Context, Tick) error {
	return func(ctx context.Context, _ Tick) error {
		select {
		case <-time.After(long):
			return nil
		case <-ctx.Done():
			<-time.After(drain)
			return context.Cause(ctx)
		}
	}
}

func quick(context.Context, Tick) error { return nil }
