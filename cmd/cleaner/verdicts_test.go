package main

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"cleaner/internal/answer"
	"cleaner/internal/policy"
	"cleaner/internal/sim"
)

// TestEveryRowOverHTTP has the simulated service give the answer of each row of
// the verdict table, once to each of a few IDs, and checks what becomes of them.
func TestEveryRowOverHTTP(t *testing.T) {
	for _, row := range policy.DefaultTable().Rows() {
		a := row.Example()
		if a.Fault != answer.FaultNone || a.Status < 200 || a.Status > 599 {
			continue // no answer of a service: TestEveryOutcomeAgreesWithTheTruth has those
		}
		t.Run(row.Name, func(t *testing.T) {
			t.Parallel()
			body, header := bodyOf(t, a)
			f := sim.Fault{Name: row.Name, Share: 1, Status: a.Status, Body: body, Header: header}
			switch row.Verdict {
			case policy.Again, policy.Doubt, policy.Later, policy.Auth:
				f.Times = 1
			}
			st := newStage(t, sim.Options{Faults: []sim.Fault{f}})
			st.set("limits.workers", 2)
			st.set("safety.canary", 0) // the canned answers have no effect
			st.write("tasks.txt", "a1\nb2\n")
			checkRow(st, row.Verdict)
		})
	}
}

// checkRow makes a pass and wants what the verdict stands for.
func checkRow(st *stage, v policy.Verdict) {
	st.Helper()
	want := map[policy.Verdict]int{
		policy.Deleted: exitOK, policy.Gone: exitOK,
		policy.Again: exitOK, policy.Doubt: exitOK, policy.Later: exitOK, policy.Auth: exitOK,
		policy.Never: exitDead, policy.Halt: exitCredentials,
	}
	r := st.pass(want[v], "--ids", st.path("tasks.txt"))
	truth := st.sim.Truth()
	switch v {
	case policy.Deleted:
		st.want("deleted", r.Deleted, int64(2)) // the service said so, in so many words
	case policy.Gone:
		st.want("gone", r.Gone, int64(2))
	case policy.Never:
		st.want("dead", r.Dead, int64(2))
	case policy.Halt:
		st.want("pending", r.Pending, int64(2))
	default:
		st.want("deleted", r.Deleted, int64(2))
		st.want("effects", truth.Effects, int64(2))
	}
	if v != policy.Deleted {
		st.want("deletions reported and made", r.Deleted, truth.Effects)
	}
}

// bodyOf is a body of the kind that the answer has, with its codes.
func bodyOf(t *testing.T, a answer.Answer) (string, map[string][]string) {
	t.Helper()
	var header map[string][]string
	if a.RetryAfter > 0 {
		header = map[string][]string{"Retry-After": {"1"}}
	}
	bodies := map[answer.Body]string{
		answer.BodyNone: "", answer.BodyEmpty: " ", answer.BodyNull: "null",
		answer.BodySuccess: `{"httpStatus":"OK","result":true,"status":"success"}`,
		answer.BodyFailed:  `{"httpStatus":"BAD_REQUEST","result":null,"status":"error"}`,
		answer.BodyJSON:    `{"some":"thing"}`, answer.BodyHTML: "<!DOCTYPE html><html></html>",
		answer.BodyTask: `{"task_status":2}`, answer.BodyText: "busy", answer.BodyTooBig: strings.Repeat("x", 70_000),
	}
	switch {
	case a.Throttled:
		return `{"status":"error","message":"too many requests"}`, header
	case len(a.Codes) == 0:
		return bodies[a.Body], header
	}
	message := "message"
	for _, inner := range a.Codes[1:] {
		message += ", inner code " + inner
	}
	text, err := json.Marshal(map[string]string{"error_code": a.Codes[0], "error_msg": message})
	if err != nil {
		t.Fatal(err)
	}
	return string(text), header
}

// TestOperatorsRow teaches cleaner a code, and fails to teach it a deletion.
func TestOperatorsRow(t *testing.T) {
	st := newStage(t, sim.Options{Faults: []sim.Fault{fault(t, "unknown-200")}})
	st.ids(5)
	row := map[string]any{"name": "archived", "code": "CC.00059999", "verdict": "gone", "why": "archived long ago"}
	st.cfg["verdicts"] = []any{row}
	st.want("gone", st.pass(exitOK, "--ids", st.path("tasks.txt")).Gone, int64(5))
	_, stdout, _ := st.cleaner("verdicts")
	st.want("the row is printed", strings.Contains(stdout, "archived long ago"), true)

	row["verdict"] = "deleted"
	code, _, stderr := st.cleaner("run")
	st.want("exit code", code, exitUsage)
	st.want("the error names the row", strings.Contains(stderr, "verdicts[0]"), true)
}

// TestVerdictsDocument keeps docs/verdicts.md what the program prints.
func TestVerdictsDocument(t *testing.T) {
	var printed strings.Builder
	if err := policy.DefaultTable().WriteMarkdown(&printed); err != nil {
		t.Fatal(err)
	}
	doc, err := os.ReadFile("../../docs/verdicts.md")
	if err != nil {
		t.Fatal(err)
	}
	if string(doc) != printed.String() {
		t.Error("docs/verdicts.md is not what `cleaner verdicts --markdown` prints: run make docs")
	}
}
