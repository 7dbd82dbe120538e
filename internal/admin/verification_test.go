package admin

import (
	"net/http"
	"strings"
	"testing"

	"cleaner/internal/queue"
	"cleaner/internal/report"
)

// TestEffectIsMarked: deletions are marked as well only when they were verified.
func TestEffectIsMarked(t *testing.T) {
	for _, row := range []struct {
		name string
		v    *report.Verification
		mark string
	}{
		{"not known", nil, "note"},
		{"off", &report.Verification{Mode: "off"}, "note"},
		{"unverified", &report.Verification{Mode: "unverified", Why: "looks are answered 403"}, "warn"},
		{"verified", &report.Verification{Mode: "verified"}, "ok"},
	} {
		if got := levelOf(row.v); got != row.mark {
			t.Errorf("%s: marked %s, want %s", row.name, got, row.mark)
		}
	}
}

// The page shows looks, calibration, what is known of the effect and what was learned.
func TestPageShowsWhatWasVerified(t *testing.T) {
	v := &report.Verification{Mode: "verified", Words: "of 4,742 deletions 47 were looked at"}
	d := &fakeControl{status: Status{
		Pass: &Pass{Began: noon, Traffic: report.Traffic{Requests: 1234, Retries: 5, Calibration: 3, Looks: 77}, Verification: v},
		Passes: []Ended{{
			Began: noon, States: queue.States{Deleted: 9}, Traffic: report.Traffic{Calibration: 2, Looks: 66},
			Verification: &report.Verification{Mode: "off"},
		}, {Began: noon}},
		Learned: []Learned{{Endpoint: "https://check.example", Words: "a look is answered 404", At: noon}},
	}}
	s := start(t, d.options(t))
	g := send(t, client(t, ""), http.MethodGet, "http://"+s.Addr()+"/", nil)
	for _, want := range []string{
		"1,234, 5 of them retries, 3 to calibrate", "<dt>Looks</dt><dd>77</dd>", `<span class="mark ok">of 4,742 deletions 47 were looked at</span>`,
		"<dt>To calibrate</dt><dd>2</dd>", "<dt>Looks</dt><dd>66</dd>", `<span class="mark note">not looked at, as safety.canary is 0</span>`,
		"<code>https://check.example</code> a look is answered 404 <small>(since 2026-03-01 12:00:00 UTC)</small>",
	} {
		if !strings.Contains(g.body, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	if n := strings.Count(g.body, `class="effect"`); n != 2 {
		t.Errorf("the effect of deletions is told %d times, want that of the pass under way and of one that is over", n)
	}
}
