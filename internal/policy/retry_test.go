package policy

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"cleaner/internal/answer"
)

// usual is the schedule of the default configuration.
var usual = Retry{Attempts: 8, Initial: time.Second, Max: time.Minute, Deadline: time.Hour}

func TestCeiling(t *testing.T) {
	tests := []struct {
		name    string
		retry   Retry
		attempt int
		want    time.Duration
	}{
		{"none yet counts as the first", usual, 0, time.Second},
		{"negative counts as the first", usual, math.MinInt, time.Second},
		{"first", usual, 1, time.Second},
		{"second", usual, 2, 2 * time.Second},
		{"sixth", usual, 6, 32 * time.Second},
		{"capped", usual, 7, time.Minute},
		{"after the library's 15 minutes", usual, 100, time.Minute},
		{"no overflow", usual, 1 << 31, time.Minute},
		{"no overflow at the longest", Retry{Initial: 1, Max: math.MaxInt64}, 1 << 31, math.MaxInt64},
		{"initial above max", Retry{Initial: time.Hour, Max: time.Minute}, 1, time.Minute},
		{"zero value", Retry{}, 5, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.retry.Ceiling(tt.attempt); got != tt.want {
				t.Errorf("Ceiling(%d) = %v, want %v", tt.attempt, got, tt.want)
			}
		})
	}
}

func TestCeilingNeverFalls(t *testing.T) {
	for _, r := range []Retry{usual, {Initial: 1, Max: math.MaxInt64}, {Initial: 7 * time.Millisecond, Max: 13 * time.Hour}} {
		before := time.Duration(0)
		for attempt := range 200 {
			got := r.Ceiling(attempt)
			if got < before || got > r.Max || got <= 0 {
				t.Fatalf("%+v: Ceiling(%d) = %v after %v", r, attempt, got, before)
			}
			before = got
		}
	}
}

func TestDelayBounds(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 100_000 {
		attempt := random.IntN(20)
		got := usual.Delay(attempt, random.Float64(), 0)
		if got <= 0 || got > usual.Ceiling(attempt) || got > usual.Max {
			t.Fatalf("Delay(%d) = %v is not in (0, %v]", attempt, got, usual.Ceiling(attempt))
		}
	}
}

func TestDelayEdges(t *testing.T) {
	tests := []struct {
		name   string
		retry  Retry
		jitter float64
		floor  time.Duration
		want   time.Duration
	}{
		{"longest draw", usual, 0, 0, time.Second},
		{"middle draw", usual, 0.5, 0, 500 * time.Millisecond},
		{"shortest draw is no zero", usual, math.Nextafter(1, 0), 0, 1},
		{"jitter too large", usual, 7, 0, 1},
		{"jitter negative", usual, -1, 0, time.Second},
		{"no jitter at all", usual, math.NaN(), 0, time.Second},
		{"floor below", usual, 0.5, time.Millisecond, 500 * time.Millisecond},
		{"floor above", usual, 0.5, 5 * time.Minute, 5 * time.Minute},
		{"floor negative", usual, 0.5, -time.Minute, 500 * time.Millisecond},
		{"zero value", Retry{}, 0.5, 0, 1},
		{"longest duration", Retry{Initial: math.MaxInt64, Max: math.MaxInt64}, 0, 0, math.MaxInt64},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.retry.Delay(1, tt.jitter, tt.floor); got != tt.want {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}

// TestInstancesDoNotRetryInStep draws the waits of two instances that failed
// at the same moments, and asks for no correlation between them.
func TestInstancesDoNotRetryInStep(t *testing.T) {
	const draws = 5000
	one, two := rand.New(rand.NewPCG(1, 1)), rand.New(rand.NewPCG(2, 2))
	var x, y, xx, yy, xy float64
	for range draws {
		a := usual.Delay(10, one.Float64(), 0).Seconds()
		b := usual.Delay(10, two.Float64(), 0).Seconds()
		x, y, xx, yy, xy = x+a, y+b, xx+a*a, yy+b*b, xy+a*b
	}
	n := float64(draws)
	r := (n*xy - x*y) / math.Sqrt((n*xx-x*x)*(n*yy-y*y))
	if math.Abs(r) > 0.05 {
		t.Errorf("the waits of two instances correlate: r = %.3f", r)
	}
	if mean := x / n; math.Abs(mean-30) > 1 {
		t.Errorf("mean wait %.1f s of a ceiling of 60 s: not full jitter", mean)
	}
}

func TestFloor(t *testing.T) {
	tests := []struct {
		name   string
		retry  Retry
		answer answer.Answer
		wait   time.Duration
		absurd bool
	}{
		{"none", usual, answer.Answer{}, 0, false},
		{"header", usual, answer.Answer{RetryAfter: time.Minute}, time.Minute, false},
		{"window", usual, answer.Answer{Window: time.Minute}, time.Minute, false},
		{"the header beats the window", usual, answer.Answer{RetryAfter: time.Second, Window: time.Minute}, time.Second, false},
		{"negative", usual, answer.Answer{RetryAfter: -time.Second, Window: -time.Minute}, 0, false},
		{"just the deadline", usual, answer.Answer{RetryAfter: time.Hour}, time.Hour, false},
		{"tomorrow", usual, answer.Answer{RetryAfter: 24 * time.Hour}, 24 * time.Hour, true},
		{"a window of a day", usual, answer.Answer{Window: 24 * time.Hour}, 24 * time.Hour, true},
		{"a day, no deadline", Retry{}, answer.Answer{RetryAfter: 24 * time.Hour}, 24 * time.Hour, false},
		{"more than a day, no deadline", Retry{}, answer.Answer{RetryAfter: 24*time.Hour + time.Second}, 24*time.Hour + time.Second, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			wait, absurd := tt.retry.Floor(tt.answer)
			if wait != tt.wait || absurd != tt.absurd {
				t.Errorf("got %v, %v; want %v, %v", wait, absurd, tt.wait, tt.absurd)
			}
		})
	}
}
