package grafana_test

import (
	"fmt"
	"math"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"cleaner/internal/rig/observetest"
)

// choice is what somebody has chosen, by the name of the variable.
type choice map[string][]string

// everything is what a dashboard begins with.
var everything = choice{"job": {all}, "instance": {all}}

// viewer asks a Prometheus what the dashboard asks, as Grafana does.
type viewer struct {
	*scene
	dashboard
}

// replace is an expression with the variables replaced by what is chosen.
func (v viewer) replace(t *testing.T, expr string, c choice) string {
	t.Helper()
	expr = strings.ReplaceAll(expr, "$__rate_interval", "4s")
	for _, variable := range v.Templating.List {
		if chosen, ok := c[variable.Name]; ok {
			expr = variable.interpolate(expr, v.options(t, variable, c), chosen...)
		}
	}
	if strings.Contains(expr, "$") {
		t.Errorf("a variable is not replaced in %s", expr)
	}
	return expr
}

// options are what a variable offers: the values of a label, of which an empty one is none.
func (v viewer) options(t *testing.T, of variable, c choice) (values []string) {
	t.Helper()
	m := regexp.MustCompile(`^label_values\((.+), (\w+)\)$`).FindStringSubmatch(of.Definition)
	if m == nil {
		t.Fatalf("the variable %s asks %q", of.Name, of.Definition)
	}
	others := choice{}
	for name, chosen := range c {
		if name != of.Name {
			others[name] = chosen
		}
	}
	series := m[1]
	if strings.Contains(series, "$") {
		series = v.replace(t, series, others)
	}
	for _, s := range v.Query(t, "count by ("+m[2]+") ("+series+")") {
		if value := s.Labels[m[2]]; value != "" {
			values = append(values, value)
		}
	}
	return values
}

// look asks one query of the dashboard.
func (v viewer) look(t *testing.T, expr string, c choice) []observetest.Sample {
	t.Helper()
	return v.Query(t, v.replace(t, expr, c))
}

// TestDashboard looks at the shipped dashboard over a Prometheus that sees cleaner in all
// ways, and other programs.
func TestDashboard(t *testing.T) {
	v := viewer{newScene(t), read(t)}
	observetest.Until(t, "the serve and what was pushed and written", func() bool {
		return len(v.Query(t, "cleaner_run_last_success_timestamp_seconds")) >= 3
	})
	t.Run("every query brings a number", v.everyQuery)
	t.Run("pushed and written", v.lastPasses)
	t.Run("chosen", v.chosen)
	t.Run("no other programs", v.noOthers)
	t.Run("as the alert", v.asTheAlert)
}

// everyQuery wants a number for all that the dashboard and the reference ask, at some
// moment of a load.
func (v viewer) everyQuery(t *testing.T) {
	asked := v.asks(t)
	asked = append(asked, examples(t)...)
	v.serve.Spool(t, 2000)
	for n, deadline := 0, time.Now().Add(3*time.Minute); len(asked) > 0; time.Sleep(500 * time.Millisecond) {
		v.redis.Add(stream, "task_id", fmt.Sprintf("%032x", n))
		if n++; n%20 == 0 { // fewer than would stop it
			v.redis.Add(stream, "task_id", "none")
		}
		asked = slices.DeleteFunc(asked, func(q query) bool { return hasNumber(v.look(t, q.expr, everything)) })
		if time.Now().After(deadline) {
			for _, q := range asked {
				t.Errorf("no data: %s: %s", q.what, v.replace(t, q.expr, everything))
			}
			return
		}
	}
}

// lastPasses wants something in each panel for passes that nobody scrapes, but in those
// that are about a process that lives.
func (v viewer) lastPasses(t *testing.T) {
	living := []string{"Time left", "Alerts", "Next pass", "Up", "Memory", "CPU", "Goroutines and files"}
	living = append(living, "Messages", "Task IDs", "Waiting at the broker", "Connections") // none of these passes receives
	for name, c := range map[string]choice{
		"pushed without an instance": {"job": {"nameless"}, "instance": {all}},
		"a textfile":                 {"job": {"node"}, "instance": {carried}},
		"pushed":                     {"job": {"cleaner"}, "instance": {"wrong.list"}},
	} {
		for _, p := range v.all() {
			found := false
			for _, target := range p.Targets {
				found = found || hasNumber(v.look(t, target.Expr, c))
			}
			if !found && !slices.Contains(living, p.Title) {
				t.Errorf("%s: %s shows nothing", name, p.Title)
			}
		}
	}
}

