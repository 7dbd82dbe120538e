package knowledge_test

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"cleaner/internal/answer"
	"cleaner/internal/knowledge"
	"cleaner/internal/policy"
	"cleaner/internal/queue"
	"cleaner/internal/queue/sqlite"
)

// newLedger returns an open ledger and its path.
func newLedger(t *testing.T) (*sqlite.Ledger, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "queue.db")
	q, err := sqlite.Open(t.Context(), path, sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := q.Close(); err != nil {
			t.Error(err)
		}
	})
	return q, path
}

// read reads all that the ledger at path keeps.
func read(t *testing.T, path string) knowledge.All {
	t.Helper()
	r, err := sqlite.OpenReader(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	all, err := knowledge.Read(t.Context(), r)
	if err != nil {
		t.Error(err)
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
	return all
}

// TestLearnedOfEveryEndpoint: the ledger may know several, and know little of one.
func TestLearnedOfEveryEndpoint(t *testing.T) {
	q, path := newLedger(t)
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	gone := policy.Signature{Status: 404, Codes: []string{"CC.00050006", "CC.1"}, Body: answer.BodyCoded}
	for scope, l := range map[knowledge.Scope]policy.Learned{
		knowledge.TokenFile("https://a"): {Look: gone, Idempotent: true, Empty: true, Canaries: 2, At: at},
		{Endpoint: "https://b", Credential: "access_key", User: "mark", Project: "0123"}: {Look: gone, Canaries: 1, At: at},
	} {
		if err := knowledge.KeepLearned(t.Context(), q, scope, l); err != nil {
			t.Fatal(err)
		}
		if kept, err := knowledge.RecallLearned(t.Context(), q, scope); err != nil || cmp.Diff(kept, l) != "" {
			t.Errorf("%v is recalled as %v, %v", l, kept, err)
		}
	}
	var text strings.Builder
	for _, l := range read(t, path).Learned {
		text.WriteString(l.Text() + "\n")
	}
	want := `endpoint   https://a
credential token_file
account    -
user       -
project    -
look       404 CC.00050006 with CC.1 for a task that is not there
DELETE     like a success for a task that is not there: deleted and gone cannot be told apart by the answer
success    may be an empty 2xx
canaries   2
learned    2026-03-01T12:00:00Z

endpoint   https://b
credential access_key
account    -
user       mark
project    0123
look       404 CC.00050006 with CC.1 for a task that is not there
DELETE     not known for a task that is not there: looks decide
success    is never an empty 2xx: a look decides on those
canaries   1
learned    2026-03-01T12:00:00Z

`
	if diff := cmp.Diff(want, text.String()); diff != "" {
		t.Errorf("learned (-want +got):\n%s", diff)
	}
}

// TestReleaseWait: the ledger forgets the wait of one scope, and tells whether it was over.
func TestReleaseWait(t *testing.T) {
	for _, tt := range []struct {
		name  string
		until time.Duration // from now; 0 is no wait
		want  bool
	}{
		{"none", 0, false},
		{"one that is not over", time.Hour, true},
		{"one that is over", -time.Hour, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			q, path := newLedger(t)
			ours := knowledge.Scope{Endpoint: "https://a", Credential: "password", Account: "account", User: "ours", Project: "p"}
			other := knowledge.Wait{Scope: knowledge.TokenFile("https://a"), Until: time.Now().Add(time.Hour).Round(0).UTC(), Why: "another's"}
			keep := func(w knowledge.Wait) {
				if err := knowledge.KeepWait(t.Context(), q, w); err != nil {
					t.Error(err)
				}
			}
			keep(other)
			if tt.until != 0 {
				keep(knowledge.Wait{Scope: ours, Until: time.Now().Add(tt.until), Why: "the service said so"})
			}
			w, released, err := knowledge.ReleaseWait(t.Context(), q, ours, time.Now())
			if err != nil || released != tt.want || (tt.until == 0) != w.Until.IsZero() {
				t.Errorf("released %v, %v, %v; want %v", w, released, err, tt.want)
			}
			if left, err := knowledge.RecallWait(t.Context(), q, ours); err != nil || !left.Until.IsZero() {
				t.Errorf("left: %v, %v", left, err)
			}
			if diff := cmp.Diff([]knowledge.Wait{other}, read(t, path).Waits); diff != "" {
				t.Errorf("waits (-want +got):\n%s", diff)
			}
		})
	}
}

// TestJSON: the keys that status and verdicts print are an interface.
func TestJSON(t *testing.T) {
	q, path := newLedger(t)
	at := time.Date(3026, 3, 1, 12, 0, 0, 0, time.UTC)
	s := knowledge.Scope{Endpoint: "https://a", Credential: "password", Account: "account", User: "operator", Project: "p"}
	if err := knowledge.KeepWait(t.Context(), q, knowledge.Wait{Scope: s, Until: at, Why: "busy"}); err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(read(t, path))
	want := `{"verification":null,"learned":[],"waits":[{"endpoint":"https://a","credential":"password","account":"account",` +
		`"user":"operator","project":"p","until":"3026-03-01T12:00:00Z","why":"busy"}],"paces":[],"holds":[],"pause":null}`
	if err != nil || string(text) != want {
		t.Errorf("%s, %v\nwant %s", text, err, want)
	}
}

// TestPaceIsKept by operation: what is learned anew replaces what was, and the rest stays.
func TestPaceIsKept(t *testing.T) {
	q, path := newLedger(t)
	at := time.Now().Add(-time.Hour).Round(0).UTC()
	s := knowledge.TokenFile("https://a")
	first := policy.PaceLearned{Rate: 9.9, Window: time.Minute, Slide: true, Named: []policy.PaceNamed{{Limit: 600, Window: time.Minute}}, At: at}
	for _, learned := range []map[policy.Lane]policy.PaceLearned{
		{policy.LaneDelete: {Rate: 1, At: at}, policy.LaneLook: {Rate: 2, At: at}},
		{policy.LaneDelete: first},
		{},
	} {
		if err := knowledge.KeepPace(t.Context(), q, s, learned); err != nil {
			t.Fatal(err)
		}
	}
	got, err := knowledge.RecallPace(t.Context(), q, s)
	want := map[policy.Lane]policy.PaceLearned{policy.LaneDelete: first, policy.LaneLook: {Rate: 2, At: at}}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("recalled %v (-want +got):\n%s", err, diff)
	}
	all := read(t, path)
	if lines := all.Lines(); !strings.Contains(lines, "limit      of https://a, delete: 9.9 requests a second are let through, as the service named 600 in 1m0s; learned ") {
		t.Errorf("status says:\n%s", lines)
	}
}

