package policy

import (
	"slices"
	"strings"
	"testing"
)

// ended is how one ID ended.
type ended struct {
	end      End
	attempts int
	lost     bool
}

func TestShares(t *testing.T) {
	deleted, dead, absent := ended{EndDeleted, 1, false}, ended{EndDead, 8, false}, ended{EndGone, 1, false}
	many := slices.Repeat[[]ended]
	limits := Shares{Sample: 10, Failed: 0.1, NotFound: 0.5}
	tests := []struct {
		name   string
		limits Shares
		before []ended // none of which may stop
		last   ended
		want   Excess // of the last
	}{
		{"below the sample", limits, many([]ended{dead}, 8), dead, Excess{}},
		{"at the sample", limits, many([]ended{dead}, 9), dead, Excess{Failed: true, Why: "10 of 10 settled task IDs (100.0 %) ended as dead letters, more than safety.failed_share (0.1) allows"}},
		{"exactly at the share", limits, append(many([]ended{deleted}, 27), dead, dead), dead, Excess{}},
		{"one above the share", limits, append(many([]ended{deleted}, 27), dead, dead, dead), dead, Excess{Failed: true, Why: "4 of 31 settled task IDs (12.9 %)"}},
		{"half not found", limits, append(many([]ended{absent}, 5), many([]ended{deleted}, 4)...), deleted, Excess{}},
		{"more than half not found", limits, append(many([]ended{absent}, 5), many([]ended{deleted}, 4)...), absent, Excess{NotFound: true, Why: "6 of 10 settled task IDs (60.0 %) were not there at their first request, more than safety.not_found_share (0.5) allows: the list, the region or the project"}},
		{"gone after a lost answer", limits, many([]ended{{EndGone, 1, true}}, 20), ended{EndGone, 1, true}, Excess{}},
		{"gone at a later request", limits, many([]ended{{EndGone, 2, false}}, 20), ended{EndGone, 2, false}, Excess{}},
		{"those no request was sent for", limits, many([]ended{{EndDead, 0, false}}, 20), ended{EndDead, 0, false}, Excess{}},
		{"those put back", limits, many([]ended{{EndNone, 1, false}}, 20), dead, Excess{}},
		{"the zero value", Shares{}, many([]ended{dead, absent}, 500), dead, Excess{}},
		{"shares of 1", Shares{Sample: 1, Failed: 1, NotFound: 1}, many([]ended{dead}, 500), dead, Excess{}},
		{"shares of 1, none there", Shares{Sample: 1, Failed: 1, NotFound: 1}, many([]ended{absent}, 500), absent, Excess{}},
		{"shares of 0", Shares{Sample: 1}, many([]ended{deleted}, 5), dead, Excess{Failed: true, Why: "1 of 6"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := tt.limits
			for i, e := range tt.before {
				if got := s.Note(e.end, e.attempts, e.lost); got != (Excess{}) {
					t.Fatalf("ID %d: %+v", i, got)
				}
			}
			got := s.Note(tt.last.end, tt.last.attempts, tt.last.lost)
			if got.Failed != tt.want.Failed || got.NotFound != tt.want.NotFound || !strings.HasPrefix(got.Why, tt.want.Why) || tt.want.Why == "" && got.Why != "" {
				t.Errorf("got  %+v\nwant %+v...", got, tt.want)
			}
		})
	}
}
