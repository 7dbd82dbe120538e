package intake

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/zap"

	"cleaner/internal/queue"
)

// line is a broker with one source of messages, in memory. Connections are its
// fakeBrokers. What is received on a connection and not acknowledged comes again on the
// next.
type line struct {
	mu      sync.Mutex
	waiting []Message
	acked   []string // positions
	dead    []string // positions of rejected ones
	most    int      // the largest Receive
	// mostHeld is the most bytes that were received and not acknowledged.
	mostHeld int
	opened   int
	untold   bool             // it does not tell how many wait
	part     error            // of every Lag
	fail     map[string]error // by "open", "receive", "ack" or "lag", once
}

type fakeBroker struct {
	*line
	held []Message
}

func (l *line) open(context.Context) (Broker, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.opened++
	return &fakeBroker{line: l}, l.failure("open")
}

func (l *line) failure(of string) error {
	err := l.fail[of]
	delete(l.fail, of)
	return err
}

func (l *line) send(bodies ...string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, b := range bodies {
		l.waiting = append(l.waiting, Message{Body: []byte(b), Position: fmt.Sprint("at ", b)})
	}
}

func (b *fakeBroker) Receive(ctx context.Context, most int, wait time.Duration) ([]Message, error) {
	take := func() (some []Message, err error) {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.most = max(b.most, most)
		if err := b.failure("receive"); err != nil {
			return nil, err
		}
		n := min(most, len(b.waiting))
		some = slices.Clone(b.waiting[:n])
		b.waiting = b.waiting[n:]
		b.held = append(b.held, some...)
		bytes := 0
		for _, m := range b.held {
			bytes += len(m.Body)
		}
		b.mostHeld = max(b.mostHeld, bytes)
		return some, nil
	}
	some, err := take()
	if err == nil && len(some) == 0 {
		sleep(ctx, wait)
	}
	return some, err
}

func (b *fakeBroker) Ack(_ context.Context, done []Message) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if err := b.failure("ack"); err != nil {
		return err
	}
	for _, m := range done {
		b.acked = append(b.acked, m.Position)
		if m.Rejected {
			b.dead = append(b.dead, m.Position)
		}
		b.held = slices.DeleteFunc(b.held, func(h Message) bool { return h.Position == m.Position })
	}
	return nil
}

func (b *fakeBroker) Lag(context.Context) (int64, bool, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return int64(len(b.waiting)), !b.untold, cmp.Or(b.failure("lag"), b.part)
}

func (b *fakeBroker) Close() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	for i := range b.held {
		b.held[i].Redelivered = true
	}
	b.waiting = append(b.held, b.waiting...)
	b.held = nil
	return nil
}

// books is a ledger in memory.
type books struct {
	mu      sync.Mutex
	pending int64
	room    int64
	batches []string
	ids     map[string]string // each ID with its batch
	fail    error             // of every Load
}

func newBooks() *books { return &books{room: 1 << 40, ids: map[string]string{}} }

func (b *books) Room(context.Context) (pending, room int64, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.pending, b.room, nil
}

func (b *books) Load(_ context.Context, _ int64, load func(queue.Loader) error) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.fail != nil {
		return b.fail
	}
	return load(loaderOf{b})
}

func (b *books) set(change func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	change()
}

type loaderOf struct{ *books }

func (b loaderOf) Load(_ context.Context, batch queue.Batch, ids iter.Seq2[string, error]) (l queue.Loaded, err error) {
	if slices.Contains(b.batches, batch.Name) {
		return l, fmt.Errorf("load: %w", queue.ErrBatchExists)
	}
	if n := len(b.batches); n > 0 && batch.Extends != "" && strings.HasPrefix(b.batches[n-1]+".", batch.Extends+".") {
		batch.Name = b.batches[n-1]
	} else {
		b.batches = append(b.batches, batch.Name)
	}
	for id, err := range ids {
		if err != nil {
			return l, err
		}
		if b.ids[id] != "" {
			l.Duplicates++
			continue
		}
		b.ids[id] = batch.Name
		b.pending++
		l.New++
	}
	return l, nil
}

// options are those of a feed over a line and books, where an ID begins with a letter.
func options(l *line, b *books) Options {
	return Options{
		Name: "orders", Kind: "fake", Open: l.open, Ledger: b, MaxPending: 1000, InvalidShare: 0.5, Sample: 10, Log: zap.NewNop(),
		Check: func(id string) error {
			if id == "" || id[0] < 'a' {
				return errors.New("an ID begins with a letter")
			}
			return nil
		},
	}
}