// TestPaceAges: what has not shown itself for 30 days is neither shown nor recalled, and leaves the
// ledger when anything is kept; another scope never gets it.
func TestPaceAges(t *testing.T) {
	q, path := newLedger(t)
	now := time.Now().Round(0).UTC()
	s := knowledge.TokenFile("https://a")
	young, old := policy.PaceLearned{Rate: 2, At: now.Add(-29 * 24 * time.Hour)}, policy.PaceLearned{Rate: 1, At: now.Add(-31 * 24 * time.Hour)}
	text := func(l map[string]policy.PaceLearned) []byte {
		b, err := json.Marshal(l)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	kept := text(map[string]policy.PaceLearned{"delete": old, "look": young})
	if err := q.Remember(t.Context(), queue.PacePrefix+s.Key(), kept); err != nil {
		t.Fatal(err)
	}
	got, err := knowledge.RecallPace(t.Context(), q, s)
	want := map[policy.Lane]policy.PaceLearned{policy.LaneLook: young}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("recalled %v (-want +got):\n%s", err, diff)
	}
	if all := read(t, path).Paces; len(all) != 1 || all[0].Operation != "look" {
		t.Errorf("status shows %+v", all)
	}
	if other, err := knowledge.RecallPace(t.Context(), q, knowledge.TokenFile("https://b")); err != nil || len(other) > 0 {
		t.Errorf("another endpoint knows %v, %v", other, err)
	}
	if err := knowledge.KeepPace(t.Context(), q, s, map[policy.Lane]policy.PaceLearned{policy.LaneStop: {Rate: 3, At: now}}); err != nil {
		t.Fatal(err)
	}
	left, err := q.Recall(t.Context(), queue.PacePrefix+s.Key())
	if err != nil || strings.Contains(string(left), "delete") || !strings.Contains(string(left), "look") {
		t.Errorf("the ledger keeps %s, %v", left, err)
	}
}
