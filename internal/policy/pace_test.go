package policy

import (
	"testing"
	"time"

	"cleaner/internal/answer"
)

// TestPaceReplyOf: what answers say of the pace.
func TestPaceReplyOf(t *testing.T) {
	table := DefaultTable()
	for _, tt := range []struct {
		name string
		a    answer.Answer
		want PaceEnd
	}{
		{"deleted", answer.Answer{Status: 200, Body: answer.BodyNull}, PaceAccepted},
		{"not there", answer.Answer{Status: 404, Body: answer.BodyCoded, Codes: []string{"CC.00050017"}}, PaceAccepted},
		{"forbidden", answer.Answer{Status: 403, Body: answer.BodyCoded, Codes: []string{"CC.00050010"}}, PaceAccepted},
		{"throttled", answer.Answer{Status: 429, Body: answer.BodyEmpty}, PaceRefused},
		{"throttled by the gateway", answer.Answer{Status: 429, Body: answer.BodyCoded, Codes: []string{"APIGW.0308"}}, PaceRefused},
		{"unavailable with a wait", answer.Answer{Status: 503, Body: answer.BodyHTML, RetryAfter: time.Second}, PaceRefused},
		{"unavailable", answer.Answer{Status: 503, Body: answer.BodyHTML}, PaceFailed},
		{"the service fails", answer.Answer{Status: 500, Body: answer.BodyCoded, Codes: []string{"CC.00000000"}}, PaceAccepted},
		{"no connection", answer.Answer{Fault: answer.FaultConnect}, PaceFailed},
		{"no answer", answer.Answer{Fault: answer.FaultTimeout}, PaceLost},
		{"no credential", answer.Answer{Fault: answer.FaultLogin}, PaceLost},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := PaceReplyOf(table.Judge(tt.a), tt.a).End; got != tt.want {
				t.Errorf("%v, want %v", got, tt.want)
			}
		})
	}
}

// TestOverrunSpendsNothing: a failure that comes only above a rate is a throttle, and what
// it may have done stays in doubt.
func TestOverrunSpendsNothing(t *testing.T) {
	a := answer.Answer{Status: 504, Body: answer.BodyHTML}
	rl := DefaultTable().Judge(a)
	got := Overrun(rl)
	if got.Verdict != Later || !got.Slow || got.Lost != rl.Lost {
		t.Errorf("%+v of %+v", got, rl)
	}
	step := Retry{Attempts: 2, Initial: time.Second, Max: time.Minute}.Next(got, a, Try{Attempts: 1, Now: time.Now(), Spend: true})
	if step.End != EndNone || step.Attempts != 1 {
		t.Errorf("%+v", step)
	}
}
