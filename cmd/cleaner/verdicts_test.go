package main

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"cleaner/internal/api"
	"cleaner/internal/policy"
	"cleaner/internal/sim"
)

// TestEveryRowOverHTTP has the simulated service give the answer of each row of
// the verdict table, once to each of a few IDs, and checks what becomes of them.
func TestEveryRowOverHTTP(t *testing.T) {
	for _, row := range policy.DefaultTable().Rows() {
		answer := row.Example()
		if answer.Fault != policy.FaultNone || answer.Status < 200 || answer.Status > 599 {
			continue // no answer of a service: TestEveryOutcomeAgreesWithTheTruth has those
		}
		t.Run(row.Name, func(t *testing.T) {
			t.Parallel()
			body, header := bodyOf(t, answer)
			f := sim.Fault{Name: row.Name, Share: 1, Status: answer.Status, Body: body, Header: header}
			if row.Verdict == policy.Again || row.Verdict == policy.Later || row.Verdict == policy.Auth {
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
		policy.Deleted: exitOK, policy.Gone: exitOK, policy.Again: exitOK, policy.Later: exitOK, policy.Auth: exitOK,
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
func bodyOf(t *testing.T, a policy.Answer) (string, map[string][]string) {
	t.Helper()
	bodies := map[policy.Body]string{
		policy.BodyNone: "", policy.BodyEmpty: " ", policy.BodyNull: "null",
		policy.BodySuccess: `{"httpStatus":"OK","result":true,"status":"success"}`,
		policy.BodyFailed:  `{"httpStatus":"BAD_REQUEST","result":null,"status":"error"}`,
		policy.BodyJSON:    `{"some":"thing"}`, policy.BodyHTML: "<!DOCTYPE html><html></html>",
		policy.BodyTask: `{"task_status":2}`, policy.BodyText: "busy", policy.BodyTooBig: strings.Repeat("x", 70_000),
	}
	if len(a.Codes) == 0 {
		return bodies[a.Body], nil
	}
	message := "message"
	for _, inner := range a.Codes[1:] {
		message += ", inner code " + inner
	}
	text, err := json.Marshal(map[string]string{"error_code": a.Codes[0], "error_msg": message})
	if err != nil {
		t.Fatal(err)
	}
	return string(text), nil
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

// TestSharedVocabulary: api and policy know nothing of each other, so their
// words for bodies and faults are compared here.
func TestSharedVocabulary(t *testing.T) {
	bodies := map[api.Body]policy.Body{
		api.BodyNone: policy.BodyNone, api.BodyEmpty: policy.BodyEmpty, api.BodyNull: policy.BodyNull,
		api.BodySuccess: policy.BodySuccess, api.BodyCoded: policy.BodyCoded, api.BodyFailed: policy.BodyFailed,
		api.BodyJSON: policy.BodyJSON, api.BodyHTML: policy.BodyHTML, api.BodyText: policy.BodyText, api.BodyTooBig: policy.BodyTooBig,
		api.BodyTask: policy.BodyTask,
	}
	for theirs, ours := range bodies {
		if string(theirs) != string(ours) {
			t.Errorf("body %q of api is %q of policy", theirs, ours)
		}
	}
	faults := map[api.Fault]policy.Fault{
		api.FaultNone: policy.FaultNone, api.FaultTimeout: policy.FaultTimeout, api.FaultReset: policy.FaultReset,
		api.FaultCut: policy.FaultCut, api.FaultConnect: policy.FaultConnect, api.FaultDNS: policy.FaultDNS,
		api.FaultTLS: policy.FaultTLS, api.FaultLogin: policy.FaultLogin, api.FaultRefused: policy.FaultRefused,
		api.FaultInvalid: policy.FaultInvalid, api.FaultCanceled: policy.FaultCanceled,
		api.FaultStopped: policy.FaultStopped,
	}
	for theirs, ours := range faults {
		if string(theirs) != string(ours) {
			t.Errorf("fault %q of api is %q of policy", theirs, ours)
		}
	}
}

func TestAnswerIsHandedOnWhole(t *testing.T) {
	a := api.Answer{
		Status: 429, Codes: []string{"APIG.0308"}, Body: api.BodyCoded, RetryAfter: time.Second,
		Window: time.Minute, Message: "m", RequestID: "r", Credential: 3,
	}
	got := fmt.Sprintf("%+v", answerOf(a, nil))
	want := fmt.Sprintf("%+v", policy.Answer{
		Status: 429, Codes: []string{"APIG.0308"}, Body: policy.BodyCoded, RetryAfter: time.Second,
		Window: time.Minute, Message: "m", RequestID: "r", Credential: 3,
	})
	if got != want {
		t.Errorf("answer = %s, want %s", got, want)
	}
	lost := answerOf(api.Answer{}, &api.Error{Op: "delete task", Fault: api.FaultReset})
	if lost.Fault != policy.FaultReset || !slices.Equal(lost.Codes, nil) {
		t.Errorf("answer = %+v", lost)
	}
}
