package grafana_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"cleaner/internal/rig/brokertest"
	"cleaner/internal/rig/observetest"
	"cleaner/internal/sim"
)

// dashboard is what is read of the shipped one.
type dashboard struct {
	Panels []struct {
		Title, Type string
		Targets     []struct{ Expr string }
	}
	Templating struct {
		List []struct{ Name, Type, Definition string }
	}
}

// expressions are all that the dashboard asks, by the titles of their panels, its
// variables replaced as Grafana would.
func expressions(t *testing.T) map[string]string {
	t.Helper()
	text, err := os.ReadFile("cleaner.json")
	if err != nil {
		t.Fatal(err)
	}
	var d dashboard
	if err := json.Unmarshal(text, &d); err != nil {
		t.Fatal(err)
	}
	variables := strings.NewReplacer("$job", ".+", "$instance", ".+", "$__rate_interval", "4s")
	all := map[string]string{}
	for _, p := range d.Panels {
		if p.Type != "row" && len(p.Targets) == 0 {
			t.Errorf("%s shows nothing", p.Title)
		}
		for i, target := range p.Targets {
			all[p.Title+" "+strconv.Itoa(i)+" "+target.Expr] = variables.Replace(target.Expr)
		}
	}
	for _, v := range d.Templating.List {
		if m := regexp.MustCompile(`^label_values\((.+), (\w+)\)$`).FindStringSubmatch(v.Definition); m != nil {
			all["variable "+v.Name] = "count by (" + m[2] + ") (" + variables.Replace(m[1]) + ")"
		} else if v.Type == "query" {
			t.Errorf("the variable %s asks %q", v.Name, v.Definition)
		}
	}
	if len(all) < 40 {
		t.Fatalf("found %d expressions only", len(all))
	}
	return all
}

// examples are the expressions in the reference of the metrics.
func examples(t *testing.T) map[string]string {
	t.Helper()
	text, err := os.ReadFile("../../docs/metrics.md")
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for _, m := range regexp.MustCompile("(?m)^For example: `(.+)`$").FindAllStringSubmatch(string(text), -1) {
		expr := regexp.MustCompile(`\[\d+[mhd]\]`).ReplaceAllString(m[1], "[4s]")
		all["docs/metrics.md "+m[1]] = expr
	}
	if len(all) < 30 {
		t.Fatalf("found %d examples only", len(all))
	}
	return all
}

// faults are on the way of the load, so that every panel has something to show.
func faults(t *testing.T) (fs []sim.Fault) {
	t.Helper()
	for _, text := range []string{
		"busy-400:0.04:2", "running-200:0.01:1", "expired-401:0.002:1", "502:0.02:1", "throttle-429:0.005:1",
		"slow=300ms:0.01", "reset:0.01:1", "cut:0.01:1", "parameters-200:0.01",
	} {
		f, err := sim.ParseFault(text)
		if err != nil {
			t.Fatal(err)
		}
		fs = append(fs, f)
	}
	return fs
}

// TestEveryExpressionHasData scrapes a daemon at work with a real Prometheus and asks
// it everything that the dashboard and the reference ask. Each must bring a number
// at some moment of the load.
func TestEveryExpressionHasData(t *testing.T) {
	asked := expressions(t)
	maps.Copy(asked, examples(t))
	const stream = "deletions"
	redis := brokertest.StartRedis(t)
	st := observetest.NewStage(t, sim.Options{
		Absent: 0.01, Latency: sim.Latency{Min: 5 * time.Millisecond, Max: 25 * time.Millisecond}, Faults: faults(t),
	}, map[string]any{
		"limits": map[string]any{"workers": 16, "rate": 200, "floor": 200, "burst": 10, "request_timeout": "2s"},
		"intake": []any{map[string]any{"name": "orders", "url": "redis://" + redis.Address + "/0", "stream": stream}},
	})
	st.Serve(t, observetest.Build(t))
	p := observetest.StartPrometheus(t, "", "", observetest.Target{
		Address: st.Address, Labels: map[string]string{"job": "cleaner", "instance": "demo"},
	})
	observetest.Until(t, "a success before the load", func() bool {
		return len(p.Query(t, "cleaner_run_last_success_timestamp_seconds")) > 0
	})
	st.Spool(t, 3000)
	for n, deadline := 0, time.Now().Add(time.Minute); len(asked) > 0; time.Sleep(500 * time.Millisecond) {
		redis.Add(stream, "task_id", fmt.Sprintf("%032x", n))
		if n++; n%20 == 0 { // fewer than would stop it
			redis.Add(stream, "task_id", "none")
		}
		for what, expr := range asked {
			if hasNumber(p.Query(t, expr)) {
				delete(asked, what)
			}
		}
		if time.Now().After(deadline) {
			for what := range asked {
				t.Errorf("no data: %s", what)
			}
			return
		}
	}
}

// hasNumber reports whether any sample is a number.
func hasNumber(samples []observetest.Sample) bool {
	for _, s := range samples {
		if text, ok := s.Value[1].(string); ok {
			if v, err := strconv.ParseFloat(text, 64); err == nil && !math.IsNaN(v) && !math.IsInf(v, 0) {
				return true
			}
		}
	}
	return false
}