// chosen wants just what is chosen.
func (v viewer) chosen(t *testing.T) {
	age := v.find(t, "Age of the backlog", 0)
	for _, row := range []struct {
		c    choice
		want []string
	}{
		{everything, []string{"", served, carried, "nightly", "wrong.list"}},
		{choice{"job": {"cleaner"}, "instance": {all}}, []string{served, "nightly", "wrong.list"}},
		{choice{"job": {all}, "instance": {"wrong.list", served}}, []string{served, "wrong.list"}},
		{choice{"job": {"cleaner", "node"}, "instance": {all}}, []string{served, carried, "nightly", "wrong.list"}},
		{choice{"job": {all}, "instance": {"nightly"}}, []string{"nightly"}},
		// Typed by hand; Grafana escapes it.
		{choice{"job": {all}, "instance": {".*"}}, nil},
		{choice{"job": {".*"}, "instance": {all}}, nil},
	} {
		var got []string
		for _, s := range v.look(t, age, row.c) {
			got = append(got, s.Labels["instance"])
		}
		slices.Sort(got)
		slices.Sort(row.want)
		if !slices.Equal(got, row.want) {
			t.Errorf("%v shows %q, want %q", row.c, got, row.want)
		}
	}
}

// noOthers wants no series of another program: not of one with the same job, of the node
// exporter, of the Pushgateway, nor of one that pushes.
func (v viewer) noOthers(t *testing.T) {
	foreign := regexp.MustCompile(`\b(up|go_\w+|process_\w+)\{`)
	ours := []string{"", served, carried, "nightly", "wrong.list"}
	found := 0
	for _, q := range v.asks(t) {
		who := ours
		if foreign.MatchString(q.expr) {
			who = []string{served}
			found++
		}
		for _, s := range v.look(t, q.expr, everything) {
			instance, named := s.Labels["instance"]
			if !slices.Contains(who, instance) || len(who) == 1 && !named {
				t.Errorf("%s shows the series %v", q.what, s.Labels)
			}
		}
	}
	if found < 5 {
		t.Errorf("%d queries of up, go_* and process_* are found", found)
	}
}

// asTheAlert holds the last finished pass to what the rules say of it.
func (v viewer) asTheAlert(t *testing.T) {
	ago, periods := v.find(t, "Last finished pass", 0), v.find(t, "Last finished pass", 1)
	for _, c := range []choice{
		{"job": {"cleaner"}, "instance": {"nightly"}},    // with dead letters, and then did not
		{"job": {"cleaner"}, "instance": {"wrong.list"}}, // never finished
		{"job": {"nameless"}, "instance": {all}},
		{"job": {"node"}, "instance": {carried}},
	} {
		const finished = `cleaner:run_last_finished:timestamp_seconds{job=~"$job", instance=~"$instance"}`
		for expr, rule := range map[string]string{
			ago:     "max(time() - " + finished + ")",
			periods: "max((time() - " + finished + `) / cleaner:run_period:seconds{job=~"$job", instance=~"$instance"})`,
		} {
			if len(v.look(t, "("+expr+") - ("+rule+") == 0", c)) != 1 {
				t.Errorf("%v: %v, by the rules %v", c, v.look(t, expr, c), v.look(t, rule, c))
			}
		}
	}
}

// TestTimeLeft: the time that is left is that of what is pending and not held, and nothing
// is shown between passes.
func TestTimeLeft(t *testing.T) {
	expr := read(t).find(t, "Time left", 0)
	for _, name := range []string{"job", "instance"} {
		expr = variable{Name: name}.interpolate(expr, nil, "a")
	}
	expr = strings.ReplaceAll(expr, "$__rate_interval", "5m")
	path := observetest.Write(t, t.TempDir(), "left.test.yml", map[string]any{
		"evaluation_interval": "1m",
		"tests": []any{map[string]any{
			"interval": "1m",
			"input_series": []any{
				series("cleaner_ledger_tasks{state='pending',job='a',instance='a'}", "700-60x5 400x30"),
				series("cleaner_held_tasks{job='a',instance='a'}", "100x40"),
				series("cleaner_run_active{job='a',instance='a'}", "1x5 0x30"),
				series("cleaner_settled_total{outcome='deleted',job='a',instance='a'}", "0+50x5 250x30"),
				series("cleaner_settled_total{outcome='gone',job='a',instance='a'}", "0+10x5 50x30"),
			},
			"promql_expr_test": []any{
				map[string]any{"expr": expr, "eval_time": "5m", "exp_samples": []any{map[string]any{"labels": "{}", "value": 300}}},
				map[string]any{"expr": expr, "eval_time": "7m", "exp_samples": []any{}},
			},
		}},
	})
	if out, err := exec.CommandContext(t.Context(), "promtool", "test", "rules", path).CombinedOutput(); err != nil {
		t.Errorf("promtool: %v\n%s", err, out)
	}
}

func series(name, values string) map[string]any {
	return map[string]any{"series": strings.ReplaceAll(name, "'", `"`), "values": values}
}

// examples are the expressions in the reference of the metrics.
func examples(t *testing.T) (all []query) {
	t.Helper()
	text, err := os.ReadFile("../../docs/metrics.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range regexp.MustCompile("(?m)^For example: `(.+)`$").FindAllStringSubmatch(string(text), -1) {
		all = append(all, query{"docs/metrics.md", regexp.MustCompile(`\[\d+[mhd]\]`).ReplaceAllString(m[1], "[4s]")})
	}
	if len(all) < 30 {
		t.Fatalf("found %d examples only", len(all))
	}
	return all
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
