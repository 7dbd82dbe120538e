package pace

import (
	"context"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"cleaner/internal/policy"
)

// drive has workers make n requests, each of which takes so long, and returns when they
// were sent. end decides what is answered to a request of that number.
func drive(t *testing.T, p *Adaptive, workers, n int, took time.Duration, end func(i int) policy.PaceReply) (sent []time.Duration) {
	t.Helper()
	began := time.Now()
	var mu sync.Mutex
	var group sync.WaitGroup
	for range workers {
		group.Go(func() {
			for {
				mu.Lock()
				i := len(sent)
				mu.Unlock()
				if i >= n {
					return
				}
				m, err := p.Acquire(t.Context(), policy.LaneDelete)
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				i = len(sent)
				sent = append(sent, time.Since(began))
				mu.Unlock()
				time.Sleep(took)
				p.Note(m, end(i))
			}
		})
	}
	group.Wait()
	return sent
}

func accepted(int) policy.PaceReply { return policy.PaceReply{} }

// TestCeilingIsKept: where nothing is refused, the rate is the ceiling, and no second holds
// more than it and the burst.
func TestCeilingIsKept(t *testing.T) {
	for _, rate := range []int{10, 200, 2000} {
		synctest.Test(t, func(t *testing.T) {
			p := NewAdaptive(Options{Ceiling: float64(rate), Burst: 1})
			sent := drive(t, p, max(4, rate/8), 9*rate, 100*time.Millisecond, accepted)
			for i := range sent {
				if until := i + rate + 1; until < len(sent) && sent[until]-sent[i] < time.Second {
					t.Fatalf("%d a second: more than that within a second after %v", rate, sent[i])
				}
			}
			late := sent[slices.IndexFunc(sent, func(at time.Duration) bool { return at >= 5*time.Second }):]
			if got := float64(len(late)-1) / (late[len(late)-1] - late[0]).Seconds(); got < 0.99*float64(rate) {
				t.Errorf("%d a second: %.1f are sent", rate, got)
			}
		})
	}
}

// TestLongWaitHoldsForAll: one that the service asks for, and that is above two seconds.
func TestLongWaitHoldsForAll(t *testing.T) {
	for _, tt := range []struct {
		wait  time.Duration
		quiet bool
	}{{time.Second, false}, {30 * time.Second, true}} {
		synctest.Test(t, func(t *testing.T) {
			p := NewAdaptive(Options{Ceiling: 20, Burst: 1})
			sent := drive(t, p, 4, 200, 50*time.Millisecond, func(i int) policy.PaceReply {
				if i == 100 {
					return policy.PaceReply{End: policy.PaceRefused, Wait: tt.wait}
				}
				return policy.PaceReply{}
			})
			gap := time.Duration(0)
			for i := 1; i < len(sent); i++ {
				gap = max(gap, sent[i]-sent[i-1])
			}
			if quiet := gap >= tt.wait; quiet != tt.quiet || !tt.quiet && gap > 500*time.Millisecond {
				t.Errorf("asked to wait %v, nothing was sent for %v", tt.wait, gap)
			}
		})
	}
}

// TestLostProbeBlocksNobody: in a block one request at a time is sent; one that is never
// answered, or given up by its caller, makes way for the next.
func TestLostProbeBlocksNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := NewAdaptive(Options{Ceiling: 20, Burst: 1})
		sent := drive(t, p, 4, 60, 50*time.Millisecond, func(i int) policy.PaceReply {
			switch {
			case i >= 20 && i < 30:
				return policy.PaceReply{End: policy.PaceRefused}
			case i >= 30 && i < 35:
				return policy.PaceReply{End: policy.PaceLost}
			default:
				return policy.PaceReply{}
			}
		})
		if took := sent[len(sent)-1]; took > 30*time.Second {
			t.Errorf("60 requests took %v", took)
		}
	})
}

// TestAcquireEnds with its context, and leaves its turn to the next.
func TestAcquireEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := NewAdaptive(Options{Ceiling: 1, Burst: 1})
		drive(t, p, 1, 1, time.Millisecond, accepted)
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		if _, err := p.Acquire(ctx, policy.LaneDelete); err == nil {
			t.Error("a permit was granted after the end")
		}
		began := time.Now()
		if _, err := p.Acquire(t.Context(), policy.LaneLook); err != nil || time.Since(began) > 2*time.Second {
			t.Errorf("the next waited %v: %v", time.Since(began), err)
		}
	})
}

