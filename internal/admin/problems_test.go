package admin

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"cleaner/internal/queue"
	"cleaner/internal/report"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func TestProblemsAreSaidTheWorstFirst(t *testing.T) {
	for _, row := range []struct {
		name    string
		status  Status
		unready []string
		want    []string
		head    string
	}{
		{name: "nothing", head: "All is well"},
		{name: "not ready", unready: []string{"the ledger cannot be written"}, want: []string{"bad Not ready: the ledger cannot be written."}, head: "Something is wrong"},
		{name: "alert, in several lines", status: Status{Alerts: []string{"The disk\nis full."}}, want: []string{"bad The disk is full."}, head: "Something is wrong"},
		{name: "breaker, not also stuck", status: Status{Pass: &Pass{Began: noon.Add(-time.Hour), Breaker: "the far side is down"}}, want: []string{"bad Only probes are sent: the far side is down."}, head: "Something is wrong"},
		{name: "stuck since it began", status: Status{Pass: &Pass{Began: noon.Add(-6 * time.Minute)}}, want: []string{"warn The pass has settled nothing since 2026-03-01 11:54:00 UTC."}, head: "This needs a look"},
		{name: "stuck since it settled last", status: Status{Pass: &Pass{Began: noon.Add(-time.Hour), LastSettled: noon.Add(-6 * time.Minute)}}, want: []string{"warn The pass has settled nothing since 2026-03-01 11:54:00 UTC."}, head: "This needs a look"},
		{name: "at work", status: Status{Pass: &Pass{Began: noon.Add(-time.Hour), LastSettled: noon}}, head: "All is well"},
		{name: "waiting for running tasks", status: Status{Pass: &Pass{Began: noon, Waits: "all tasks are running"}}, want: []string{"note Waiting: all tasks are running."}, head: "All is well, but note"},
		{name: "held up and stopping", status: Status{Pass: &Pass{Began: noon, Throttle: "the service said 429", Stopping: true}}, want: []string{"warn Held up: the service said 429.", "note The pass is stopping: requests under way finish, nothing more is sent."}, head: "This needs a look"},
		{name: "last pass bad", status: Status{Passes: []Ended{{Began: noon, ExitCode: 5, Reason: "too many gone"}, {ExitCode: 6}}}, want: []string{"bad The last pass, of 2026-03-01 12:00:00 UTC, did not go well: a safety belt stopped the pass: too many gone."}, head: "Something is wrong"},
		{name: "an earlier pass bad", status: Status{Passes: []Ended{{ExitCode: 0}, {ExitCode: 6}}}, head: "All is well"},
		{name: "last pass bad, a new one under way", status: Status{Pass: &Pass{Began: noon}, Passes: []Ended{{ExitCode: 6}}}, head: "All is well"},
		{name: "unverified under way", status: Status{Pass: &Pass{Began: noon, Verification: &report.Verification{Mode: "unverified", Why: "looks are answered 403"}}}, want: []string{"warn Deletions are unverified, the service's word is all there is: looks are answered 403."}, head: "This needs a look"},
		{name: "verified under way, the last was not", status: Status{Pass: &Pass{Began: noon, Verification: &report.Verification{Mode: "verified"}}, Passes: []Ended{{States: queue.States{Deleted: 1}, Verification: &report.Verification{Mode: "unverified"}}}}, head: "All is well"},
		{name: "the last that deleted was unverified", status: Status{Passes: []Ended{{}, {Verification: &report.Verification{Mode: "verified"}}, {Began: noon, States: queue.States{Deleted: 1}, Verification: &report.Verification{Mode: "unverified", Why: "looks are answered 403"}}}}, want: []string{"warn The deletions of the pass of 2026-03-01 12:00:00 UTC are unverified, the service's word is all there is: looks are answered 403."}, head: "This needs a look"},
		{name: "an earlier one was unverified", status: Status{Passes: []Ended{{States: queue.States{Deleted: 1}, Verification: &report.Verification{Mode: "verified"}}, {States: queue.States{Deleted: 1}, Verification: &report.Verification{Mode: "unverified"}}}}, head: "All is well"},
		{name: "nobody looks, as configured", status: Status{Passes: []Ended{{States: queue.States{Deleted: 1}, Verification: &report.Verification{Mode: "off"}}}}, head: "All is well"},
		{name: "held back", status: Status{HeldBack: []string{"nothing is sent before noon"}}, want: []string{"warn Held back: nothing is sent before noon."}, head: "This needs a look"},
		{name: "late", status: Status{Schedules: []Schedule{{Name: "nightly", NextUTC: noon.Add(-3 * time.Minute)}}}, want: []string{"warn Schedule nightly was due at 2026-03-01 11:57:00 UTC and has not started."}, head: "This needs a look"},
		{name: "late because paused", status: Status{Paused: true, Schedules: []Schedule{{NextUTC: noon.Add(-3 * time.Minute)}}}, want: []string{"note Paused: schedules start nothing until somebody resumes them."}, head: "All is well, but note"},
		{name: "all at once", status: Status{Paused: true, Draining: true, Now: noon, Ledger: ledgerOf(queue.States{Dead: 3}), Dead: []DeadCode{{Count: 3, LastAt: noon}}}, unready: []string{"draining"}, want: []string{
			"bad Not ready: draining.", "warn Task IDs were given up in the last day: see the dead letters below.",
			"note Paused: schedules start nothing until somebody resumes them.", "note The process is about to end.",
		}, head: "Something is wrong"},
	} {
		t.Run(row.name, func(t *testing.T) {
			row.status.Now = noon
			ps := problems(row.status, row.unready)
			var texts []string
			for _, p := range ps {
				texts = append(texts, p.Level+" "+p.Text)
			}
			if diff := cmp.Diff(row.want, texts); diff != "" {
				t.Error(diff)
			}
			if h := headline(ps); h.Text != row.head {
				t.Errorf("headline %q", h.Text)
			}
		})
	}
}

