package metrics

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

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
	_ = m.WatchLedger(fixed{Pending: 5, Waiting: 2, Deleted: 100, Gone: 3, Protected: 4, Dead: 1})
	m.WatchPace(&steady{rate: 12.5, waited: 3 * time.Second})
	m.SetWorkers(16)
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
	m.Tell([]queue.Outcome{{State: queue.Deleted}})
	for r := range results {
		m.EndRun(noon.Add(time.Minute), r, worker.StopNone)
	}
	return m
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

// fixed is a ledger that stays as it is.
type fixed queue.Counts

func (f fixed) Counts(context.Context) (queue.Counts, error) { return queue.Counts(f), nil }

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
		h := f.GetMetric()[0].GetHistogram() // delete: the first by name
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
				m.Tell([]queue.Outcome{{State: queue.Deleted}})
				m.SetBreaker(policy.BreakerState{Open: i%2 == 0, Since: noon})
				m.WatchPace(&steady{waited: time.Second})
				m.StartRun(noon)
				m.EndRun(noon, Success, worker.StopNone)
				if i%50 == 0 {
					rendered(t, m)
				}
			}
		})
	}
	all.Wait()
	leave()
	shows(t, m, `
cleaner_requests_total{class="again",op="delete"} 1600
cleaner_retries_total{reason="server_error"} 1600
cleaner_runs_total{result="success"} 1600
cleaner_settled_total{outcome="deleted"} 1600`)
	if _, waited := m.pace.read(); waited != goroutines*each*time.Second {
		t.Errorf("waited %v, want %v", waited, goroutines*each*time.Second)
	}
}
