package policy

import (
	"testing"
	"time"
)

// TestGuess: one refusal with more under way than any accepted request had suggests a bound,
// and trials of one more at a time decide.
func TestGuess(t *testing.T) {
	trial := func(refused bool) func(*flights) {
		return func(f *flights) {
			f.trial.on = true
			f.note(5, refused, 1)
		}
	}
	inside := func(f *flights) { f.note(4, true, 1) }
	for _, tt := range []struct {
		name        string
		above       int // accepted with five under way before
		then        []func(*flights)
		most, known int
	}{
		{"one refusal", 0, nil, 4, 0},
		{"one was let through by luck", 1, nil, 4, 0},
		{"more were let through", 2, nil, 0, 0},
		{"a trial is refused", 0, []func(*flights){trial(true)}, 4, 0},
		{"two are", 0, []func(*flights){trial(true), trial(true)}, 4, 4},
		{"most are", 0, []func(*flights){trial(true), trial(false), trial(true), trial(true)}, 4, 4},
		{"they are accepted", 0, []func(*flights){trial(false), trial(false)}, 0, 0},
		{"few are refused as well", 0, []func(*flights){trial(true), inside}, 0, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := new(flights)
			for range 10 {
				f.note(4, false, 0)
			}
			for range tt.above {
				f.note(5, false, 0)
			}
			if suspected := f.suspect(5, 0); suspected != (tt.above < 2) {
				t.Errorf("suspected: %v", suspected)
			}
			for _, does := range tt.then {
				does(f)
			}
			if f.most != tt.most || f.known() != tt.known {
				t.Errorf("at most %d, known are %d; want %d and %d", f.most, f.known(), tt.most, tt.known)
			}
			if f.suspect(5, 2) {
				t.Error("a second guess was made")
			}
		})
	}
}

// TestTrialTakesPlace: with as many under way as there may be, a refusal beside a trial of one
// more is that of the trial, which overtook it.
func TestTrialTakesPlace(t *testing.T) {
	for _, beside := range []bool{true, false} {
		f := flights{most: 4, trial: flightTrial{on: beside, again: flightsSoon}}
		if got := f.note(4, true, 1); got != beside {
			t.Errorf("beside a trial: %v, it was one too many: %v", beside, got)
		}
		if f.note(5, false, 1); f.trial.lucky > 0 {
			t.Errorf("beside a trial: %v, the trial counts as one that went well", beside)
		}
	}
}

// TestFindsAtOnce: a bound of requests at once is found within two seconds, by few refusals, and
// no limit of a second is taken for one.
func TestFindsAtOnce(t *testing.T) {
	for _, tt := range []struct {
		name      string
		slots     int // at once; 0 is no bound
		perSecond int
		want      int
	}{
		{"four at once", 4, 1000, 4},
		{"twenty a second", 0, 20, 0},
		{"fifty a second", 0, 50, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := NewPace(PaceRules{Ceiling: 200, Floor: 0.1}, PaceLearned{})
			answers, busy, window, refused := map[time.Duration][]PaceReply{}, map[time.Duration]int{}, []time.Duration{}, 0
			under := 0
			const step = time.Millisecond
			for now := step; now < 2500*time.Millisecond; now += step {
				under -= busy[now]
				for _, r := range answers[now] {
					p.Note(now, r)
				}
				for at, ok := p.Next(now); ok && at <= now; at, ok = p.Next(now) {
					p.Sent(now)
					for len(window) > 0 && now-window[0] >= time.Second {
						window = window[1:]
					}
					r, after := PaceReply{Sent: now}, 100*time.Millisecond
					if tt.slots > 0 && under == tt.slots || len(window) == tt.perSecond {
						r.End, after = PaceRefused, 10*time.Millisecond
						refused++
					} else {
						under++
						window = append(window, now)
						busy[now+after]++
					}
					answers[now+after] = append(answers[now+after], r)
					now += step / 1000 // no two leave in one moment
				}
				now = now.Truncate(step)
			}
			if got := p.Learned().AtOnce; got != tt.want {
				t.Errorf("%d at once, want %d", got, tt.want)
			}
			if refused > 12 {
				t.Errorf("%d were refused", refused)
			}
		})
	}
}
