package main

import (
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"cleaner/internal/answer"
	"cleaner/internal/knowledge"
	"cleaner/internal/policy"
	"cleaner/internal/queue"
	"cleaner/internal/report"
	"cleaner/internal/sim"
	"cleaner/internal/status"
	"cleaner/internal/worker"
)

// TestVerificationIsShown: how far the deletions of the last pass were verified is
// said by its summary, its report, another shell's status and the metrics that it
// leaves, in the same words.
func TestVerificationIsShown(t *testing.T) {
	tests := []struct {
		name       string
		options    sim.Options
		canary     int
		mode       string
		says       string // the summary, the report and status, among other words
		learned    string // status; empty for nothing
		indistinct bool
	}{
		{"verified", sim.Options{}, 3, "verified", "", "a DELETE 404 CC.00050017", false}, // its words depend on chance
		{
			"idempotent",
			sim.Options{AbsentAnswer: sim.AbsentNull},
			3, "verified",
			"this service answers alike for deleted and gone: they cannot be told apart by the answer", "a DELETE like a success", true,
		},
		{"no permission to look", sim.Options{LooksDenied: true}, 3, "unverified", "grant codeartscheck:task:get", "", false},
		{"off", sim.Options{}, 0, "off", "", "", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			st := knowing(t, tt.options, 30)
			st.set("safety.canary", tt.canary)
			st.set("metrics.textfile", st.path("cleaner.prom"))
			code, summary, stderr := st.cleaner("run", "--ids", st.path("tasks.txt"), "--report", st.path("report.json"))
			st.want("exit code of "+stderr, code, exitOK)
			st.want("the log warns", strings.Contains(stderr, "deletions are unverified"), tt.mode == "unverified")

			var r report.Report
			text, err := os.ReadFile(st.path("report.json"))
			st.want("report", errors.Join(err, json.Unmarshal(text, &r)), nil)
			words := r.Verification.Words
			st.want("mode in the report", r.Verification.Mode, tt.mode)
			st.want("the report has words", words != "", tt.mode != "off")
			st.want("the report says it: "+words, strings.Contains(words, tt.says), true)
			st.want(words+" in the summary "+summary, strings.Contains(summary, words), true)
			_, shown, _ := st.cleaner("status")
			for _, want := range []string{"deletions  ", words, tt.learned} {
				st.want(want+" in\n"+shown, strings.Contains(shown, want), true)
			}
			var asJSON status.Status
			_, printed, _ := st.cleaner("status", "--json")
			st.want("JSON", json.Unmarshal([]byte(printed), &asJSON), nil)
			st.want("mode in the JSON", asJSON.Verification.Mode, tt.mode)
			st.want("indistinct in the JSON", asJSON.Verification.Indistinct, tt.indistinct)
			st.want("endpoints learned", len(asJSON.Learned) == 1, tt.learned != "")

			metrics, err := os.ReadFile(st.path("cleaner.prom"))
			st.want("metrics", err, nil)
			for _, mode := range worker.Modes() {
				line := "cleaner_verification_mode{mode=\"" + string(mode) + "\"} "
				st.want(line+"1", strings.Contains(string(metrics), line+"1\n"), string(mode) == tt.mode)
			}
			st.want("unverified deletions", strings.Contains(string(metrics), "cleaner_run_unverified_deletions 30\n"), tt.mode == "unverified")
		})
	}
}

// TestRehearsalForgetsNoVerification: a dry run deletes nothing, so the last pass that
// did is still the one that status tells of.
func TestRehearsalForgetsNoVerification(t *testing.T) {
	st := knowing(t, sim.Options{LooksDenied: true}, 30)
	st.pass(exitOK, "--ids", st.path("tasks.txt"))
	_, before, _ := st.cleaner("status")
	st.write("tasks.txt", strings.Repeat("0", 31)+"1\n")
	st.pass(exitOK, "--ids", st.path("tasks.txt"), "--dry-run")
	_, after, _ := st.cleaner("status")
	st.want("status", after, before)
}

