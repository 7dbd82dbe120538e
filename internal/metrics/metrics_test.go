package metrics

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"cleaner/internal/exitcode"
	"cleaner/internal/policy"
	"cleaner/internal/queue"
	"cleaner/internal/worker"
)

// Everything is there from the start, at zero, but what is not known.
func TestFreshMetrics(t *testing.T) {
	golden(t, "fresh.prom", rendered(t, New("v1.2.3", "abc123")))
}

// With all that can be known, nothing is absent.
func TestFullMetrics(t *testing.T) {
	m := full()
	golden(t, "full.prom", dateless(rendered(t, m)))
}

// full is metrics that know everything.
func full() *Metrics {
	m := New("v1.2.3", "abc123")
	_ = m.WatchLedger(counted{States: queue.States{Pending: 5, Deleted: 100, Gone: 3, Protected: 4, Dead: 1}, Waiting: 2})
	m.WatchPace(&steady{
		rate: 12.5, waited: 3 * time.Second, bound: policy.PaceByLimit,
		state: policy.PaceState{Achieved: 12, Learned: policy.PaceLearned{Rate: 12.5, At: noon}},
	})
	m.WatchVerification(verified{Deleted: 100, Verification: worker.Verification{
		Mode: worker.ModeVerified, Random: 3, Learned: policy.Learned{Idempotent: true, At: noon},
	}})
	m.SetWorkers(16)
	m.SetBounds(50, 1000)
	m.SetTokenExpiry(noon.Add(24 * time.Hour))
	m.SetScheduleNext(noon.Add(time.Hour))
	m.SetSchedulePeriod(24 * time.Hour)
	m.SchedulePaused(true)
	m.ScheduleSkipped()
	m.ScheduleMissed(3)
	m.ConfigReloaded(false)
	m.StartRun(noon)
	m.SetBreaker(policy.BreakerState{Open: true, Since: noon, Probes: 2})
	m.Observe(Exchange{Ruling: policy.Ruling{Verdict: policy.Deleted}, Took: 150 * time.Millisecond})
	m.Login(LoginOK, 300*time.Millisecond)
	m.ObserveOutcomes([]queue.Outcome{{State: queue.Deleted}})
	for _, end := range exitcode.Table() {
		m.EndRun(noon.Add(time.Minute), end.Code, worker.StopNone)
	}
	orders := m.Feed("orders")
	orders.Connected(true)
	orders.Received(7, 2)
	orders.Loaded(4, 2, 1)
	orders.Acked(7)
	orders.Lag(3)
	orders.Waiting(true)
	return m
}

// A nil feed measures nothing, and one that stops waits for nothing.
func TestFeed(t *testing.T) {
	var none *Feed
	none.Connected(true)
	none.Received(1, 1)
	none.Loaded(1, 1, 1)
	none.Acked(1)
	none.Lag(1)
	none.Waiting(true)
	none.Stopped()
	m := New("v", "r")
	f := m.Feed("a")
	f.Waiting(true)
	f.Stopped()
	text := rendered(t, m)
	for _, line := range []string{
		`cleaner_intake_stopped{source="a"} 1`, `cleaner_intake_waiting{source="a"} 0`, `cleaner_intake_messages_total{event="acked",source="a"} 0`,
	} {
		if !strings.Contains(text, line+"\n") {
			t.Errorf("%s is not in\n%s", line, text)
		}
	}
	if strings.Contains(text, "cleaner_intake_lag_messages{") {
		t.Error("a lag that nobody has told is shown")
	}
}

// dateless takes out the one line that shows the present.
func dateless(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, nameReadAt+" ") {
			line = nameReadAt + " NOW\n"
		}
		b.WriteString(line)
	}
	return b.String()
}

// counted is a ledger that stays as it is.
type counted queue.Counts

func (c counted) Counts(context.Context) (queue.Counts, error) { return queue.Counts(c), nil }

// DeadCodes implements Ledger.
func (c counted) DeadCodes(context.Context) ([]queue.DeadCode, error) {
	return []queue.DeadCode{{Code: "CC.00050000", Count: c.Dead}}, nil
}

// fixed is one in which nothing waits.
type fixed queue.States

func (f fixed) Counts(context.Context) (queue.Counts, error) {
	return queue.Counts{States: queue.States(f)}, nil
}

// DeadCodes implements Ledger.
func (f fixed) DeadCodes(context.Context) ([]queue.DeadCode, error) {
	return []queue.DeadCode{{Code: "CC.00050000", Count: f.Dead}}, nil
}

