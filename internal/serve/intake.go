package serve

import (
	"context"
	"errors"
	"math"
	"slices"
	"sync"

	"cleaner/internal/admin"
	"cleaner/internal/assemble"
	"cleaner/internal/config"
	"cleaner/internal/intake"
	"cleaner/internal/ledger"
	"cleaner/internal/queue"
)

// feeds receive messages all the time, while serve makes passes.
type feeds struct {
	deps *Deps
	to   sharedLedger

	changing sync.Mutex // one start or halt at a time

	mu    sync.Mutex // guards what follows
	all   []*intake.Feed
	past  map[string]intake.Status // what feeds of a name have counted before the last start
	stop  context.CancelFunc       // nil before the first start
	ended *sync.WaitGroup
}

// start receives what a configuration says, instead of what was received until now. A
// feed that has stopped begins anew: whoever has the configuration read has looked. After
// the end of ctx it starts nothing.
func (f *feeds) start(ctx context.Context, cfg *config.Config) {
	f.changing.Lock()
	defer f.changing.Unlock()
	f.end()
	if ctx.Err() != nil {
		return
	}
	ctx, stop := context.WithCancel(ctx)
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.past == nil {
		f.past = map[string]intake.Status{}
	}
	for _, feed := range f.all {
		f.past[feed.Name] = counted(f.past[feed.Name], feed.Status())
		if !slices.ContainsFunc(cfg.Intake, func(e config.Intake) bool { return e.Name == feed.Name }) {
			f.deps.Metrics.ForgetFeed(feed.Name)
		}
	}
	f.all, f.stop, f.ended = nil, stop, new(sync.WaitGroup)
	for _, e := range cfg.Intake {
		feed := f.deps.Process.Intake.Feed(cfg, e, f.to, f.deps.Metrics, f.deps.Log)
		f.all = append(f.all, feed)
		f.ended.Go(func() { feed.Run(ctx) })
	}
}

// halt ends all feeds, and returns when they have ended.
func (f *feeds) halt() {
	f.changing.Lock()
	defer f.changing.Unlock()
	f.end()
}

// end is halt for who holds changing.
func (f *feeds) end() {
	f.mu.Lock()
	stop, ended := f.stop, f.ended
	f.mu.Unlock()
	if stop != nil {
		stop()
		ended.Wait()
	}
}

// shown are the feeds as the status shows them.
func (f *feeds) shown() (all []admin.Intake) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, feed := range f.all {
		s := counted(f.past[feed.Name], feed.Status())
		shown := admin.Intake{
			Name: s.Name, Kind: s.Kind, Connected: s.Connected, Waits: s.Waits, Stopped: s.Stopped,
			Received: s.Received, Redelivered: s.Redelivered, Acked: s.Acked, Rejected: s.Rejected, New: s.New, Duplicates: s.Duplicates,
		}
		if !s.LastReceived.IsZero() {
			shown.LastReceived = &s.LastReceived
		}
		if s.Lag >= 0 {
			shown.Lag = &s.Lag
		}
		all = append(all, shown)
	}
	return all
}

// counted is now with what was counted before.
func counted(before, now intake.Status) intake.Status {
	now.Received += before.Received
	now.Redelivered += before.Redelivered
	now.Acked += before.Acked
	now.Rejected += before.Rejected
	now.New += before.New
	now.Duplicates += before.Duplicates
	if now.LastReceived.IsZero() {
		now.LastReceived = before.LastReceived
	}
	return now
}

// sharedLedger is the ledger as feeds see it: that of the pass under way, or one that is opened
// for a moment between two, so that other processes find it free. It is an
// intake.Ledger.
type sharedLedger struct {
	state *state
	maker *maker
}

// Room returns what is pending, and what the pass under way has room for.
func (s sharedLedger) Room(ctx context.Context) (pending, room int64, err error) {
	at := assemble.Ledger(s.state.config())
	room = math.MaxInt64
	if l := s.state.underWay(); l != nil {
		room, err = l.Room(ctx)
	} else {
		var held *queue.LockedError
		if held, err = at.Holder(); held != nil && !held.Holder.Same(ledger.Self()) {
			err = held
		}
	}
	if err != nil {
		return 0, 0, busy(err)
	}
	c, err := at.Counts(ctx)
	return c.Pending, room, err
}

// Load lends the ledger.
func (s sharedLedger) Load(ctx context.Context, n int64, load func(queue.Loader) error) error {
	return busy(s.lend(ctx, n, func(q queue.Ledger) error { return load(q) }))
}

// lend lends the ledger to load about n IDs. It refuses with pass.ErrHeld, or a
// *queue.LockedError, when they cannot be loaded now.
func (s sharedLedger) lend(ctx context.Context, n int64, load func(queue.Ledger) error) error {
	return s.maker.lend(ctx, "load", load, func(l *livePass) error { return l.Take(ctx, n, load) })
}

// busy makes ErrBusy of what goes away by itself.
func busy(err error) error {
	if isBusy(err) {
		return errors.Join(intake.ErrBusy, err)
	}
	return err
}
