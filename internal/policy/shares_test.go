package policy

import (
	"slices"
	"strings"
	"testing"
)

// The ends that these tests note.
var (
	endDeleted = EndOf{End: EndDeleted, Attempts: 1, First: true}
	endDead    = EndOf{End: EndDead, Attempts: 8}
	endRefused = EndOf{End: EndDead, Attempts: 1, First: true}
	endAbsent  = EndOf{End: EndGone, Attempts: 1, First: true}
)

// drawn is the end of an ID that was drawn from across the list.
func drawn(o EndOf) EndOf {
	o.Drawn = true
	return o
}

// run notes ends and returns the first excess, and after how many.
func (s *Shares) run(ends ...EndOf) (Excess, int) {
	for i, o := range ends {
		if e := s.Note(o); e != (Excess{}) {
			return e, i + 1
		}
	}
	return Excess{}, len(ends)
}

// Before a pass is stopped, as many IDs as the sample are drawn from across the list,
// and these decide.
func TestSharesAskAcrossTheList(t *testing.T) {
	many := slices.Repeat[[]EndOf]
	limits := Shares{Sample: 10, Failed: 0.1, NotFound: 0.5}
	tests := []struct {
		name          string
		before, probe EndOf
		mixed         int // how many of the probe are deleted
		want          string
	}{
		{"all dead, everywhere", endRefused, endRefused, 0, "10 of 10 settled task IDs (100.0 %) ended as dead letters, more than safety.failed_share (0.1) allows"},
		{"not there, everywhere", endAbsent, endAbsent, 0, "10 of 10 settled task IDs (100.0 %) were not there at their first request, more than safety.not_found_share (0.5) allows: the list, the region or the project"},
		{"more than half not there", endAbsent, endAbsent, 4, "6 of 10 settled task IDs (60.0 %)"},
		{"half not there", endAbsent, endAbsent, 5, ""},
		{"a gone head alone", endAbsent, endDeleted, 0, ""},
		{"a refused head alone", endRefused, endDeleted, 0, ""},
		{"exactly at the share", endRefused, endRefused, 9, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := limits
			if e, _ := s.run(many([]EndOf{tt.before}, 10)...); e != (Excess{}) || !s.Sampling() {
				t.Fatalf("after the head: %+v, sampling %v; want to be asked for IDs from across the list", e, s.Sampling())
			}
			probe := append(many([]EndOf{drawn(endDeleted)}, tt.mixed), many([]EndOf{drawn(tt.probe)}, 10-tt.mixed)...)
			e, n := s.run(probe...)
			if !strings.HasPrefix(e.Why, tt.want) || (tt.want == "") != (e == Excess{}) || n != 10 || s.Sampling() {
				t.Errorf("after %d: %+v, sampling %v; want %q", n, e, s.Sampling(), tt.want)
			}
		})
	}
}

// When no ID is left to draw from, the share counts against all IDs: those that still
// wait may end well.
func TestSharesWithNothingLeftToDraw(t *testing.T) {
	s := Shares{Sample: 10, Failed: 0.1, NotFound: 0.5}
	if e, _ := s.run(slices.Repeat([]EndOf{endDead}, 10)...); e != (Excess{}) || !s.Sampling() {
		t.Fatalf("before: %+v, sampling %v", e, s.Sampling())
	}
	s.Undrawable(190)
	e, n := s.run(slices.Repeat([]EndOf{endDead}, 190)...)
	if want := "21 of 200 task IDs"; !e.Failed || n != 11 || !strings.HasPrefix(e.Why, want) || s.Sampling() {
		t.Errorf("after %d more: %+v, sampling %v; want %q", n, e, s.Sampling(), want)
	}
}

