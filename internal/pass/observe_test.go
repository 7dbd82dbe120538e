package pass

import (
	"errors"
	"fmt"
	"io/fs"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"cleaner/internal/answer"
	"cleaner/internal/knowledge"
	"cleaner/internal/ledger"
	"cleaner/internal/metrics"
	"cleaner/internal/queue"
	"cleaner/internal/worker"
	"go.uber.org/zap"
)

// locate is the ledger at a path.
func (tr *trial) locate(path string) ledger.Location {
	tr.Helper()
	at, err := ledger.Parse("sqlite:" + path)
	if err != nil {
		tr.Fatal(err)
	}
	return at
}

// keepWaitFor has the ledger keep that nothing is to be sent for so long.
func keepWaitFor(tr *trial, q queue.Memory, d time.Duration) error {
	return knowledge.KeepWait(tr.Context(), q, knowledge.Wait{Scope: tr.spec.Scope, Until: time.Now().Add(d)})
}

// measured reports whether the metrics have a line that begins so.
func (tr *trial) measured(line string) bool {
	w := httptest.NewRecorder()
	tr.deps.Metrics.Handler().ServeHTTP(w, httptest.NewRequestWithContext(tr.Context(), "GET", "/metrics", nil))
	return strings.Contains(w.Body.String(), "\n"+line)
}

// note of the pass in the ledger, as another shell reads it.
func (tr *trial) ledgerNote() (note string) {
	tr.Helper()
	err := tr.at.Look(tr.Context(), func(r queue.Reader) error {
		passes, err := r.Unfinished(tr.Context())
		if len(passes) > 0 {
			note = passes[len(passes)-1].Note
		}
		return err
	})
	if err != nil && !errors.Is(err, fs.ErrNotExist) { // the pass may be about to make it
		tr.Error(err)
	}
	return note
}

// TestEveryOpIsMeasured as what it is.
func TestEveryOpIsMeasured(t *testing.T) {
	var got []string
	for op := worker.OpDelete; op <= worker.OpCalibrate; op++ {
		got = append(got, opOf(op).String())
	}
	if diff := cmp.Diff([]string{"delete", "stop", "look", "calibrate"}, got); diff != "" {
		t.Error(diff)
	}
}

// TestMetricsSeeAPass: requests, outcomes, logins, the ledger and the run itself.
func TestMetricsSeeAPass(t *testing.T) {
	f := &far{}
	try(t, f, func(tr *trial) {
		f.ready = func() answer.Answer {
			f.told(nil, time.Second, time.Now().Add(time.Hour))
			return answer.Answer{}
		}
		tr.deps.Metrics = metrics.New("", "")
		tr.spec.Safety.Canaries = 3
		tr.spec.Inputs = []Source{tr.file("tasks.txt", append(ids(0, 30), "task-0001", "task-0002", "not valid")...)}
		r := tr.pass(tr.Context())
		warned := tr.logs.FilterMessage("loaded").FilterLevelExact(zap.WarnLevel).FilterField(zap.Int64("duplicates", 2)).FilterField(zap.Int64("rejected", 1))
		tr.want("warnings of lines that brought nothing", warned.Len(), 1)
		out := Sinks{Metrics: tr.deps.Metrics, Log: tr.deps.Log, Code: func(*Report, error) int { return 0 }}
		tr.want("handed over", out.HandOver(tr.Context(), &r, nil), nil)
		for _, line := range []string{
			`cleaner_requests_total{class="deleted",op="delete"} 30`,
			fmt.Sprintf(`cleaner_requests_total{class="gone",op="calibrate"} %d`, r.Calibration),
			`cleaner_settled_total{outcome="deleted"} 30`,
			`cleaner_ledger_tasks{state="pending"} 0`,
			`cleaner_input_lines_total{result="new"} 30`,
			`cleaner_input_lines_total{result="duplicate"} 2`,
			`cleaner_input_lines_total{result="rejected"} 1`,
			`cleaner_workers 4`,
			`cleaner_verification_mode{mode="verified"} 1`,
			`cleaner_runs_total{result="success"} 1`,
			`cleaner_logins_total{result="success"} `,
			`cleaner_token_expiry_timestamp_seconds `,
		} {
			tr.want(line, tr.measured(line), true)
		}
	})
}

// TestLoginsAreMeasured by how they ended.
func TestLoginsAreMeasured(t *testing.T) {
	for err, want := range map[error]metrics.LoginResult{
		nil:             metrics.LoginOK,
		errors.New("x"): metrics.LoginFailed,
		&answer.Error{Fault: answer.FaultRefused}: metrics.LoginRefused,
		&answer.Error{Fault: answer.FaultTimeout}: metrics.LoginFailed,
	} {
		if got := loginResult(err); got != want {
			t.Errorf("%v is measured as %v, want %v", err, got, want)
		}
	}
}