// TestLearnedIsKnownAgain: a second pace begins where the first has come.
func TestLearnedIsKnownAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := NewAdaptive(Options{Ceiling: 1000, Burst: 1})
		n, since := 0, time.Now()
		var mu sync.Mutex
		drive(t, p, 50, 1000, 30*time.Millisecond, func(int) policy.PaceReply {
			mu.Lock()
			defer mu.Unlock()
			if time.Since(since) >= time.Second {
				n, since = 0, time.Now()
			}
			if n++; n > 40 {
				return policy.PaceReply{End: policy.PaceRefused}
			}
			return policy.PaceReply{}
		})
		learned := p.Learned()
		if l := learned[policy.LaneDelete]; l.Rate < 35 || l.Rate > 42 || l.At.IsZero() {
			t.Errorf("of 40 a second is learned: %v", l)
		}
		if got := NewAdaptive(Options{Ceiling: 1000, Burst: 1, Known: learned}).Rate(); got < 32 || got > 42 {
			t.Errorf("the next begins with %v a second", got)
		}
	})
}

// lookOnce takes a permit for a look, and has it accepted after that time.
func lookOnce(t *testing.T, p *Adaptive, took time.Duration) (sent time.Time) {
	t.Helper()
	m, err := p.Acquire(t.Context(), policy.LaneLook)
	if err != nil {
		t.Error(err)
	}
	sent = time.Now()
	time.Sleep(took)
	p.Note(m, policy.PaceReply{})
	return sent
}

// TestLookTakesATurn: where a limit is believed, a look takes the turn of a DELETE, before
// all that wait; where many looks are made, they have a pace of their own.
func TestLookTakesATurn(t *testing.T) {
	for _, looks := range []int{1, 100} {
		synctest.Test(t, func(t *testing.T) {
			p := NewAdaptive(Options{Ceiling: 1000, Burst: 1, Known: map[policy.Lane]policy.PaceLearned{
				policy.LaneDelete: {Rate: 20}, policy.LaneLook: {Rate: 500},
			}})
			var looked []time.Time
			began := time.Now()
			var group sync.WaitGroup
			group.Go(func() {
				time.Sleep(time.Second)
				for range looks {
					looked = append(looked, lookOnce(t, p, 0))
				}
			})
			sent := drive(t, p, 16, 100, 100*time.Millisecond, accepted)
			group.Wait()
			shared := true
			for _, at := range looked {
				for _, other := range sent {
					if d := at.Sub(began.Add(other)).Abs(); d < 30*time.Millisecond {
						shared = false
					}
				}
			}
			if few := looks == 1; shared != few {
				t.Errorf("%d looks have turns of their own: %v", looks, shared)
			}
			if waited := looked[0].Sub(began.Add(time.Second)); waited > 100*time.Millisecond {
				t.Errorf("the first look waited %v", waited)
			}
			if got := float64(len(sent)) / sent[len(sent)-1].Seconds(); got < 17 {
				t.Errorf("beside %d looks %.1f DELETEs a second were sent", looks, got)
			}
		})
	}
}

// TestLookIsOneOfThoseAtOnce: a look waits as long as there are as many requests under way
// as are let through at once, and no longer than the pass.
func TestLookIsOneOfThoseAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := NewAdaptive(Options{Ceiling: 1000, Burst: 1, Known: map[policy.Lane]policy.PaceLearned{policy.LaneDelete: {Rate: 200, AtOnce: 1}}})
		first, err := p.Acquire(t.Context(), policy.LaneDelete)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := p.Acquire(ctx, policy.LaneLook); err == nil {
			t.Error("two requests are under way")
		}
		began := time.Now()
		time.AfterFunc(time.Second, func() { p.Note(first, policy.PaceReply{}) })
		if waited := lookOnce(t, p, time.Minute).Sub(began); waited != time.Second {
			t.Errorf("it waited %v", waited)
		}
		if _, err := p.Acquire(t.Context(), policy.LaneDelete); err != nil || time.Since(began) > 62*time.Second {
			t.Errorf("the next DELETE waited %v: %v", time.Since(began), err)
		}
	})
}

// TestLookDoesNotWaitForABlock: when DELETEs are refused for long, looks are asked all the same.
func TestLookDoesNotWaitForABlock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := NewAdaptive(Options{Ceiling: 20, Burst: 1})
		drive(t, p, 2, 40, 50*time.Millisecond, func(i int) policy.PaceReply {
			if i > 20 {
				return policy.PaceReply{End: policy.PaceRefused, Wait: time.Minute}
			}
			return policy.PaceReply{}
		})
		if p.Held().IsZero() {
			t.Fatal("nobody waits")
		}
		began := time.Now()
		if waited := lookOnce(t, p, 0).Sub(began); waited > 2*time.Second {
			t.Errorf("it waited %v", waited)
		}
	})
}