// Every exit code of the run command has its words, and one that nobody knows is
// not taken for well.
func TestEveryExitCodeHasWords(t *testing.T) {
	levels := []string{"ok", "bad", "bad", "warn", "note", "bad", "bad", "bad", "note", "bad"}
	for code, want := range levels {
		if v := verdictOf(Ended{ExitCode: code}); v.Level != want || v.Text == "" {
			t.Errorf("%d: %v", code, v)
		}
	}
}

func TestDoing(t *testing.T) {
	next := []Schedule{{Name: "never"}, {Name: "weekly", NextUTC: noon.Add(50 * time.Hour)}, {Name: "nightly", NextUTC: noon.Add(90 * time.Minute)}}
	for want, s := range map[string]Status{
		"A pass of schedule nightly is under way: 1,234 of 5,000 task IDs settled.": {Pass: &Pass{Schedule: "nightly", Settled: 1234, Total: 5000}},
		"A pass started by hand is under way: 0 of 1 task IDs settled.":             {Pass: &Pass{Total: 1}},
		"No pass is under way. The next is nightly, in 1 h 30 min.":                 {Schedules: next},
		"No pass is under way, and none will start by itself.":                      {Paused: true, Schedules: next},
	} {
		s.Now = noon
		if got := doing(s); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestFormats(t *testing.T) {
	for want, got := range map[string]string{
		"12.5": speed(12.5), "12": speed(12), "123": speed(123.4),
		"0 %": percent(0, 0), "100 %": percent(7, 7), "< 0.1 %": percent(1, 1e6), "> 99.9 %": percent(1e6-1, 1e6), "33.3 %": percent(1, 3),
		"0 s": span(-time.Second), "59 s": span(59 * time.Second), "1 min 00 s": span(time.Minute), "1 d 1 h": span(25 * time.Hour),
		"–": clock(time.Time{}), "due": until(noon, noon.Add(-1)), "in 1 s": until(noon, noon.Add(time.Second)), "2 s ago": ago(noon, noon.Add(-2*time.Second)),
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	shanghai := time.FixedZone("CST", 8*3600)
	if got := local(noon.In(shanghai)); got != "Sun 1 Mar 20:00:00 CST" {
		t.Error(got)
	}
}

func TestBarFillsItsWidthAndHidesNothing(t *testing.T) {
	for _, l := range []queue.States{{}, {Dead: 1}, {Deleted: 1e6 - 2, Dead: 1, Gone: 1}, {Pending: 2, Deleted: 2, Gone: 2, Protected: 2, Withdrawn: 2, Dead: 2}} {
		var names []string
		for _, s := range barOf(ledgerOf(l)) {
			names = append(names, s.Name)
			if (s.Count > 0) == (s.W == "0.00") {
				t.Errorf("%+v: %+v", l, s)
			}
		}
		if !slices.Equal(names, []string{"deleted", "gone", "protected", "withdrawn", "dead", "pending"}) {
			t.Error(names)
		}
	}
	all := barOf(ledgerOf(queue.States{Deleted: 1, Pending: 3}))
	if p := all[5]; p.X != "250.00" || p.W != "750.00" || p.Share != "75.0 %" {
		t.Errorf("%+v", p)
	}
}

// One throttled answer among thousands is no tenth of anything, and dead letters that were
// left lying do not keep the headline from being good for ever.
func TestOldTroubleIsNotLoud(t *testing.T) {
	if got := share(61, 4074); got != "1.5 %" {
		t.Errorf("61 of 4074 are %s", got)
	}
	for age, want := range map[time.Duration]string{time.Hour: "This needs a look", 25 * time.Hour: "All is well"} {
		s := quiet()
		s.Now = noon
		s.Schedules = nil
		s.Ledger.Dead, s.Dead = 1, []DeadCode{{Code: "X", Count: 1, LastAt: noon.Add(-age)}}
		if got := headline(problems(s, nil)).Text; got != want {
			t.Errorf("a dead letter of %v ago: %s, want %s", age, got, want)
		}
	}
}

// A pass that is stopping says so, with what it waits for.
func TestStoppingIsSaid(t *testing.T) {
	s := busy()
	s.Pass.Stopping = true
	if got := doing(s); got != "A pass of schedule nightly is stopping: 5,000 of 6,000 task IDs settled, 9 requests under way finish." {
		t.Error(got)
	}
}

// A pass whose process died has no exit code, and is bad all the same.
func TestVerdictOfADeath(t *testing.T) {
	if got := verdictOf(Ended{ExitCode: -1, StoppedBy: "death", Reason: "the process ended within the pass"}); got != (problem{"bad", "The process ended within the pass."}) && got.Text != "the process ended within the pass." {
		t.Errorf("%+v", got)
	}
}
