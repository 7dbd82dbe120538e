package policy

import (
	"testing"
	"time"

	"cleaner/internal/answer"
)

// TestPaceReplyOf: what answers say of the pace.
func TestPaceReplyOf(t *testing.T) {
	table := DefaultTable()
	for _, tt := range []struct {
		name string
		a    answer.Answer
		want PaceEnd
	}{
		{"deleted", answer.Answer{Status: 200, Body: answer.BodyNull}, PaceAccepted},
		{"not there", answer.Answer{Status: 404, Body: answer.BodyCoded, Codes: []string{"CC.00050017"}}, PaceAccepted},
		{"forbidden", answer.Answer{Status: 403, Body: answer.BodyCoded, Codes: []string{"CC.00050010"}}, PaceAccepted},
		{"throttled", answer.Answer{Status: 429, Body: answer.BodyEmpty}, PaceRefused},
		{"throttled by the gateway", answer.Answer{Status: 429, Body: answer.BodyCoded, Codes: []string{"APIGW.0308"}}, PaceRefused},
		{"unavailable with a wait", answer.Answer{Status: 503, Body: answer.BodyHTML, RetryAfter: time.Second}, PaceRefused},
		{"unavailable", answer.Answer{Status: 503, Body: answer.BodyHTML}, PaceFailed},
		{"the service fails", answer.Answer{Status: 500, Body: answer.BodyCoded, Codes: []string{"CC.00000000"}}, PaceAccepted},
		{"no connection", answer.Answer{Fault: answer.FaultConnect}, PaceFailed},
		{"no answer", answer.Answer{Fault: answer.FaultTimeout}, PaceLost},
		{"no credential", answer.Answer{Fault: answer.FaultLogin}, PaceLost},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := PaceReplyOf(table.Judge(tt.a), tt.a).End; got != tt.want {
				t.Errorf("%v, want %v", got, tt.want)
			}
		})
	}
}

// TestOverrunSpendsNothing: a failure that comes only above a rate is a throttle, and what
// it may have done stays in doubt.
func TestOverrunSpendsNothing(t *testing.T) {
	a := answer.Answer{Status: 504, Body: answer.BodyHTML}
	rl := DefaultTable().Judge(a)
	got := Overrun(rl)
	if got.Verdict != Later || !got.Slow || got.Lost != rl.Lost {
		t.Errorf("%+v of %+v", got, rl)
	}
	step := Retry{Attempts: 2, Initial: time.Second, Max: time.Minute}.Next(got, a, Try{Attempts: 1, Now: time.Now(), Spend: true})
	if step.End != EndNone || step.Attempts != 1 {
		t.Errorf("%+v", step)
	}
}

// TestOverdueIsRefused: where refusals are held back, a request that is not answered for
// longer than any other has the rate fall before its answer comes; elsewhere it does not.
func TestOverdueIsRefused(t *testing.T) {
	for _, tt := range []struct {
		name string
		took time.Duration // how long answers take
		held time.Duration // how long refusals take
		fall time.Duration // when the rate falls after the request left
	}{
		{"held", 100 * time.Millisecond, 2 * time.Second, 120 * time.Millisecond},
		{"at once", 100 * time.Millisecond, 10 * time.Millisecond, 0},
		{"a little later than fast answers", 2 * time.Millisecond, 20 * time.Millisecond, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := NewPace(PaceRules{Ceiling: 1000, Floor: 0.1}, PaceLearned{Rate: 50})
			now := time.Duration(0)
			send := func(n int, took time.Duration, end PaceEnd) {
				first := now
				for i := range n {
					p.Sent(first + time.Duration(i))
				}
				now += took
				for i := range n {
					p.Note(now, PaceReply{Sent: first + time.Duration(i), End: end})
				}
			}
			for range 50 {
				send(1, tt.took, PaceAccepted)
			}
			send(12, tt.held, PaceRefused)
			for range 20 {
				send(1, tt.took, PaceAccepted)
			}
			before, left := p.Rate(now), now
			p.Sent(now) // and is not answered
			fell := time.Duration(0)
			for fell == 0 && now < left+500*time.Millisecond {
				now += 20 * time.Millisecond
				p.Sent(now)
				if p.Rate(now) < 0.8*before {
					fell = now - left
				}
				p.Note(now+time.Millisecond, PaceReply{Sent: now, End: PaceAccepted})
			}
			if fell != tt.fall {
				t.Errorf("of %v a second it fell after %v, want %v", before, fell, tt.fall)
			}
		})
	}
}

