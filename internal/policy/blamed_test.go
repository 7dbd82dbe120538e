package policy

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestBlameBatches: those that are over the limit by themselves are to blame, and when none
// is, all that had a bad ID.
func TestBlameBatches(t *testing.T) {
	good, mixed, bad, half := BatchShare{"good", 100, 0}, BatchShare{"mixed", 100, 10}, BatchShare{"bad", 10, 9}, BatchShare{"half", 10, 5}
	for _, tt := range []struct{ all, want []BatchShare }{
		{[]BatchShare{good, mixed, bad}, []BatchShare{bad}},
		{[]BatchShare{mixed, half, good}, []BatchShare{half, mixed}},
		{[]BatchShare{good}, nil},
		{nil, nil},
	} {
		given := slices.Clone(tt.all)
		if diff := cmp.Diff(append([]BatchShare{}, tt.want...), append([]BatchShare{}, batchesToHold(tt.all, 0.5)...)); diff != "" {
			t.Errorf("of %v (-want +got):\n%s", tt.all, diff)
		}
		if !slices.Equal(given, tt.all) {
			t.Error("what was given has changed")
		}
	}
}

// TestExcessBlames: a stop blames the batches whose IDs were drawn from across the list, and
// none when too few dead letters are left without those whose attempts were spent.
func TestExcessBlames(t *testing.T) {
	of := func(batch string, o EndOf) EndOf { o.Batch = batch; return o }
	spent := endRefused
	spent.Spent = true
	for name, tt := range map[string]struct {
		probe []EndOf
		want  *Blamed
	}{
		"one of two lists": {
			append(slices.Repeat([]EndOf{of("wrong", drawn(endAbsent))}, 6), slices.Repeat([]EndOf{of("right", drawn(endDeleted))}, 4)...),
			&Blamed{0.5, []BatchShare{{"wrong", 6, 6}}},
		},
		"refused": {slices.Repeat([]EndOf{of("a", drawn(endRefused))}, 10), &Blamed{0.2, []BatchShare{{"a", 10, 10}}}},
		"spent":   {slices.Repeat([]EndOf{of("a", drawn(spent))}, 10), nil},
		"spent, and few refused": {
			append(slices.Repeat([]EndOf{of("a", drawn(spent))}, 8), slices.Repeat([]EndOf{of("a", drawn(endRefused))}, 2)...), nil,
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := Shares{Sample: 10, Failed: 0.2, NotFound: 0.5}
			s.run(slices.Repeat([]EndOf{of("head", endRefused)}, 10)...)
			e, _ := s.run(tt.probe...)
			if !e.stops() {
				t.Fatal("it does not stop")
			}
			if diff := cmp.Diff(tt.want, e.Blamed); diff != "" {
				t.Errorf("blamed (-want +got):\n%s", diff)
			}
		})
	}
	var s Shares
	s.Sample, s.NotFound = 10, 0.5
	var e Excess
	for range 20 {
		e = s.NoteLook("a", true)
		if e.stops() {
			break
		}
	}
	if diff := cmp.Diff(&Blamed{0.5, []BatchShare{{"a", 10, 10}}}, e.Blamed); diff != "" {
		t.Errorf("blamed by looks (-want +got):\n%s", diff)
	}
}
