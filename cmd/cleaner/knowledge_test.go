package main

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"cleaner/internal/knowledge"
	"cleaner/internal/queue/sqlite"
	"cleaner/internal/sim"
	"cleaner/internal/status"
)

// knowing returns a stage whose service has the tasks of tasks.txt, n of them, and no
// others, so that looks can tell what is there.
func knowing(t *testing.T, o sim.Options, n int) *stage {
	t.Helper()
	o.OnlyAdded = true
	st := newStage(t, o)
	if err := st.sim.AddIDs(slices.Values(st.ids(n))); err != nil {
		t.Fatal(err)
	}
	return st
}

// remembering has the ledger of the stage keep a fact.
func (st *stage) remembering(key string, v any) {
	st.Helper()
	q, err := sqlite.Open(st.Context(), st.path("state/queue.db"), sqlite.Options{})
	if err != nil {
		st.Fatal(err)
	}
	text, err := json.Marshal(v)
	if err == nil {
		err = q.Remember(st.Context(), key, text)
	}
	if err != nil {
		st.Error(err)
	}
	if err := q.Close(); err != nil {
		st.Error(err)
	}
}

// TestVerdictsShowsWhatWasLearned: a pass learns how the service answers for tasks that
// are not there, and the command shows all of it, also while nobody is at work.
func TestVerdictsShowsWhatWasLearned(t *testing.T) {
	st := knowing(t, sim.Options{}, 40)
	code, stdout, _ := st.cleaner("verdicts", "--learned")
	st.want("exit code without a ledger", code, exitOK)
	st.want("nothing is known yet", strings.Contains(stdout, st.path("state/queue.db")+" knows of no endpoint"), true)
	_, stdout, _ = st.cleaner("verdicts", "--learned", "--json")
	st.want("JSON", stdout, "[]\n")

	r := st.pass(exitOK, "--ids", st.path("tasks.txt"))
	_, stdout, _ = st.cleaner("verdicts", "--learned", "--json")
	var all []knowledge.Learned
	if err := json.Unmarshal([]byte(stdout), &all); err != nil || len(all) != 1 {
		t.Fatalf("%v in %s", err, stdout)
	}
	l := all[0]
	st.want("of whom", l.Scope, knowledge.Scope{Endpoint: st.url, Credential: "password", Account: "account", User: "operator", Project: "cn-north-4"})
	st.want("the look is known", l.KnowsLook(), true)
	st.want("the DELETE is known", l.KnowsDelete() && !l.Idempotent, true)
	st.want("the report has the look", r.Verification.Look, l.Look.String())
	st.want("the report has the DELETE", r.Verification.Delete, l.Delete.String())

	_, stdout, _ = st.cleaner("verdicts", "--learned")
	want := `endpoint   ` + st.url + `
credential password
account    account
user       operator
project    cn-north-4
look       ` + l.Look.String() + ` for a task that is not there
DELETE     ` + l.Delete.String() + ` for a task that is not there
success    is never an empty 2xx: a look decides on those
canaries   3
learned    ` + status.Clock(l.At) + `
`
	if diff := cmp.Diff(want, stdout); diff != "" {
		t.Errorf("verdicts --learned (-want +got):\n%s", diff)
	}
}

// TestVerdictsRefusesFlags that do not go together.
func TestVerdictsRefusesFlags(t *testing.T) {
	st := newStage(t, sim.Options{})
	for _, args := range [][]string{{"--json", "--markdown"}, {"--learned", "--markdown"}} {
		if code, _, stderr := st.cleaner(append([]string{"verdicts"}, args...)...); code != exitUsage || !strings.Contains(stderr, "--learned") {
			t.Errorf("%v: exit code %d, %s", args, code, stderr)
		}
	}
}