// running runs a feed in a bubble until the test function returns.
func running(t *testing.T, change func(*Options), test func(t *testing.T, f *Feed, l *line, b *books)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		l, b := &line{fail: map[string]error{}}, newBooks()
		o := options(l, b)
		if change != nil {
			change(&o)
		}
		f := New(o)
		ctx, cancel := context.WithCancel(t.Context())
		var over sync.WaitGroup
		over.Go(func() { f.Run(ctx) })
		test(t, f, l, b)
		cancel()
		over.Wait()
	})
}

// What comes is in the ledger before it is acknowledged, under a batch of the source and
// hour, or the one it names.
func TestFeedLoads(t *testing.T) {
	running(t, nil, func(t *testing.T, f *Feed, l *line, b *books) {
		l.send("a1", `{"id":"b2","batch":"nightly"}`, "0123456789ABCDEF0123456789ABCDEF")
		rest(time.Minute)
		l.send("a1", "c3", `{"id":"d4","batch":"nightly"}`)
		rest(time.Minute)
		hour := "orders-" + time.Now().UTC().Format("20060102T15Z")
		for id, batch := range map[string]string{"a1": hour, "b2": "nightly", "c3": hour + ".", "d4": "nightly."} {
			if got := b.ids[id]; !strings.HasPrefix(got, batch) || (batch[len(batch)-1] != '.') != (got == batch) {
				t.Errorf("%s is in batch %q, want %q", id, got, batch)
			}
		}
		if len(l.acked) != 6 || len(l.dead) != 1 {
			t.Errorf("acknowledged %q, dead %q", l.acked, l.dead)
		}
		s := f.Status()
		if s.Received != 6 || s.Acked != 6 || s.Rejected != 1 || s.New != 4 || s.Duplicates != 1 || !s.Connected || s.Waits != "" {
			t.Errorf("%+v", s)
		}
	})
}

// What comes in an hour goes into one batch, as long as nothing else is loaded between.
func TestFeedGoesOnWithTheBatch(t *testing.T) {
	running(t, nil, func(t *testing.T, _ *Feed, l *line, b *books) {
		for _, id := range []string{"a1", "b2", "c3"} {
			l.send(id)
			rest(time.Minute)
		}
		b.set(func() { b.batches = append(b.batches, "a file") })
		for _, id := range []string{"d4", "e5"} {
			l.send(id)
			rest(time.Minute)
		}
		hour := "orders-" + time.Now().UTC().Format("20060102T15Z")
		if b.ids["a1"] != hour || b.ids["c3"] != hour || !strings.HasPrefix(b.ids["d4"], hour+".") || b.ids["e5"] != b.ids["d4"] || len(b.batches) != 3 {
			t.Errorf("%q: %v", b.batches, b.ids)
		}
	})
}

// Nothing is acknowledged before the ledger has it, and nothing is given back while the
// ledger fails.
func TestFeedHoldsWhileLedgerFails(t *testing.T) {
	for _, fault := range []error{ErrBusy, errors.New("the disk is full")} {
		running(t, nil, func(t *testing.T, f *Feed, l *line, b *books) {
			b.set(func() { b.fail = fault })
			l.send("a1")
			rest(10 * time.Minute)
			if len(l.acked) > 0 || l.opened != 1 || f.Status().Waits == "" {
				t.Errorf("acknowledged %q over %d connections: %+v", l.acked, l.opened, f.Status())
			}
			b.set(func() { b.fail = nil })
			rest(2 * time.Minute)
			if len(l.acked) != 1 || b.ids["a1"] == "" || f.Status().Waits != "" {
				t.Errorf("acknowledged %q, the ledger has %v: %+v", l.acked, b.ids, f.Status())
			}
		})
	}
}

// A feed connects again by itself, and what comes again is a duplicate.
func TestFeedReconnects(t *testing.T) {
	for _, of := range []string{"open", "receive", "ack"} {
		running(t, nil, func(t *testing.T, f *Feed, l *line, b *books) {
			l.mu.Lock()
			l.fail[of] = errors.New("connection reset")
			l.mu.Unlock()
			l.send("a1", "b2")
			rest(time.Minute)
			if l.opened < 1 || len(l.acked) != 2 || len(b.ids) != 2 {
				t.Errorf("%s: %d connections, acknowledged %q, the ledger has %v", of, l.opened, l.acked, b.ids)
			}
			s := f.Status()
			if again := int64(0); of == "ack" {
				again = 1 // the first is a batch of its own
				if s.Redelivered != again || s.Duplicates != again {
					t.Errorf("%s: %+v", of, s)
				}
			}
		})
	}
}

