package pace

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// grants collects the moments at which permits were granted.
type grants struct {
	mu sync.Mutex // guards at
	at []time.Time
}

func (g *grants) add() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.at = append(g.at, time.Now())
}

// busiest is the most grants in any second: from each grant on, up to but not
// including one second later.
func (g *grants) busiest() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	slices.SortFunc(g.at, time.Time.Compare)
	most, first := 0, 0
	for i, at := range g.at {
		for at.Sub(g.at[first]) >= time.Second {
			first++
		}
		most = max(most, i-first+1)
	}
	return most
}

func (g *grants) count() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return len(g.at)
}

// hammer asks for permits with that many workers until ctx ends.
func hammer(ctx context.Context, p *Fixed, workers int) *grants {
	g := &grants{}
	var pool sync.WaitGroup
	for range workers {
		pool.Go(func() {
			for p.Wait(ctx) == nil {
				g.add()
			}
		})
	}
	pool.Wait()
	return g
}

func TestFixedKeepsEverySecond(t *testing.T) {
	tests := []struct {
		name    string
		rate    float64
		burst   int
		workers int
	}{
		{"one by one", 5, 1, 16},
		{"odd rate", 7, 3, 16},
		{"less than one a second", 0.5, 1, 4},
		{"burst larger than rate", 3, 10, 16},
		{"fast", 2000, 1, 16},
		{"burst of nothing counts as one", 10, 0, 3},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				const seconds = 10
				ctx, cancel := context.WithTimeout(t.Context(), seconds*time.Second)
				defer cancel()
				g := hammer(ctx, NewFixed(tt.rate, tt.burst), tt.workers)
				burst := max(tt.burst, 1)
				if most := int(math.Ceil(tt.rate)) + burst; g.busiest() > most {
					t.Errorf("%d permits in one second, want at most %d", g.busiest(), most)
				}
				if least := int(0.999 * tt.rate * seconds); g.count() < least {
					t.Errorf("%d permits in %d s, want at least %d", g.count(), seconds, least)
				}
			})
		})
	}
}

func TestFixedKeepsEverySecondAfterQuiet(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := NewFixed(10, 2)
		g := &grants{}
		for range 3 {
			time.Sleep(time.Hour)
			p.Pause(time.Minute)
			ctx, cancel := context.WithTimeout(t.Context(), 65*time.Second)
			g.at = append(g.at, hammer(ctx, p, 8).at...)
			cancel()
		}
		if got := g.busiest(); got > 12 {
			t.Errorf("%d permits in one second, want at most 12", got)
		}
		if got := g.count(); got < 150 {
			t.Errorf("%d permits, want at least 150", got)
		}
	})
}

// TestFixedKeepsEverySecondWhateverHappens throws in pauses, workers that give
// up, and slower rates.
func TestFixedKeepsEverySecondWhateverHappens(t *testing.T) {
	for seed := range uint64(20) {
		synctest.Test(t, func(t *testing.T) {
			random := rand.New(rand.NewPCG(seed, 0))
			p, g := NewFixed(20, 5), &grants{}
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
			defer cancel()
			var pool sync.WaitGroup
			for range 8 {
				patience := time.Duration(50+random.IntN(400)) * time.Millisecond
				pool.Go(func() {
					for ctx.Err() == nil {
						hurry, cancel := context.WithTimeout(ctx, patience)
						if p.Wait(hurry) == nil {
							g.add()
						}
						cancel()
					}
				})
			}
			for range 10 {
				time.Sleep(time.Duration(random.IntN(1500)) * time.Millisecond)
				p.Pause(time.Duration(random.IntN(1000)) * time.Millisecond)
			}
			p.SetRate(10)
			pool.Wait()
			if got := g.busiest(); got > 25 {
				t.Errorf("seed %d: %d permits in one second, want at most 25", seed, got)
			}
			if g.count() < 50 {
				t.Errorf("seed %d: %d permits only", seed, g.count())
			}
		})
	}
}

func TestNothingLeavesDuringAPause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := NewFixed(10, 1)
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		start := time.Now()
		pause := make(chan [2]time.Time, 1)
		time.AfterFunc(2*time.Second+time.Millisecond, func() {
			from := time.Now()
			p.Pause(3 * time.Second)
			pause <- [2]time.Time{from, p.Paused()}
		})
		g := hammer(ctx, p, 16)
		held := <-pause
		from, to := held[0], held[1]
		for _, at := range g.at {
			if at.After(from) && at.Before(to) {
				t.Errorf("a permit after %v, in a pause from %v to %v", at.Sub(start), from.Sub(start), to.Sub(start))
			}
		}
		if want := 65; g.count() < want {
			t.Errorf("%d permits in 10 s with a pause of 3 s, want at least %d", g.count(), want)
		}
	})
}

func TestPauseIsProlongedAndNeverShortened(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := NewFixed(1000, 1)
		start := time.Now()
		for _, d := range []time.Duration{time.Minute, time.Second, 0, -time.Hour} {
			p.Pause(d)
		}
		time.AfterFunc(30*time.Second, func() { p.Pause(time.Minute) })
		if err := p.Wait(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := time.Since(start); got != 90*time.Second {
			t.Errorf("waited %v, want 1m30s", got)
		}
	})
}

