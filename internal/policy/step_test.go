package policy

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"cleaner/internal/answer"
)

// noon is when the answers of these tests are judged.
var noon = time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)

// after is a moment that long after noon.
func after(d time.Duration) time.Time { return noon.Add(d) }

// minuteAgo and dayAgo are when first attempts were made.
var minuteAgo, dayAgo = after(-time.Minute), after(-24 * time.Hour)

// stepTest is an answer to a try, and the step that follows.
type stepTest struct {
	name   string
	answer answer.Answer
	try    Try
	want   Step
}

// run compares the step at noon, with half of every ceiling as the wait.
func (tt stepTest) run(t *testing.T) {
	tt.try.Now, tt.try.Jitter = noon, 0.5
	got := usual.Next(DefaultTable().Judge(tt.answer), tt.answer, tt.try)
	if diff := cmp.Diff(tt.want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// An answer that is clear settles the ID, whatever was before.
func TestNextSettles(t *testing.T) {
	for _, tt := range []stepTest{
		{
			"deleted", plain(200, answer.BodyNull),
			Try{},
			Step{End: EndDeleted, Attempts: 1, Reason: "the service confirmed the deletion"},
		},
		{
			"deleted at last", plain(200, answer.BodyNull),
			Try{Attempts: 7, FirstAt: dayAgo, Lost: true},
			Step{End: EndDeleted, Attempts: 8, Lost: true, Reason: "the service confirmed the deletion"},
		},
		{
			"gone", coded(404, "CC.00050017"),
			Try{},
			Step{End: EndGone, Attempts: 1, Reason: "the service has no such task"},
		},
		{
			"gone after a lost answer", coded(404, "CC.00050017"),
			Try{Attempts: 1, FirstAt: minuteAgo, Lost: true},
			Step{End: EndGone, Attempts: 2, Lost: true, Reason: "gone, an earlier request's answer was lost"},
		},
		{
			"never", coded(200, "CC.00050000"),
			Try{},
			Step{End: EndDead, Attempts: 1, Reason: "the service takes the parameters for invalid"},
		},
		{
			"never sent",
			answer.Answer{Fault: answer.FaultInvalid},
			Try{},
			Step{End: EndDead, Reason: "the ID is none that can be sent"},
		},
		{
			"never, whatever wait is asked for",
			answer.Answer{Status: 418, Body: answer.BodyEmpty, RetryAfter: 24 * time.Hour},
			Try{},
			Step{End: EndDead, Attempts: 1, Reason: "the request was refused"},
		},
	} {
		t.Run(tt.name, tt.run)
	}
}

// A passing failure is tried again after a backoff, until the attempts or the time are used up.
func TestNextTriesAgain(t *testing.T) {
	for _, tt := range []stepTest{
		{
			"again", coded(200, "CC.00050012"),
			Try{Spend: true},
			Step{Attempts: 1, Due: after(500 * time.Millisecond), Reason: "the network is busy"},
		},
		{
			"again and later", coded(200, "CC.00050012"),
			Try{Spend: true, Attempts: 3, FirstAt: minuteAgo},
			Step{Attempts: 4, Due: after(4 * time.Second), Reason: "the network is busy"},
		},
		{
			"again with a lost answer",
			answer.Answer{Fault: answer.FaultTimeout},
			Try{Spend: true},
			Step{Attempts: 1, Due: after(500 * time.Millisecond), Lost: true, Reason: "no answer came in time"},
		},
		{
			"a lost answer is remembered", coded(200, "CC.00050012"),
			Try{Spend: true, Attempts: 1, Lost: true},
			Step{Attempts: 2, Due: after(time.Second), Lost: true, Reason: "the network is busy"},
		},
		{
			"the wait asked for slows everyone",
			answer.Answer{Status: 500, Body: answer.BodyEmpty, RetryAfter: 2 * time.Minute},
			Try{Spend: true},
			Step{Attempts: 1, Due: after(2 * time.Minute), Lost: true, Slow: 2 * time.Minute, Reason: "the server had an error"},
		},
		{
			"one bad ID slows nobody", plain(503, answer.BodyEmpty),
			Try{Spend: true},
			Step{Attempts: 1, Due: after(500 * time.Millisecond), Lost: true, Reason: "the service is unavailable"},
		},
		{
			"attempts used up", coded(200, "CC.00050012"),
			Try{Spend: true, Attempts: 7, FirstAt: minuteAgo},
			Step{End: EndDead, Spent: true, Attempts: 8, Reason: "gave up after 8 attempts: the network is busy"},
		},
		{
			"deadline over", coded(200, "CC.00050012"),
			Try{Spend: true, Attempts: 1, FirstAt: after(-time.Hour - time.Second)},
			Step{End: EndDead, Spent: true, Attempts: 2, Reason: "gave up at the deadline, 1h0m1s after the first attempt: the network is busy"},
		},
		{
			"deadline not quite over", coded(200, "CC.00050012"),
			Try{Spend: true, Attempts: 1, FirstAt: after(-time.Hour)},
			Step{Attempts: 2, Due: after(time.Second), Reason: "the network is busy"},
		},
		{
			"tomorrow",
			answer.Answer{Status: 500, Body: answer.BodyEmpty, RetryAfter: 24 * time.Hour},
			Try{Attempts: 7, FirstAt: dayAgo},
			Step{Attempts: 7, Due: after(time.Hour), Lost: true, Stop: true, Wait: 24 * time.Hour, Reason: "the service asks to wait 24h0m0s, longer than retry.deadline (1h0m0s): nothing is sent before then, unless you say cleaner release"},
		},
	} {
		t.Run(tt.name, tt.run)
	}
}

// A task that runs is tried later, and spends no attempt.
func TestNextWaitsForATask(t *testing.T) {
	for _, tt := range []stepTest{
		{
			"running", coded(200, "CC.00050015"),
			Try{Attempts: 2, FirstAt: minuteAgo},
			Step{Attempts: 2, Due: after(time.Minute), Reason: "the task is running"},
		},
		{
			"running, and told for how long",
			answer.Answer{Status: 200, Body: answer.BodyCoded, Codes: []string{"CC.00050015"}, RetryAfter: 10 * time.Minute},
			Try{},
			Step{Due: after(10 * time.Minute), Reason: "the task is running"},
		},
		{
			"running past the deadline", coded(200, "CC.00050015"),
			Try{Attempts: 2, FirstAt: dayAgo},
			Step{Attempts: 2, Due: after(time.Hour), Aside: true, Reason: "the task is running"},
		},
		{
			"running until tomorrow stops nobody",
			answer.Answer{Status: 200, Body: answer.BodyCoded, Codes: []string{"CC.00050015"}, RetryAfter: 24 * time.Hour},
			Try{},
			Step{Due: after(time.Hour), Aside: true, Reason: "the task is running"},
		},
	} {
		t.Run(tt.name, tt.run)
	}
}

// A throttle spends no attempt, and a wait longer than the deadline stops the pass.
func TestNextThrottled(t *testing.T) {
	for _, tt := range []stepTest{
		{
			"throttled with a window",
			answer.Answer{Status: 429, Body: answer.BodyCoded, Codes: []string{"APIGW.0308"}, Window: time.Minute},
			Try{},
			Step{Due: after(500 * time.Millisecond), Reason: "too many requests"},
		},
		{
			"throttled without a word", plain(429, answer.BodyEmpty),
			Try{},
			Step{Due: after(500 * time.Millisecond), Reason: "too many requests"},
		},
		{
			"throttled for a while already", plain(429, answer.BodyEmpty),
			Try{FirstAt: after(-20 * time.Second)},
			Step{Due: after(500 * time.Millisecond), Reason: "too many requests"},
		},
		{
			"throttled past the deadline",
			answer.Answer{Status: 429, Body: answer.BodyEmpty, RetryAfter: time.Second},
			Try{Attempts: 7, FirstAt: dayAgo},
			Step{Attempts: 7, Due: after(time.Hour), Aside: true, Reason: "too many requests"},
		},
		{
			"throttled until tomorrow",
			answer.Answer{Status: 429, Body: answer.BodyEmpty, RetryAfter: 24 * time.Hour},
			Try{},
			Step{Due: after(time.Hour), Stop: true, Wait: 24 * time.Hour, Reason: "the service asks to wait 24h0m0s, longer than retry.deadline (1h0m0s): nothing is sent before then, unless you say cleaner release"},
		},
	} {
		t.Run(tt.name, tt.run)
	}
}

// What was not sent, or that we ended, spends no attempt.
func TestNextUnsent(t *testing.T) {
	for _, tt := range []stepTest{
		{
			"no login for now",
			answer.Answer{Fault: answer.FaultLogin, RetryAfter: 5 * time.Second},
			Try{},
			Step{Due: after(5 * time.Second), Slow: 5 * time.Second, Reason: "no credential can be had for now"},
		},
		{
			"canceled",
			answer.Answer{Fault: answer.FaultCanceled},
			Try{Attempts: 1, FirstAt: dayAgo},
			Step{Attempts: 1, Due: noon, Lost: true, Reason: "we stopped before the answer"},
		},
		{
			"rehearsed",
			answer.Answer{Fault: answer.FaultDryRun},
			Try{},
			Step{Due: after(never), Aside: true, Reason: "rehearsed: nothing was sent"},
		},
	} {
		t.Run(tt.name, tt.run)
	}
}

// What is wrong for every ID spends no attempt, unless other IDs have good answers.
func TestNextHalts(t *testing.T) {
	for _, tt := range []stepTest{
		{
			"halt spends nothing", coded(200, "CC.00050010"),
			Try{Attempts: 7, FirstAt: dayAgo},
			Step{Attempts: 7, Due: after(30 * time.Second), Reason: "the user has no permission"},
		},
		{
			"halt among good answers", coded(200, "CC.00050010"),
			Try{Attempts: 1, Spend: true},
			Step{Attempts: 2, Due: after(time.Second), Reason: "the user has no permission"},
		},
		{
			"halt among good answers at last", coded(200, "CC.00050010"),
			Try{Attempts: 7, Spend: true},
			Step{End: EndDead, Spent: true, Attempts: 8, Reason: "gave up after 8 attempts: the user has no permission"},
		},
		{
			"auth spends nothing", plain(401, answer.BodyEmpty),
			Try{},
			Step{Due: after(500 * time.Millisecond), Reason: "the credential was not accepted"},
		},
		{
			"again, and the far side is at fault", coded(200, "CC.00050012"),
			Try{Attempts: 7, FirstAt: dayAgo},
			Step{Attempts: 7, Due: after(30 * time.Second), Reason: "the network is busy"},
		},
	} {
		t.Run(tt.name, tt.run)
	}
}

func TestNextWithoutARulingKeepsTheID(t *testing.T) {
	got := usual.Next(Ruling{}, answer.Answer{}, Try{Now: noon})
	if got.End != EndNone || got.Attempts != 0 {
		t.Errorf("got %+v", got)
	}
}

func TestZeroRetryGivesUpAtOnce(t *testing.T) {
	got := Retry{}.Next(Ruling{Verdict: Again, Why: "busy"}, answer.Answer{Status: 500}, Try{Now: noon, Spend: true})
	if got.End != EndDead || got.Reason != "gave up after 1 attempt: busy" {
		t.Errorf("got %+v", got)
	}
}

// TestNextForEveryRow holds every row's step to what its verdict promises.
func TestNextForEveryRow(t *testing.T) {
	table := DefaultTable()
	for _, row := range table.Rows() {
		a := row.Example()
		for _, try := range []Try{
			{Now: noon},
			{Now: noon, Attempts: 7, FirstAt: after(-48 * time.Hour)},
			{Now: noon, Attempts: 1, Spend: true},
			{Now: noon, Attempts: 7, FirstAt: after(-48 * time.Hour), Spend: true, Lost: true},
		} {
			checkStep(t, row, usual.Next(table.Judge(a), a, try), try)
		}
	}
}

func checkStep(t *testing.T, row Row, s Step, try Try) {
	t.Helper()
	pending := s.End == EndNone
	switch {
	case (row.Verdict == Deleted) != (s.End == EndDeleted), (row.Verdict == Gone) != (s.End == EndGone):
		t.Errorf("row %s: %s ends as %q", row.Name, row.Verdict, s.End)
	case row.Verdict == Later && (!pending || s.Attempts != try.Attempts):
		t.Errorf("row %s: later spends: %+v", row.Name, s)
	case (row.Verdict == Again || row.Verdict == Auth || row.Verdict == Halt) && (s.Attempts != try.Attempts) != (try.Spend && row.Fault.Sent()):
		t.Errorf("row %s: spend is %v: %+v", row.Name, try.Spend, s)
	case pending && s.Due.Before(noon), pending && s.Due.After(after(usual.Deadline)) && row.Fault != answer.FaultDryRun:
		t.Errorf("row %s: pending and due at %v", row.Name, s.Due)
	case s.Reason == "":
		t.Errorf("row %s: no reason", row.Name)
	case try.Lost && !s.Lost:
		t.Errorf("row %s: forgets that an answer was lost", row.Name)
	}
}
