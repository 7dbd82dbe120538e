package report

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// A thinned chart has all requests, and a peak stays in sight.
func TestThin(t *testing.T) {
	at := time.UnixMilli(1_700_000_000_000)
	var all []Sample
	for n := range 5 {
		all = append(all, Sample{At: at.Add(time.Duration(n) * time.Second), Took: 1, Rate: 10, Sent: 4, Requests: 4, P99: 0.1, Errors: map[string]int64{"busy": 1}})
	}
	all[1].P99, all[1].Throttled, all[1].Limit = 9, 3, 7
	want := []Sample{
		{At: at.Add(time.Second), Took: 2, Rate: 10, Limit: 7, Sent: 4, Requests: 8, Throttled: 3, P99: 9, Errors: map[string]int64{"busy": 2}},
		{At: at.Add(3 * time.Second), Took: 2, Rate: 10, Sent: 4, Requests: 8, P99: 0.1, Errors: map[string]int64{"busy": 2}},
		{At: at.Add(4 * time.Second), Took: 1, Rate: 10, Sent: 4, Requests: 4, P99: 0.1, Errors: map[string]int64{"busy": 1}},
	}
	if diff := cmp.Diff(want, Thin(all, 3)); diff != "" {
		t.Errorf("thinned (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(all, Thin(all, 5)); diff != "" {
		t.Errorf("five for five (-want +got):\n%s", diff)
	}
	if Thin(nil, 5) != nil {
		t.Error("something comes of nothing")
	}
}
