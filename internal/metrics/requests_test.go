package metrics

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"cleaner/internal/answer"
	"cleaner/internal/policy"
	"cleaner/internal/queue"
	"cleaner/internal/worker"
)

// The reason of every row of the verdict table, and of every fault: a row that is
// renamed or added shows here.
func TestReasonOfEveryRow(t *testing.T) {
	got := map[string][]string{}
	for _, row := range policy.DefaultTable().Rows() {
		a := row.Example()
		e := Exchange{Ruling: policy.DefaultTable().Judge(a), Fault: a.Fault}
		if e.Ruling.Row != row.Name {
			t.Fatalf("the example of %s is judged by %s", row.Name, e.Ruling.Row)
		}
		why := reasonOf(&e).String()
		if why == "other" || why == "server_error" || why == "auth" {
			continue // many, told apart below
		}
		got[why] = append(got[why], row.Name)
	}
	want := map[string][]string{
		"busy":      {"busy", "busy-later", "request-timeout", "try-again"},
		"throttled": {"throttled", "throttled-code", "iam-throttled", "throttled-wait", "throttled-text"},
		"running":   {"running"},
		"timeout":   {"timeout"},
		"reset":     {"reset", "cut"},
		"connect":   {"connect", "proxy", "tls"},
		"dns":       {"dns", "no-host"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("reasons (-want +got):\n%s", diff)
	}
}

// The rest of the rows is told apart by verdict.
func TestReasonByVerdict(t *testing.T) {
	for _, row := range policy.DefaultTable().Rows() {
		e := Exchange{Ruling: policy.Ruling{Verdict: row.Verdict, Row: row.Name}, Fault: row.Example().Fault}
		why := reasonOf(&e)
		switch {
		case row.Fault != answer.FaultNone, row.Slow, busy(row.Name):
		case row.Verdict == policy.Again && why != reasonServerError,
			row.Verdict == policy.Auth && why != reasonAuth,
			row.Verdict == policy.Halt && why != reasonOther:
			t.Errorf("row %s, %s: reason %v", row.Name, row.Verdict, why)
		}
	}
}

// Every answer that the worker can get has a counter, whatever was asked.
func TestEveryRowIsCounted(t *testing.T) {
	for _, op := range []Op{OpDelete, OpStop, OpLook, OpCalibrate} {
		for _, row := range policy.DefaultTable().Rows() {
			a := row.Example()
			e := Exchange{Op: op, Ruling: policy.DefaultTable().Judge(a), Fault: a.Fault}
			if !slices.Contains(classesOf(op), classOf(&e)) {
				t.Errorf("%v, row %s: class %v is not counted", op, row.Name, classOf(&e))
			}
		}
	}
}

func TestClass(t *testing.T) {
	deleted := policy.Ruling{Verdict: policy.Deleted}
	for name, c := range map[string]struct {
		e    Exchange
		want string
	}{
		"deleted":                         {Exchange{Ruling: deleted}, "deleted"},
		"gone":                            {Exchange{Ruling: policy.Ruling{Verdict: policy.Gone}}, "gone"},
		"running":                         {Exchange{Ruling: policy.Ruling{Verdict: policy.Later}}, "later"},
		"busy":                            {Exchange{Ruling: policy.Ruling{Verdict: policy.Again}}, "again"},
		"expired":                         {Exchange{Ruling: policy.Ruling{Verdict: policy.Auth}}, "auth"},
		"no permission":                   {Exchange{Ruling: policy.Ruling{Verdict: policy.Halt}}, "halt"},
		"unknown":                         {Exchange{Ruling: policy.Ruling{Verdict: policy.Never}}, "never"},
		"no verdict":                      {Exchange{}, "never"},
		"no connection":                   {Exchange{Fault: answer.FaultConnect, Ruling: policy.Ruling{Verdict: policy.Again}}, "none"},
		"rehearsed":                       {Exchange{Fault: answer.FaultDryRun, Ruling: policy.Ruling{Verdict: policy.Later}}, "none"},
		"timeout":                         {Exchange{Fault: answer.FaultTimeout, Ruling: policy.Ruling{Verdict: policy.Again}}, "again"},
		"stopped":                         {Exchange{Op: OpStop, Ruling: deleted}, "ok"},
		"seen":                            {Exchange{Op: OpLook, Seen: true, Ruling: policy.Ruling{Verdict: policy.Never}}, "ok"},
		"looked, and not seen":            {Exchange{Op: OpLook, Ruling: policy.Ruling{Verdict: policy.Gone}}, "gone"},
		"seen to be gone by a 401":        {Exchange{Op: OpLook, Absent: true, Ruling: policy.Ruling{Verdict: policy.Auth}}, "gone"},
		"seen to be gone by a success":    {Exchange{Op: OpLook, Absent: true, Ruling: deleted}, "gone"},
		"a look that shows nothing":       {Exchange{Op: OpLook, Ruling: deleted}, "again"},
		"in doubt":                        {Exchange{Ruling: policy.Ruling{Verdict: policy.Doubt, Lost: true}}, "again"},
		"what is gone, like a success":    {Exchange{Op: OpCalibrate, Ruling: deleted}, "ok"},
		"what is gone":                    {Exchange{Op: OpCalibrate, Ruling: policy.Ruling{Verdict: policy.Gone}}, "gone"},
		"seen means nothing for a DELETE": {Exchange{Seen: true, Ruling: policy.Ruling{Verdict: policy.Never}}, "never"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := classOf(&c.e).String(); got != c.want {
				t.Errorf("class %s, want %s", got, c.want)
			}
		})
	}
}