func TestPaused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := NewFixed(1, 1)
		if got := p.Paused(); !got.IsZero() {
			t.Errorf("paused until %v before any pause", got)
		}
		p.Pause(time.Minute)
		if got, want := p.Paused(), time.Now().Add(time.Minute); !got.Equal(want) {
			t.Errorf("paused until %v, want %v", got, want)
		}
		time.Sleep(time.Minute)
		if got := p.Paused(); !got.IsZero() {
			t.Errorf("paused until %v after the pause", got)
		}
		p.Pause(math.MaxInt64)
		if p.Paused().Before(time.Now().AddDate(200, 0, 0)) {
			t.Error("the longest pause overflows")
		}
	})
}

func TestWaitEndsWithItsContext(t *testing.T) {
	type ender = func(context.Context) (context.Context, context.CancelFunc)
	second := func(ctx context.Context) (context.Context, context.CancelFunc) {
		return context.WithTimeout(ctx, time.Second)
	}
	ended := func(ctx context.Context) (context.Context, context.CancelFunc) {
		ctx, cancel := context.WithCancel(ctx)
		cancel()
		return ctx, cancel
	}
	tests := []struct {
		name  string
		ready func(p *Fixed)
		end   ender
		took  time.Duration
		want  error
	}{
		{"ended before, with permits to be had", func(*Fixed) {}, ended, 0, context.Canceled},
		{"in a pause", func(p *Fixed) { p.Pause(time.Hour) }, second, time.Second, context.DeadlineExceeded},
		{"in the line", func(p *Fixed) { _ = p.Wait(context.Background()) }, second, time.Second, context.DeadlineExceeded},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := NewFixed(0.001, 1)
				tt.ready(p)
				ctx, cancel := tt.end(t.Context())
				defer cancel()
				start := time.Now()
				if err := p.Wait(ctx); !errors.Is(err, tt.want) {
					t.Errorf("got %v, want %v", err, tt.want)
				}
				if took := time.Since(start); took != tt.took {
					t.Errorf("took %v, want %v", took, tt.took)
				}
			})
		})
	}
}

// TestImpatienceDoesNotLengthenTheLine has workers leave the line out of order,
// again and again: the permits must come at their rate all the same.
func TestImpatienceDoesNotLengthenTheLine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, g := NewFixed(10, 1), &grants{}
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		defer cancel()
		var pool sync.WaitGroup
		for i := range 16 {
			patience := time.Duration(50+37*i) * time.Millisecond
			pool.Go(func() {
				for ctx.Err() == nil {
					hurry, cancel := context.WithTimeout(ctx, patience)
					if p.Wait(hurry) == nil {
						g.add()
					}
					cancel()
				}
			})
		}
		pool.Wait()
		if got := g.busiest(); got > 11 {
			t.Errorf("%d permits in one second, want at most 11", got)
		}
		if got := g.count(); got < 190 {
			t.Errorf("%d permits in 20 s, want about 200", got)
		}
	})
}

// TestGivingUpGivesBack makes a worker leave the line: the next one must not
// wait for its turn.
func TestGivingUpGivesBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := NewFixed(0.1, 1) // every ten seconds
		start := time.Now()
		_ = p.Wait(t.Context())
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_ = p.Wait(ctx)
		_ = p.Wait(t.Context())
		if got := time.Since(start); got != 10*time.Second {
			t.Errorf("the second permit came after %v, want 10s", got)
		}
	})
}

func TestSetRate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := NewFixed(0.001, 1)
		_ = p.Wait(t.Context())
		p.SetRate(10)
		start := time.Now()
		for range 10 {
			_ = p.Wait(t.Context())
		}
		if got := time.Since(start).Round(time.Millisecond); got != time.Second {
			t.Errorf("ten permits took %v, want 1s", got)
		}
	})
}

func TestNoLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := NewFixed(math.Inf(1), 1)
		start := time.Now()
		for range 10_000 {
			_ = p.Wait(t.Context())
		}
		if got := time.Since(start); got != 0 {
			t.Errorf("waited %v without a limit", got)
		}
	})
}

func TestNewFixedRefusesNoRate(t *testing.T) {
	for _, perSecond := range []float64{0, -1, math.Inf(-1), math.NaN()} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("a rate of %v was taken", perSecond)
				}
			}()
			NewFixed(perSecond, 1)
		}()
	}
}

// TestFixedInRealTime is the race detector's: no bubble, and no claim but the
// rate over all.
func TestFixedInRealTime(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	p := NewFixed(1000, 1)
	time.AfterFunc(50*time.Millisecond, func() { p.Pause(100 * time.Millisecond) })
	if got := hammer(ctx, p, 16).count(); got < 20 || got > 301 {
		t.Errorf("%d permits in 300 ms at 1000 a second, want at most 301", got)
	}
}
