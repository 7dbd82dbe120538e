package intake

import (
	"cmp"
	"context"
	"errors"
	"time"

	"github.com/cenkalti/backoff/v4"
	"go.uber.org/zap"

	"cleaner/internal/metrics"
)

// Options are what a feed is made of. Name, Open, Ledger, Check, MaxPending and Log are
// required.
type Options struct {
	// Name is the name of the entry, and Kind the kind of its broker, for people.
	Name, Kind string
	// Open connects to the broker.
	Open func(context.Context) (Broker, error)
	// Ledger takes the IDs in.
	Ledger Ledger
	// Check is the rule for a task ID; its error is why a message is rejected.
	Check func(id string) error
	// MaxPending is how many IDs may be pending before nothing more is received.
	MaxPending int64
	// InvalidShare is the largest part of the latest messages, from 0 to 1, that may be
	// unreadable; above it the feed stops. Sample is how many are judged before that.
	InvalidShare float64
	Sample       int64
	// Rejects is the file that keeps what cannot be read.
	Rejects string
	Log     *zap.Logger
	// Metrics measure the feed; nil does not.
	Metrics *metrics.Feed
	// Tempo is how long things take; the zero value is the usual.
	Tempo Tempo
}

// Tempo says how a feed spends its time.
type Tempo struct {
	// Most is the most messages in one batch. Linger is how long a batch may wait for
	// more of them: the ledger keeps a name for each load.
	Most   int
	Linger time.Duration
	// Pause is how long to wait before looking again whether there is room.
	Pause time.Duration
	// Retry is the first wait after a fault; it grows to a minute.
	Retry time.Duration
	// Quiet is how long nothing must come before Drain asks whether there is more, and
	// Idle how long it waits for messages that the broker says there are.
	Quiet, Idle time.Duration
}

// The usual tempo.
const (
	usualMost   = 10_000
	usualLinger = 5 * time.Second
	usualPause  = time.Second
	usualRetry  = time.Second
	usualQuiet  = time.Second
	usualIdle   = 15 * time.Second
	longestWait = time.Minute
	lagEvery    = 15 * time.Second
)

func (t Tempo) orUsual() Tempo {
	return Tempo{
		Most: cmp.Or(t.Most, usualMost), Linger: cmp.Or(t.Linger, usualLinger), Pause: cmp.Or(t.Pause, usualPause),
		Retry: cmp.Or(t.Retry, usualRetry), Quiet: cmp.Or(t.Quiet, usualQuiet), Idle: cmp.Or(t.Idle, usualIdle),
	}
}

// Feed is one source of messages at work. New makes one.
type Feed struct {
	Options
	judge  judge
	stride stride
	board  board
	lagAt  time.Time // when the lag was asked last
	inPart bool      // a part of the source could not be used then
}

// New returns a feed that has not begun.
func New(o Options) *Feed {
	o.Tempo = o.Tempo.orUsual()
	return &Feed{
		Options: o,
		judge:   judge{check: o.Check, perMessage: 1, window: window{share: o.InvalidShare, sample: int(min(o.Sample, windowSize))}},
		board:   board{metrics: o.Metrics, status: Status{Name: o.Name, Kind: o.Kind, Lag: -1}},
	}
}

// Run receives until ctx ends, or until a FatalError stops it. It connects again by
// itself. What it has received and not yet acknowledged when ctx ends comes again.
func (f *Feed) Run(ctx context.Context) {
	retry := f.backoff()
	for ctx.Err() == nil {
		err := f.session(ctx, retry.Reset)
		if f.ended(ctx, err) {
			return
		}
		wait := retry.NextBackOff()
		f.Log.Warn("the broker cannot be used; trying again", zap.Error(err), zap.Duration("wait", wait))
		f.board.waits("the broker cannot be used: " + err.Error())
		sleep(ctx, wait)
	}
}

// ended reports whether a session has ended for good, and says so.
func (f *Feed) ended(ctx context.Context, err error) bool {
	if ctx.Err() != nil {
		return true
	}
	fatal, ok := errors.AsType[*FatalError](err)
	if !ok {
		return false
	}
	f.board.stopped(fatal.Error())
	f.Log.Error("nothing more is received until the configuration is read again", zap.Error(fatal))
	return true
}

// session is one connection to the broker, until it fails. well is called when
// something has worked.
func (f *Feed) session(ctx context.Context, well func()) (err error) {
	b, err := f.Open(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.Close()) }()
	f.board.connected(true)
	defer f.board.connected(false)
	for ctx.Err() == nil {
		if err := f.measureLag(ctx, b); err != nil {
			return err
		}
		ids := f.room(ctx)
		if ids == 0 {
			sleep(ctx, f.Tempo.Pause)
			continue
		}
		if _, err := f.processOne(ctx, b, ids, f.Tempo.Linger, f.insist); err != nil {
			return err
		}
		well()
	}
	return nil
}

// room returns how many IDs may be received now; 0 for none, and says why.
func (f *Feed) room(ctx context.Context) int64 {
	pending, room, err := f.Ledger.Room(ctx)
	switch {
	case errors.Is(err, ErrBusy):
		f.board.waits("another works with the ledger, or a pass begins or ends")
		return 0
	case err != nil:
		f.board.waits("the ledger cannot be read: " + err.Error())
		return 0
	}
	words := ""
	room, words = f.allowed(pending, room)
	f.board.waits(words)
	return room
}

// allowed returns how many IDs may come, and why none may.
func (f *Feed) allowed(pending, room int64) (ids int64, words string) {
	switch {
	case pending >= f.MaxPending:
		return 0, "as many IDs are pending as max_pending allows"
	case room <= 0:
		return 0, "the pass under way would go over its cap with more"
	}
	return min(f.MaxPending-pending, room), ""
}

// measureLag asks the broker what waits there, now and then. So a broker that goes away is
// noticed also while nothing is received.
func (f *Feed) measureLag(ctx context.Context, b Broker) error {
	now := time.Now()
	if now.Sub(f.lagAt) < lagEvery {
		return nil
	}
	f.lagAt = now
	n, known, err := b.Lag(ctx)
	part := inPart(err)
	if part != nil && !f.inPart {
		f.Log.Warn("a part of the source cannot be used; what is in the others is received", zap.Error(part))
	}
	if f.inPart = part != nil; f.inPart {
		err = nil
	}
	if err == nil && known {
		f.board.lags(n)
	}
	return err
}

// backoff is how the waits after faults grow. It never gives up.
func (f *Feed) backoff() *backoff.ExponentialBackOff {
	return backoff.NewExponentialBackOff(
		backoff.WithInitialInterval(f.Tempo.Retry), backoff.WithMaxInterval(longestWait), backoff.WithMultiplier(2), backoff.WithMaxElapsedTime(0))
}

// sleep waits, until ctx ends at most.
func sleep(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}