// TestWaitIsShown: a wait that the service asked for is told by status and the page
// until it is over or released, with what ends it.
func TestWaitIsShown(t *testing.T) {
	st := newServing(t, sim.Options{})
	until := time.Now().Add(time.Hour).Round(time.Second).UTC()
	words := "nothing is sent to " + st.url + " before " + status.Clock(until) + " (the service asked for 2h); cleaner release ends the wait"
	st.remembering(queue.WaitPrefix+st.url+"|password|account|operator|cn-north-4", knowledge.Wait{Until: until, Why: "the service asked for 2h"})
	st.remembering(queue.WaitPrefix+"https://elsewhere|token_file", knowledge.Wait{Until: time.Now().Add(-time.Second), Why: "over"})
	code, shown, _ := st.cleaner("status")
	st.want("exit code", code, exitOK)
	st.want(words+" in\n"+shown, strings.Contains(shown, "held back  "+words+"\n"), true)
	st.want("what is over", strings.Contains(shown, "elsewhere"), false)
	s := st.serve()
	_, page := s.get("/status")
	st.want("the page says it in "+page, strings.Contains(page, words), true)
	st.spool(3)
	_, _, _ = st.cleaner("trigger")
	s.until("the pass is over", func() bool { return len(s.status().Passes) == 1 })
	st.want("requests", s.status().Passes[0].Requests, int64(0))
	s.stop()
}

// TestPageShowsVerification: the pass under way, and the one that is over.
func TestPageShowsVerification(t *testing.T) {
	st := newServing(t, sim.Options{LooksDenied: true, Latency: sim.Latency{Min: 50 * time.Millisecond}})
	st.set("limits.workers", 1)
	st.spool(60) // a pass of some seconds, which is seen also where looking takes long
	s := st.serve()
	_, _, _ = st.cleaner("trigger")
	s.until("the pass under way says it", func() bool {
		p := s.status().Pass
		return p != nil && p.Looks > 0 && p.Verification != nil && p.Verification.Mode == "unverified"
	})
	st.want("exit code of set", first2(st.cleaner("set", "--workers", "16")), exitOK) // what is left need not be watched
	s.until("the pass is over", func() bool { return len(s.status().Passes) == 1 })
	ended := s.status().Passes[0]
	st.want("mode afterwards", ended.Verification.Mode, "unverified")
	st.want("looks afterwards", ended.Looks > 0, true)
	_, page := s.get("/")
	for _, want := range []string{"This needs a look", "are unverified, the service&#39;s word is all there is", "grant codeartscheck:task:get"} {
		st.want(want+" on the page", strings.Contains(page, want), true)
	}
	s.stop()
}

// TestChangedServiceIsSaid: a service that answers a DELETE of what is not there like a
// success, and did not in earlier passes, is found out by a later pass: summary, report,
// status and what was learned say it.
func TestChangedServiceIsSaid(t *testing.T) {
	st := knowing(t, sim.Options{AbsentAnswer: sim.AbsentNull}, 60)
	all := st.ids(60)
	st.write("first.txt", strings.Join(all[:30], "\n")+"\n")
	st.write("second.txt", strings.Join(all[30:], "\n")+"\n")
	st.pass(exitOK, "--ids", st.path("first.txt"))
	before := policy.Learned{Canaries: 3, At: time.Now().UTC()}
	learned := st.learned()
	before.Look, before.Delete = learned.Look, policy.SignatureOf(answer.Answer{Status: 404, Codes: []string{"CC.00050017"}, Body: answer.BodyJSON})
	st.remembering(queue.LearnedPrefix+learned.Key(), before)

	code, summary, stderr := st.cleaner("run", "--ids", st.path("second.txt"), "--report", st.path("report.json"))
	st.want("exit code of "+stderr, code, exitOK)
	var r report.Report
	text, err := os.ReadFile(st.path("report.json"))
	st.want("report", errors.Join(err, json.Unmarshal(text, &r)), nil)
	st.want("DELETEs to check", r.Calibration, int64(2))
	st.want("indistinct", r.Verification.Indistinct, true)
	_, shown, _ := st.cleaner("status")
	for _, where := range []string{summary, r.Verification.Words, shown} {
		for _, want := range []string{
			"is answered like a success now, and was answered 404 CC.00050017 in earlier passes", "may have been gone", "cannot be told apart",
		} {
			st.want(want+" in\n"+where, strings.Contains(where, want), true)
		}
	}
	st.want("learned", st.learned().Idempotent && st.learned().Delete.IsZero(), true)
}

// learned is what the ledger keeps of the one endpoint.
func (st *stage) learned() knowledge.Learned {
	st.Helper()
	_, stdout, _ := st.cleaner("verdicts", "--learned", "--json")
	var all []knowledge.Learned
	if err := json.Unmarshal([]byte(stdout), &all); err != nil || len(all) != 1 {
		st.Fatalf("%v in %s", err, stdout)
	}
	return all[0]
}
