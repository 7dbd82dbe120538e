package grafana_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"cleaner/internal/rig/brokertest"
	"cleaner/internal/rig/freeport"
	"cleaner/internal/rig/observetest"
	"cleaner/internal/sim"
)

// served and carried are the instances of the serve that is scraped, and of the node
// exporter that carries the textfile of a pass.
const (
	served  = "10.0.0.1:9464"
	carried = "10.0.0.2:9100"
)

// scene is a Prometheus that sees cleaner in all ways there are: a serve at work, passes
// that have pushed, one that has left a textfile; and other programs.
type scene struct {
	*observetest.Prometheus
	serve *observetest.Stage
	redis *brokertest.Redis
}

// stream is where the serve takes messages from.
const stream = "deletions"

func newScene(t *testing.T) *scene {
	t.Helper()
	binary := observetest.Build(t)
	s := &scene{redis: brokertest.StartRedis(t)}
	s.serve = observetest.NewStage(t, sim.Options{
		Absent: 0.01, Latency: sim.Latency{Min: 5 * time.Millisecond, Max: 25 * time.Millisecond}, Faults: faults(t),
	}, map[string]any{
		"limits": map[string]any{"workers": 16, "rate": 200, "floor": 200, "burst": 10, "request_timeout": "2s"},
		"intake": []any{map[string]any{"name": "orders", "url": "redis://" + s.redis.Address + "/0", "stream": stream}},
	})
	s.serve.Serve(t, binary)
	gateway := observetest.StartPushgateway(t)
	pushed := func(labels ...string) map[string]any {
		return map[string]any{"pushgateway": "http://" + gateway, "grouping": labels}
	}
	pass(t, binary, 3, 100, sim.Options{Faults: []sim.Fault{fault(t, "parameters-200:0.1")}}, map[string]any{"metrics": pushed("instance=nightly")})
	pass(t, binary, 4, 10, sim.Options{}, map[string]any{"metrics": pushed("instance=nightly"), "safety": map[string]any{"refuse_above": 3}})
	pass(t, binary, 5, 400, sim.Options{Absent: 0.6}, map[string]any{
		"metrics": pushed("instance=wrong.list"), "safety": map[string]any{"not_found_share": 0.1, "sample": 10},
	})
	pass(t, binary, 0, 10, sim.Options{}, map[string]any{"metrics": pushed("instance=", "job=nameless")})
	folder := t.TempDir()
	pass(t, binary, 0, 10, sim.Options{}, map[string]any{"metrics": map[string]any{"textfile": filepath.Join(folder, "cleaner.prom")}})
	s.Prometheus = observetest.StartPrometheus(t, rules(t), "",
		observetest.Target{Address: s.serve.Address, Labels: map[string]string{"job": "cleaner", "instance": served}},
		observetest.Target{Address: gateway, Honor: true, Labels: map[string]string{"job": "gateway", "instance": "10.0.0.3:9091"}},
		observetest.Target{Address: nodeExporter(t, folder), Labels: map[string]string{"job": "node", "instance": carried}},
		observetest.Target{Address: another(t, gateway), Labels: map[string]string{"job": "cleaner", "instance": "10.0.0.9:80"}},
	)
	return s
}

// pass makes a pass over n task IDs, as a CronJob does.
func pass(t *testing.T, binary string, want, n int, service sim.Options, config map[string]any) {
	t.Helper()
	st := observetest.NewStage(t, service, config)
	cmd := exec.CommandContext(t.Context(), binary, "run", "--config", st.ConfigFile(t), "--ids", st.IDs(t, n))
	if out, _ := cmd.CombinedOutput(); cmd.ProcessState.ExitCode() != want {
		t.Fatalf("exit code %d, want %d\n%s", cmd.ProcessState.ExitCode(), want, out)
	}
}

// nodeExporter runs a node exporter that shows the textfiles of a folder, and itself.
func nodeExporter(t *testing.T, folder string) (address string) {
	t.Helper()
	address = freeport.ForTest(t)
	observetest.Start(t, "http://"+address+"/", "prometheus-node-exporter", "--web.listen-address="+address,
		"--collector.disable-defaults", "--collector.textfile", "--collector.textfile.directory="+folder)
	return address
}

// another is a program that is not cleaner, but has its job, and pushes too.
func another(t *testing.T, gateway string) (address string) {
	t.Helper()
	registry := prometheus.NewRegistry()
	registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	web := httptest.NewServer(promhttp.HandlerFor(registry, promhttp.HandlerOpts{}))
	t.Cleanup(web.Close)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+gateway+"/metrics/job/cleaner/instance/backup",
		strings.NewReader("# HELP process_resident_memory_bytes Resident memory size in bytes.\n# TYPE process_resident_memory_bytes gauge\nprocess_resident_memory_bytes 5\n# HELP go_goroutines Number of goroutines that currently exist.\n# TYPE go_goroutines gauge\ngo_goroutines 7\n"))
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("push for another program: %v %v", resp, err)
	}
	_ = resp.Body.Close()
	return strings.TrimPrefix(web.URL, "http://")
}

// rules is the shipped file of rules.
func rules(t *testing.T) string {
	t.Helper()
	path, err := filepath.Abs("../prometheus/cleaner.rules.yml")
	if err == nil {
		_, err = os.Stat(path)
	}
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// faults are on the way of the load, so that every panel has something to show.
func faults(t *testing.T) (fs []sim.Fault) {
	t.Helper()
	for _, text := range []string{
		"busy-400:0.04:2", "running-200:0.01:1", "expired-401:0.002:1", "502:0.02:1", "throttle-429:0.005:1",
		"slow=300ms:0.01", "reset:0.01:1", "cut:0.01:1", "parameters-200:0.01",
	} {
		fs = append(fs, fault(t, text))
	}
	return fs
}

func fault(t *testing.T, text string) sim.Fault {
	t.Helper()
	f, err := sim.ParseFault(text)
	if err != nil {
		t.Fatal(err)
	}
	return f
}