// scrape gets url as a Prometheus would, and reads it to the end.
func scrape(t *testing.T, url, accept string) (text, kind string) {
	t.Helper()
	req, err := http.NewRequest(http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Accept", accept)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("scrape: status %d, %v", resp.StatusCode, err)
	}
	return string(body), resp.Header.Get("Content-Type")
}

// serve exposes m over real HTTP until the test ends.
func serve(t *testing.T, m *Metrics) string {
	t.Helper()
	s := httptest.NewServer(m.Handler())
	t.Cleanup(func() { s.Close(); http.DefaultClient.CloseIdleConnections() })
	return s.URL
}

// What a Prometheus gets has no fault that its own tool knows of.
func TestPromtoolFindsNothing(t *testing.T) {
	promtool, err := exec.LookPath("promtool")
	if err != nil {
		t.Fatal("promtool is missing: install the Debian package prometheus")
	}
	text, _ := scrape(t, serve(t, full()), "text/plain")
	cmd := exec.Command(promtool, "check", "metrics")
	cmd.Stdin = strings.NewReader(text)
	if out, err := cmd.CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("promtool check metrics: %v\n%s", err, out)
	}
}

func TestPromlintFindsNothing(t *testing.T) {
	problems, err := testutil.GatherAndLint(full().own)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Errorf("%s: %s", p.Metric, p.Text)
	}
}

// The text parses, and shows the process's own metrics too.
func TestExpositionParses(t *testing.T) {
	text, _ := scrape(t, serve(t, full()), "text/plain")
	parser := expfmt.NewTextParser(model.LegacyValidation)
	parsed, err := parser.TextToMetricFamilies(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"cleaner_build_info", "cleaner_request_duration_seconds", "go_goroutines", "process_start_time_seconds"} {
		if parsed[name] == nil {
			t.Errorf("%s is missing", name)
		}
	}
	for name, f := range parsed {
		if f.GetHelp() == "" {
			t.Errorf("%s has no help text", name)
		}
	}
}

// The durations have classic buckets, and native ones for who asks.
func TestDurationsAreNativeToo(t *testing.T) {
	accept := "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited"
	body, kind := scrape(t, serve(t, full()), accept)
	decoder := expfmt.NewDecoder(strings.NewReader(body), expfmt.Format(kind))
	for {
		var f dto.MetricFamily
		if err := decoder.Decode(&f); err != nil {
			t.Fatalf("no durations before the end of %s: %v", kind, err)
		}
		if f.GetName() != "cleaner_request_duration_seconds" {
			continue
		}
		deletes := slices.IndexFunc(f.GetMetric(), func(m *dto.Metric) bool { return m.GetLabel()[0].GetValue() == "delete" })
		h := f.GetMetric()[deletes].GetHistogram()
		if len(h.GetBucket()) == 0 || len(h.GetPositiveSpan()) == 0 || h.GetSampleCount() != 1 {
			t.Errorf("buckets %d, native spans %d, count %d; want all, and one", len(h.GetBucket()), len(h.GetPositiveSpan()), h.GetSampleCount())
		}
		return
	}
}

// All methods may be called at once, and nothing is lost.
func TestManyAtOnce(t *testing.T) {
	m := New("", "")
	leave := m.WatchLedger(fixed{Pending: 1})
	var all sync.WaitGroup
	const goroutines, each = 8, 200
	for range goroutines {
		all.Go(func() {
			for i := range each {
				m.Observe(Exchange{Ruling: policy.Ruling{Verdict: policy.Again}, Took: time.Millisecond, Again: true})
				m.ObserveOutcomes([]queue.Outcome{{State: queue.Deleted}})
				m.SetBreaker(policy.BreakerState{Open: i%2 == 0, Since: noon})
				m.WatchPace(&steady{waited: time.Second})
				m.WatchVerification(verified{Verification: worker.Verification{Random: 1}})
				m.StartRun(noon)
				m.EndRun(noon, exitcode.OK, worker.StopNone)
				if i%50 == 0 {
					rendered(t, m)
				}
			}
		})
	}
	all.Wait()
	leave()
	shows(t, m, `
cleaner_deletions_looked_at_total 1600
cleaner_requests_total{class="again",op="delete"} 1600
cleaner_retries_total{reason="server_error"} 1600
cleaner_runs_total{result="success"} 1600
cleaner_settled_total{outcome="deleted"} 1600`)
	if waited := m.pace.read().waited; waited != goroutines*each*time.Second {
		t.Errorf("waited %v, want %v", waited, goroutines*each*time.Second)
	}
}