// TestBreakerIsShown: while the far side is down the log and another shell say so;
// afterwards they do not.
func TestBreakerIsShown(t *testing.T) {
	f := &far{latency: 5 * time.Millisecond}
	try(t, f, func(tr *trial) {
		var down atomic.Bool
		f.answer = func(string, int) answer.Answer {
			if down.Load() {
				return answer.Answer{Status: 502, Body: answer.BodyHTML}
			}
			return ok
		}
		tr.input(400)
		down.Store(true)
		shown, view := "", ""
		ended := make(chan Report)
		go func() { ended <- tr.pass(tr.Context()) }()
		for ; shown == "" || view == ""; time.Sleep(100 * time.Millisecond) {
			shown, view = tr.ledgerNote(), tr.deps.Live.View().Breaker
		}
		for _, words := range []string{shown, view, tr.deps.Live.HeldUp()} {
			tr.want(words, strings.HasPrefix(words, "the far side is down since") && strings.Contains(words, "the next at"), true)
		}
		down.Store(false)
		r := <-ended
		tr.want("deleted", r.Deleted, int64(400))
		tr.want("opened", tr.logged("circuit breaker open"), true)
		tr.want("closed", tr.logged("circuit breaker closed"), true)
		tr.want("held up afterwards", tr.deps.Live.HeldUp(), "")
	})
}

// TestHoldupIsShown: whatever a pass waits for, another shell and those who look at
// the pass are told what it is, and nothing else; when it is over they are not any
// more.
func TestHoldupIsShown(t *testing.T) {
	for _, tt := range []struct {
		name  string
		spoil func(tr *trial, over *atomic.Bool)
		want  []string
		not   string
		shown func(View) string
		log   string
	}{
		{"no login", func(tr *trial, over *atomic.Bool) {
			tr.far.ready = func() answer.Answer {
				if over.Load() {
					return answer.Answer{}
				}
				return answer.Answer{Fault: answer.FaultLogin, Message: "IAM.0020", RetryAfter: 5 * time.Second}
			}
		}, []string{"no login has succeeded since", "IAM.0020", "the next at"}, "pause", func(v View) string { return v.Throttle }, "no credential"},
		{"a throttle", func(tr *trial, over *atomic.Bool) {
			tr.far.answer = func(string, int) answer.Answer {
				if over.Load() {
					return ok
				}
				return answer.Answer{Status: 429, Body: answer.BodyCoded, Codes: []string{"APIG.0308"}, RetryAfter: 30 * time.Second}
			}
		}, []string{"the service asked for a pause until"}, "login", func(v View) string { return v.Throttle }, ""},
		{"running tasks", func(tr *trial, over *atomic.Bool) {
			tr.far.answer = func(string, int) answer.Answer {
				if over.Load() {
					return ok
				}
				return running
			}
		}, []string{"are running"}, "pause", func(v View) string { return v.Waits }, ""},
		{"looks that do not show a deletion", func(tr *trial, over *atomic.Bool) {
			tr.spec.Safety.Canaries = 3
			tr.far.look = func(string) (answer.Answer, bool) { return busy, !over.Load() }
		}, []string{"waits for the first deletions to be seen, since"}, "pause", func(v View) string { return v.Waits }, ""},
		{"a far side that answers no look", func(tr *trial, over *atomic.Bool) {
			tr.spec.Safety.Canaries = 3
			tr.far.look = func(string) (answer.Answer, bool) { return answer.Answer{Fault: answer.FaultConnect}, !over.Load() }
		}, []string{"waits for the first deletions to be seen, since", "; every request has failed since ", "no connection could be made"}, "pause", func(v View) string { return v.Waits }, "the far side fails"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			try(t, &far{}, func(tr *trial) {
				var over atomic.Bool
				tt.spoil(tr, &over)
				tr.input(12)
				ended := make(chan Report)
				go func() { ended <- tr.pass(tr.Context()) }()
				for n := 0; !strings.Contains(tr.ledgerNote(), tt.want[0]) || tt.log != "" && !tr.logged(tt.log); n++ {
					if time.Sleep(500 * time.Millisecond); n > 200 {
						t.Fatalf("the ledger says %q", tr.ledgerNote())
					}
				}
				words := tt.shown(tr.deps.Live.View())
				for _, want := range tt.want {
					tr.want(want+" in the ledger", strings.Contains(tr.ledgerNote(), want), true)
					tr.want(want+" in "+words, strings.Contains(words, want), true)
				}
				tr.want("not "+tt.not, strings.Contains(words, tt.not), false)
				over.Store(true)
				tr.want("deleted", (<-ended).Deleted, int64(12))
				tr.want("the ledger says nothing afterwards", tr.ledgerNote(), "")
				tr.want("logged", tt.log == "" || tr.logged(tt.log), true)
			})
		})
	}
}