// What goes wrong late shows within a window and a sample, however much went well.
func TestSharesSeeWhatGoesWrongLate(t *testing.T) {
	s := Shares{Sample: 100, Failed: 0.2, NotFound: 0.5}
	if e, _ := s.run(slices.Repeat([]EndOf{endDeleted}, 3000)...); e != (Excess{}) || s.Sampling() {
		t.Fatalf("good ones: %+v", e)
	}
	n := 0
	for ; !s.Sampling() && n < 1000; n++ {
		s.Note(endRefused)
	}
	if n > 100 {
		t.Fatalf("%d refused before it asks across the list", n)
	}
	if e, n := s.run(slices.Repeat([]EndOf{drawn(endRefused)}, 1000)...); !e.Failed || n != 100 {
		t.Errorf("after %d drawn: %+v", n, e)
	}
}

// IDs that went behind others, and those still under way in order, count in the whole
// pass alone: the window and the probe are not theirs.
func TestSharesOfThoseBehind(t *testing.T) {
	s := Shares{Sample: 10, Failed: 0.2, NotFound: 0.5}
	s.run(slices.Repeat([]EndOf{endDeleted}, 100)...)
	if e, _ := s.run(slices.Repeat([]EndOf{endDead}, 20)...); e != (Excess{}) || s.Sampling() {
		t.Errorf("20 of 120 that went behind: %+v, sampling %v", e, s.Sampling())
	}
	s.run(slices.Repeat([]EndOf{endDead}, 20)...)
	if !s.Sampling() {
		t.Fatal("40 of 140 ask for no sample")
	}
	if e, _ := s.run(slices.Repeat([]EndOf{endDead}, 50)...); e != (Excess{}) {
		t.Errorf("those that were not drawn decide: %+v", e)
	}
	if e := s.Last(); !e.Failed {
		t.Errorf("at the end of the pass: %+v", e)
	}
}

func TestSharesThatNeverStop(t *testing.T) {
	for name, tt := range map[string]struct {
		limits Shares
		end    EndOf
	}{
		"below the sample":                {Shares{Sample: 2001, Failed: 0.1, NotFound: 0.1}, endRefused},
		"gone after a lost answer":        {Shares{Sample: 10, Failed: 0.1, NotFound: 0.1}, EndOf{End: EndGone, Attempts: 1, Lost: true, First: true}},
		"gone at a later request":         {Shares{Sample: 10, Failed: 0.1, NotFound: 0.1}, EndOf{End: EndGone, Attempts: 2}},
		"those no request was sent for":   {Shares{Sample: 10}, EndOf{End: EndDead}},
		"those put back":                  {Shares{Sample: 10}, EndOf{Attempts: 1}},
		"the zero value":                  {Shares{}, endRefused},
		"shares of 1":                     {Shares{Sample: 1, Failed: 1, NotFound: 1}, endRefused},
		"shares of 1, none of them there": {Shares{Sample: 1, Failed: 1, NotFound: 1}, endAbsent},
	} {
		t.Run(name, func(t *testing.T) {
			s := tt.limits
			if e, _ := s.run(slices.Repeat([]EndOf{tt.end, drawn(tt.end)}, 1000)...); e != (Excess{}) || s.Sampling() || s.Last() != (Excess{}) {
				t.Errorf("got %+v, sampling %v, at the end %+v", e, s.Sampling(), s.Last())
			}
		})
	}
}

// Where the answer to a DELETE cannot tell, looks before it find a wrong list.
func TestSharesOfLooks(t *testing.T) {
	s := Shares{Sample: 100, Failed: 0.2, NotFound: 0.5}
	for i := range 20 {
		e := s.NoteLook("b", i%2 == 0)
		if e != (Excess{}) {
			t.Fatalf("half of %d: %+v", i+1, e)
		}
	}
	if e := s.NoteLook("b", true); !e.NotFound || !strings.HasPrefix(e.Why, "11 of 21 settled task IDs (52.4 %) that were looked at before") {
		t.Errorf("got %+v", e)
	}
	if e := (&Shares{}).NoteLook("b", true); e != (Excess{}) {
		t.Errorf("the zero value: %+v", e)
	}
}
