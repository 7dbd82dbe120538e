package schedule

import (
	"testing"
	"time"
)

// TestNextIsWhatIsDueFirst: jitter counts, and a job that will not run again does not.
func TestNextIsWhatIsDueFirst(t *testing.T) {
	at := time.Date(2026, 3, 1, 2, 0, 0, 0, time.UTC)
	never := JobState{Name: "never", Offset: time.Minute}
	soon := JobState{Name: "soon", Next: at, Offset: time.Minute}
	delayed := JobState{Name: "delayed", Next: at.Add(-time.Hour), Offset: 2 * time.Hour}
	for _, row := range []struct {
		name string
		jobs []JobState
		want string
		due  time.Time
	}{
		{"no job", nil, "", time.Time{}},
		{"none that will run", []JobState{never}, "", time.Time{}},
		{"the one due first", []JobState{delayed, never, soon}, "soon", at.Add(time.Minute)},
		{"of two at one time the first", []JobState{soon, {Name: "other", Next: at.Add(time.Minute)}}, "soon", at.Add(time.Minute)},
	} {
		next, ok := State{Jobs: row.jobs, Paused: true}.Next()
		if next.Name != row.want || ok != (row.want != "") || !next.Due().Equal(row.due) {
			t.Errorf("%s: %q due at %v, %v", row.name, next.Name, next.Due(), ok)
		}
	}
}