// TestPassIsTuned: rate, workers and protect list change within a pass, and what was
// changed before it began to send counts too.
func TestPassIsTuned(t *testing.T) {
	try(t, &far{latency: time.Second}, func(tr *trial) {
		tr.deps.Metrics = metrics.New("", "")
		tr.spec.Limits.Workers = 6
		list := tr.write("protect", id(399)+"\n")
		tr.deps.Live.Tune(Tuning{Rate: 77, Workers: 5})
		tr.input(400)
		ended := make(chan Report)
		go func() { ended <- tr.pass(tr.Context()) }()
		time.Sleep(3500 * time.Millisecond)
		tr.want("rate", tr.deps.Live.View().Rate, 77.0)
		tr.want("in flight", tr.deps.Live.View().InFlight, 5)
		tr.deps.Live.Tune(Tuning{Rate: 5000, Workers: 2, ProtectFile: list})
		time.Sleep(2 * time.Second)
		tr.want("in flight", tr.deps.Live.View().InFlight, 2)
		tr.want("measured", tr.measured("cleaner_workers 2\n"), true)
		r := <-ended
		tr.want("deleted", r.Deleted, int64(399))
		tr.want("protected", r.Protected, int64(1))
		tr.want("sizes", fmt.Sprint(tr.far.sizes), "[5 2]")
	})
}

// TestViewOfAPass: what those see who look at it, before, in and after it.
func TestViewOfAPass(t *testing.T) {
	try(t, &far{latency: time.Second}, func(tr *trial) {
		if diff := cmp.Diff(View{}, new(Live).View()); diff != "" {
			t.Errorf("before it begins (-want +got):\n%s", diff)
		}
		tr.input(40)
		ended := make(chan Report)
		go func() { ended <- tr.pass(tr.Context()) }()
		time.Sleep(3500 * time.Millisecond)
		v := tr.deps.Live.View()
		tr.want("total", v.Total, int64(40))
		tr.want("settled", v.Done.Settled() > 0, true)
		tr.want("in flight", v.InFlight, 4)
		tr.want("settled last", v.LastSettled.IsZero(), false)
		tr.want("rate", v.Rate, 1e6)
		tr.want("progressing", tr.deps.Live.Progressing(time.Minute, time.Minute), true)
		r := <-ended
		tr.want("settled in the end", tr.deps.Live.View().Done.Settled(), r.Deleted)
	})
}

// bars keeps what is drawn.
type bars struct{ drawn, finished []View }

func (b *bars) Draw(v View)   { b.drawn = append(b.drawn, v) }
func (b *bars) Finish(v View) { b.finished = append(b.finished, v) }

// TestProgressIsShown on a bar, or in the log when there is none.
func TestProgressIsShown(t *testing.T) {
	try(t, &far{latency: time.Second}, func(tr *trial) {
		tr.input(600)
		tr.pass(tr.Context())
		tr.want("logged", tr.logged("progress"), true)
		b, total := &bars{}, int64(0)
		tr.deps.Bar = func(n int64) Bar { total = n; return b }
		tr.spec.Inputs = []Source{tr.file("more.txt", ids(1000, 1020)...)}
		tr.pass(tr.Context())
		tr.want("total", total, int64(20))
		tr.want("drawn", len(b.drawn) > 10, true)
		tr.want("finished", len(b.finished) == 1 && b.finished[0].Done.Settled() == 20, true)

		// A pass that may send five DELETEs sets out to settle five, whatever is pending.
		b = &bars{}
		tr.spec.Inputs, tr.spec.Limits.Deletes = []Source{tr.file("third.txt", ids(10_000, 10_020)...)}, 5
		tr.pass(tr.Context())
		tr.want("total of some", total, int64(5))
		tr.want("finished some", b.finished[0].Total == 5 && b.finished[0].Done.Settled() == 5, true)
		tr.want("the rate that was achieved is shown", slices.ContainsFunc(b.drawn, func(v View) bool { return v.Pace.Achieved > 0 }), true)
	})
}