// What never left this host has no duration; what was throttled is told apart
// from a login that cannot be had.
func TestObserve(t *testing.T) {
	m := New("", "")
	m.Observe(Exchange{Ruling: policy.Ruling{Verdict: policy.Deleted}, Took: 200 * time.Millisecond})
	m.Observe(Exchange{Ruling: policy.Ruling{Verdict: policy.Later, Slow: true}, Took: 40 * time.Second, Again: true})
	m.Observe(Exchange{Ruling: policy.Ruling{Verdict: policy.Later, Slow: true}, Fault: answer.FaultLogin, Took: time.Second, Again: true})
	m.Observe(Exchange{Ruling: policy.Ruling{Verdict: policy.Again}, Fault: answer.FaultDNS, Took: time.Second})
	m.Observe(Exchange{Ruling: policy.Ruling{Verdict: policy.Later}, Fault: answer.FaultDryRun, Again: true}) // no retry
	shows(t, m, `
cleaner_request_duration_seconds_sum{op="delete"} 40.2
cleaner_request_duration_seconds_count{op="delete"} 2
cleaner_requests_total{class="deleted",op="delete"} 1
cleaner_requests_total{class="later",op="delete"} 1
cleaner_requests_total{class="none",op="delete"} 3
cleaner_retries_total{reason="auth"} 1
cleaner_retries_total{reason="throttled"} 1
cleaner_throttled_total 1`)
}

// A look is made again because its answer shows nothing, and not because the task that
// it has shown, or missed, is to be looked for or deleted next.
func TestRetriesOfLooks(t *testing.T) {
	m := New("", "")
	for _, e := range []Exchange{
		{Seen: true, Ruling: policy.Ruling{Verdict: policy.Doubt}},
		{Absent: true, Ruling: policy.Ruling{Verdict: policy.Auth}},
		{Ruling: policy.Ruling{Verdict: policy.Gone}},
		{Ruling: policy.Ruling{Verdict: policy.Never}},
		{Ruling: policy.Ruling{Verdict: policy.Later, Slow: true}},
		{Ruling: policy.Ruling{Verdict: policy.Again}},
		{Ruling: policy.Ruling{Verdict: policy.Again}, Fault: answer.FaultTimeout},
		{Ruling: policy.Ruling{Verdict: policy.Auth}},
	} {
		e.Op, e.Again = OpLook, !e.Absent
		m.Observe(e)
	}
	shows(t, m, `
cleaner_requests_total{class="again",op="look"} 2
cleaner_requests_total{class="auth",op="look"} 1
cleaner_requests_total{class="gone",op="look"} 2
cleaner_requests_total{class="later",op="look"} 1
cleaner_requests_total{class="never",op="look"} 1
cleaner_requests_total{class="ok",op="look"} 1
cleaner_retries_total{reason="auth"} 1
cleaner_retries_total{reason="server_error"} 1
cleaner_retries_total{reason="throttled"} 1
cleaner_retries_total{reason="timeout"} 1`)
}