// TestSlowAnswerIsNoLimit: where nothing is refused, an answer that takes long shows no limit.
func TestSlowAnswerIsNoLimit(t *testing.T) {
	p := NewPace(PaceRules{Ceiling: 1000, Floor: 0.1}, PaceLearned{})
	for now := time.Duration(0); now < 2*time.Second; now += 5 * time.Millisecond {
		p.Sent(now)
		if now < time.Second { // the others are not answered yet
			p.Note(now+2*time.Millisecond, PaceReply{Sent: now})
		}
	}
	if got := p.Learned(); !got.IsZero() {
		t.Errorf("learned %v", got)
	}
}

// TestFlightsTop: with the most under way a few refusals are those of a rate, and the pace
// hears of them; where many are refused the most was too high.
func TestFlightsTop(t *testing.T) {
	for _, tt := range []struct{ accepted, most int }{{100, 4}, {8, 3}} {
		f := flights{most: 4}
		for range tt.accepted {
			f.note(4, false, 0)
		}
		for i := range 3 {
			if last := f.note(4, true, 0); last != (i == 2 && tt.most == 3) {
				t.Errorf("after %d accepted, refusal %d was one too many: %v", tt.accepted, i, last)
			}
		}
		if f.most != tt.most {
			t.Errorf("after %d accepted and 3 refused, %d may be under way, want %d", tt.accepted, f.most, tt.most)
		}
	}
}

// TestLostTrial: a trial of one more at a time of which nothing is heard makes way for the
// next.
func TestLostTrial(t *testing.T) {
	p := NewPace(PaceRules{Ceiling: 1000, Floor: 0.1}, PaceLearned{Rate: 500, AtOnce: 1})
	var left []time.Duration
	for range 2 { // the second is the trial
		now := 10*time.Second + time.Duration(len(left))*time.Second
		if _, ok := p.Next(now); !ok {
			t.Fatalf("nothing may leave beside %v", left)
		}
		p.Sent(now)
		left = append(left, now)
	}
	if _, ok := p.Next(13 * time.Second); ok {
		t.Error("two trials are made at a time")
	}
	p.Note(13*time.Second, PaceReply{Sent: left[1], End: PaceLost})
	if _, ok := p.Next(14 * time.Second); !ok {
		t.Error("no trial is made any more")
	}
}

// TestWindowIsWhole: where a long window is full, the rate is what it let through, also when a
// short block came in its midst and nobody knew the window before.
func TestWindowIsWhole(t *testing.T) {
	second := limitOf{50, time.Second}
	minute := limitOf{1000, time.Minute}
	for block := 3 * time.Second; block < 15*time.Second; block += time.Second {
		p := NewPace(PaceRules{Ceiling: 200, Floor: 0.1}, PaceLearned{})
		refuse, in := 2, map[limitOf]int{}
		answers := map[time.Duration][]PaceReply{}
		const step = time.Millisecond
		for now := step; now < 75*time.Second; now += step {
			if now%time.Second == 0 {
				in[second] = 0
			}
			if now%time.Minute == 0 {
				in[minute] = 0
			}
			for _, r := range answers[now] {
				p.Note(now, r)
			}
			delete(answers, now)
			if at, ok := p.Next(now); !ok || at > now {
				continue
			}
			p.Sent(now)
			r, took := PaceReply{Sent: now}, 100*time.Millisecond
			full := limitOf{}
			switch {
			case in[minute] >= minute.n:
				full = minute
			case in[second] >= second.n || now >= block && refuse > 0:
				full = second
			}
			if full.n > 0 {
				r.End, r.Limit, r.Window, took = PaceRefused, full.n, full.window, 10*time.Millisecond
				if now >= block {
					refuse--
				}
			} else {
				in[second]++
				in[minute]++
			}
			answers[now+took] = append(answers[now+took], r)
		}
		if got := p.Learned().Rate; got < 15.5 || got > 17 {
			t.Errorf("with a block after %v, of 1000 a minute %.1f a second are believed", block, got)
		}
	}
}

// limitOf is so many requests in a window.
type limitOf struct {
	n      int
	window time.Duration
}

// TestLateAnswersSayLittle: how long accepted requests take at the most is not what few late ones took,
// and follows when all take longer.
func TestLateAnswersSayLittle(t *testing.T) {
	var s signs
	for i := range 2000 {
		took := 0.1
		if i%50 == 20 {
			took = 0.5
		}
		s.took, s.slowest = s.latency(took)
		if s.slowest > 0.11 || i > 20 && s.slowest < 0.1 {
			t.Fatalf("%.3f s at the most after %d answers, of which one in 50 took 0.5 s and the others 0.1", s.slowest, i+1)
		}
	}
	for range 200 {
		s.took, s.slowest = s.latency(0.5)
	}
	if s.slowest != 0.5 || s.took < 0.49 {
		t.Errorf("%.3f s at the most, %.3f on average, after 200 answers of 0.5 s", s.slowest, s.took)
	}
}
