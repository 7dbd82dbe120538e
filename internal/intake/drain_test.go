package intake

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// A drain takes what is there, and no more than there is room for.
func TestDrain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, b := &line{}, newBooks()
		o := options(l, b)
		o.MaxPending, o.Tempo.Most = 7, 3
		l.send("a1", "a2", "a3", "1", "a1", "a5")
		d, err := New(o).Drain(t.Context())
		if err != nil || d.New != 4 || d.Duplicates != 1 || d.Rejected != 1 || d.Left != "" || len(l.acked) != 6 {
			t.Errorf("%+v, %v, acknowledged %q", d, err, l.acked)
		}
		l.send("b1", "b2", "b3", "b4", "b5")
		d, err = New(o).Drain(t.Context())
		if err != nil || d.New != 3 || d.Left == "" || len(l.waiting) != 2 {
			t.Errorf("%+v, %v, %d wait", d, err, len(l.waiting))
		}
		b.fail = errors.New("the disk is full")
		b.pending = 0
		if _, err := New(o).Drain(t.Context()); !errors.Is(err, b.fail) || len(l.waiting) != 2 || len(l.acked) != 9 {
			t.Errorf("%v, %d wait", err, len(l.waiting))
		}
		l.fail = map[string]error{"open": errors.New("no route")}
		if _, err := New(o).Drain(t.Context()); err == nil {
			t.Error("a broker that is away is no error")
		}
	})
}

// A drain takes what can be taken when a part of the source cannot be used, and says so.
func TestDrainOfTheOtherParts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, ids := range [][]string{{"a1", "a2", "a3"}, nil} {
			l, b := &line{part: &PartError{errors.New("no leader")}}, newBooks()
			l.send(ids...)
			d, err := New(options(l, b)).Drain(t.Context())
			if inPart(err) == nil || d.New != int64(len(ids)) || len(l.acked) != len(ids) {
				t.Errorf("%+v, %v, acknowledged %q", d, err, l.acked)
			}
		}
	})
}

// A drain ends also where messages come all the time, with what was there as it began; and
// where the broker does not tell how many that is, when it has no more for a moment.
func TestDrainEndsUnderAStream(t *testing.T) {
	for name, c := range map[string]struct {
		untold bool
		want   []string
	}{
		"the broker tells":         {false, []string{"a1", "a2", "a3"}},
		"the broker does not tell": {true, []string{"a1", "a2", "a3"}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l, b := &line{untold: c.untold}, newBooks()
				l.send(c.want...)
				ctx, stop := context.WithCancel(t.Context())
				var over sync.WaitGroup
				over.Go(func() { // a message that is known already, faster than a turn takes
					for ctx.Err() == nil {
						sleep(ctx, usualQuiet/2)
						l.send("a1")
					}
				})
				ended, given := make(chan struct{}), time.Now()
				over.Go(func() {
					defer close(ended)
					if d, err := New(options(l, b)).Drain(ctx); err != nil || d.New != 3 || d.Left != "" {
						t.Errorf("%+v, %v", d, err)
					}
				})
				select {
				case <-ended:
				case <-time.After(time.Hour):
					t.Errorf("it goes on after %v", time.Since(given))
				}
				stop()
				over.Wait()
				for _, id := range c.want {
					if b.ids[id] == "" {
						t.Errorf("%s was left with the broker", id)
					}
				}
			})
		})
	}
}