func TestLogin(t *testing.T) {
	m := New("", "")
	m.Login(LoginOK, time.Second)
	m.Login(LoginFailed, time.Second)
	m.Login(LoginFailed, time.Second)
	m.Login(LoginRefused, time.Second)
	m.SetTokenExpiry(noon)
	shows(t, m, `
cleaner_logins_total{result="failure"} 2
cleaner_logins_total{result="refused"} 1
cleaner_logins_total{result="success"} 1
cleaner_request_duration_seconds_count{op="login"} 4
cleaner_requests_total{class="halt",op="login"} 1
cleaner_requests_total{class="later",op="login"} 2
cleaner_requests_total{class="ok",op="login"} 1
cleaner_token_expiry_timestamp_seconds 1.7723664e+09`)
	m.SetTokenExpiry(time.Time{})
	lacks(t, m, "cleaner_token_expiry_timestamp_seconds")
}

// An ID that goes back to the queue is not settled.
func TestTell(t *testing.T) {
	m := New("", "")
	m.ObserveOutcomes([]queue.Outcome{{State: queue.Deleted}, {State: queue.Pending}, {State: queue.Dead}, {State: queue.Deleted}})
	m.ObserveOutcomes([]queue.Outcome{{State: queue.Gone}, {State: queue.Protected}})
	shows(t, m, `
cleaner_settled_total{outcome="dead"} 1
cleaner_settled_total{outcome="deleted"} 2
cleaner_settled_total{outcome="gone"} 1
cleaner_settled_total{outcome="protected"} 1`)
}

// The coat counts what is under way, also when the far side panics.
func TestWatchCountsInFlight(t *testing.T) {
	m := New("", "")
	far := &farSide{m: m}
	s := m.Watch(far)
	ctx := context.Background()
	s.DeleteTask(ctx, "a")
	s.StopTask(ctx, "a")
	s.LookAtTask(ctx, "a")
	s.Renew(ctx, 1)
	if want := []int64{1, 1, 1, 0}; !slices.Equal(far.seen, want) {
		t.Errorf("in flight during the calls: %v, want %v", far.seen, want)
	}
	func() {
		defer func() { _ = recover() }()
		far.broken = true
		s.DeleteTask(ctx, "a")
	}()
	if n := m.inFlight.Load(); n != 0 {
		t.Errorf("%d in flight afterwards, want 0", n)
	}
}

// farSide notes what is in flight when it is called.
type farSide struct {
	m      *Metrics
	seen   []int64
	broken bool
}

var _ worker.Service = (*farSide)(nil)

func (f *farSide) note() answer.Answer {
	f.seen = append(f.seen, f.m.inFlight.Load())
	if f.broken {
		panic("broken")
	}
	return answer.Answer{}
}

func (f *farSide) DeleteTask(context.Context, string) answer.Answer { return f.note() }
func (f *farSide) StopTask(context.Context, string) answer.Answer   { return f.note() }
func (f *farSide) LookAtTask(context.Context, string) answer.Answer { return f.note() }
func (f *farSide) Renew(context.Context, uint64) answer.Answer      { return f.note() }

// Ready is asked for nothing here.
func (f *farSide) Ready(context.Context) answer.Answer { return answer.Answer{} }
