package metrics

import (
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"cleaner/internal/answer"
	"cleaner/internal/policy"
	"cleaner/internal/worker"
)

// verified is a pass that has done so much.
type verified worker.Pass

func (v verified) Snapshot() worker.Pass { return worker.Pass(v) }

// moving is a pass that goes on.
type moving struct{ now worker.Pass }

func (v *moving) Snapshot() worker.Pass { return v.now }

func TestVerification(t *testing.T) {
	known := func(mode worker.Mode, random int64) worker.Verification {
		return worker.Verification{Mode: mode, Random: random}
	}
	learned := policy.Learned{Look: policy.Signature{Status: 404, Body: answer.BodyNone}, At: noon}
	tests := []struct {
		name   string
		passes []worker.Pass
		want   string
		absent []string
	}{
		{
			name:   "before the first pass",
			absent: []string{nameMode, nameUnverified, nameIndistinct, nameLearned},
		},
		{
			name: "a pass that has not looked yet", passes: []worker.Pass{{Requests: 1}},
			absent: []string{nameMode, nameUnverified, nameIndistinct, nameLearned},
		},
		{
			name: "verified", passes: []worker.Pass{{Deleted: 500, Verification: worker.Verification{Mode: worker.ModeVerified, Random: 5, Learned: learned}}},
			want: `
cleaner_deletions_looked_at_total 5
cleaner_learned_timestamp_seconds 1.7723664e+09
cleaner_verification_mode{mode="verified"} 1`,
		},
		{
			name: "indistinct", passes: []worker.Pass{{Deleted: 1, Verification: worker.Verification{Mode: worker.ModeVerified, Learned: policy.Learned{Idempotent: true}}}},
			want: "cleaner_deletions_indistinct 1\n" + `cleaner_verification_mode{mode="verified"} 1`,
		},
		{
			name: "unverified", passes: []worker.Pass{{Deleted: 7, Verification: known(worker.ModeUnverified, 0)}},
			want: "cleaner_run_unverified_deletions 7\n" + `cleaner_verification_mode{mode="unverified"} 1`,
		},
		{
			name: "off is nobody's fault", passes: []worker.Pass{{Deleted: 7, Verification: known(worker.ModeOff, 0)}},
			want: `cleaner_verification_mode{mode="off"} 1`,
		},
		{
			name:   "a pass with nothing to do forgets nothing",
			passes: []worker.Pass{{Deleted: 7, Verification: known(worker.ModeUnverified, 0)}, {}},
			want:   "cleaner_run_unverified_deletions 7\n" + `cleaner_verification_mode{mode="unverified"} 1`,
		},
		{
			name: "a verified pass ends it, and looks add up",
			passes: []worker.Pass{
				{Deleted: 9, Verification: known(worker.ModeVerified, 2)},
				{Deleted: 7, Verification: known(worker.ModeUnverified, 0)},
				{Deleted: 9, Verification: known(worker.ModeVerified, 3)},
			},
			want: "cleaner_deletions_looked_at_total 5\n" + `cleaner_verification_mode{mode="verified"} 1`,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := New("", "")
			for _, p := range tt.passes {
				now := &moving{}
				m.WatchVerification(now)
				now.now = p
			}
			lacks(t, m, tt.absent...)
			m.wantVerification(t, tt.want)
			m.WatchVerification(nil) // it ends, and is shown all the same
			m.wantVerification(t, tt.want)
		})
	}
}

// wantVerification fails the test unless the lines are all that m shows of the effect
// of deletions and that is not zero.
func (m *Metrics) wantVerification(t *testing.T, lines string) {
	t.Helper()
	ours := regexp.MustCompile(`(?m)^cleaner_(deletions|learned|run_unverified|verification)_.* [^0\n].*$`)
	got := strings.Join(ours.FindAllString(rendered(t, m), -1), "\n")
	if diff := cmp.Diff(strings.TrimSpace(lines), got); diff != "" {
		t.Errorf("what is shown and not zero differs (-want +got):\n%s", diff)
	}
}

// A pass with nothing to do, and one that failed early, carry over what was verified
// before them: an alert stays until a pass verifies its deletions.
func TestTextfileKeepsVerification(t *testing.T) {
	path := filepath.Join(t.TempDir(), "cleaner.prom")
	unverified := New("", "")
	unverified.WatchVerification(verified{Deleted: 7, Verification: worker.Verification{
		Mode: worker.ModeUnverified, Learned: policy.Learned{At: noon},
	}})
	write(t, unverified, path)
	write(t, New("", ""), path)
	has(t, file(t, path),
		nameUnverified+" 7", nameIndistinct+" 0", nameLearned+" 1.7723664e+09",
		nameMode+`{mode="off"} 0`, nameMode+`{mode="unverified"} 1`, nameMode+`{mode="verified"} 0`)
	better := New("", "")
	better.WatchVerification(verified{Deleted: 7, Verification: worker.Verification{Mode: worker.ModeVerified}})
	write(t, better, path)
	has(t, file(t, path), nameUnverified+" 0", nameMode+`{mode="unverified"} 0`, nameMode+`{mode="verified"} 1`)
}