// A broker that goes away is noticed also while max_pending is reached and nothing is received.
func TestFeedNoticesALostBroker(t *testing.T) {
	running(t, func(o *Options) { o.MaxPending = 1 }, func(t *testing.T, f *Feed, l *line, _ *books) {
		l.send("a1", "b2")
		rest(time.Minute)
		if s := f.Status(); !s.Connected || !strings.Contains(s.Waits, "max_pending") {
			t.Fatalf("%+v", s)
		}
		l.mu.Lock()
		l.fail["lag"] = errors.New("connection reset")
		l.mu.Unlock()
		away := false
		for range 200 {
			rest(100 * time.Millisecond)
			s := f.Status()
			away = away || !s.Connected && strings.Contains(s.Waits, "connection reset")
		}
		if s := f.Status(); !away || !s.Connected || l.opened != 2 {
			t.Errorf("it was seen to be away: %v, over %d connections: %+v", away, l.opened, s)
		}
	})
}

// A part of a source that cannot be used holds up no other.
func TestFeedReceivesFromTheOtherParts(t *testing.T) {
	running(t, nil, func(t *testing.T, f *Feed, l *line, b *books) {
		l.mu.Lock()
		l.part = fmt.Errorf("topic t: %w", &PartError{errors.New("no leader")})
		l.mu.Unlock()
		for n := range 3 {
			l.send(fmt.Sprint("a", n))
			rest(time.Minute)
		}
		if s := f.Status(); !s.Connected || l.opened != 1 || len(b.ids) != 3 {
			t.Errorf("over %d connections: %+v", l.opened, s)
		}
	})
}

// max_pending stops receiving, and what waits at the broker stays there.
func TestFeedBackPressure(t *testing.T) {
	running(t, func(o *Options) { o.MaxPending = 5 }, func(t *testing.T, f *Feed, l *line, b *books) {
		for n := range 20 {
			l.send(fmt.Sprint("a", n))
		}
		rest(time.Minute)
		if b.pending != 5 || len(l.acked) != 5 || len(l.waiting) != 15 || l.most > 5 || !strings.Contains(f.Status().Waits, "max_pending") {
			t.Errorf("%d pending, %d acknowledged, %d wait, %+v", b.pending, len(l.acked), len(l.waiting), f.Status())
		}
		b.set(func() { b.pending = 2 })
		rest(time.Minute)
		if len(l.acked) != 8 || len(l.waiting) != 12 {
			t.Errorf("%d acknowledged, %d wait", len(l.acked), len(l.waiting))
		}
		b.set(func() { b.pending, b.room = 0, 0 })
		rest(time.Minute)
		if len(l.acked) != 8 || !strings.Contains(f.Status().Waits, "cap") {
			t.Errorf("%d acknowledged under a full cap: %+v", len(l.acked), f.Status())
		}
	})
}

// Too many unreadable messages stop the feed: nothing of that batch is loaded or
// acknowledged, and the rejects say why.
func TestFeedStopsAtInvalidShare(t *testing.T) {
	rejects := filepath.Join(t.TempDir(), "rejects")
	running(t, func(o *Options) { o.Rejects = rejects }, func(t *testing.T, f *Feed, l *line, b *books) {
		l.send("a1", "a2", "1", "2") // fewer than the sample
		rest(time.Minute)
		l.send("a3", "3", "4", "5", "6", "7", "8")
		rest(time.Hour)
		if len(b.ids) != 2 || len(l.acked) != 4 || len(l.waiting) != 7 {
			t.Errorf("the ledger has %v, acknowledged %q, %d wait", b.ids, l.acked, len(l.waiting))
		}
		if s := f.Status(); !strings.Contains(s.Stopped, "8 of the last 11 messages") || s.Connected {
			t.Errorf("%+v", s)
		}
		text, err := os.ReadFile(rejects)
		if err != nil || strings.Count(string(text), "\n") != 8 || !strings.Contains(string(text), `"source":"orders","line":0,"position":"at 8","text":"8","reason":"an ID begins`) {
			t.Errorf("%v: %s", err, text)
		}
	})
}

// rest lets virtual time go by, and the feed come to rest.
func rest(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}
