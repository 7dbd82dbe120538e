package metrics

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
)

var docs = flag.Bool("docs", false, "write docs/metrics.md anew")

const referenceFile = "../../docs/metrics.md"

const referenceHead = `# Metrics

What ` + "`/metrics` of `cleaner serve`" + ` shows, and what a ` + "`cleaner run`" + ` pushes or leaves in a textfile. This file is written by
` + "`make docs`" + ` from the registry itself. Every value of every label is there from the start, at zero; what is marked *when known*
has no series before. There is never an ID or a message in a label. A scrape also shows the usual ` + "`go_*` and\n`process_*`" + ` metrics. The alerts on them are in ` + "`deploy/prometheus`" + `, a dashboard in ` + "`deploy/grafana`" + `.
`

// uses is an example of a use of each metric.
var uses = map[string]string{
	"cleaner_breaker_open":                          `max by (instance) (cleaner_breaker_open)`,
	"cleaner_breaker_probes_total":                  `increase(cleaner_breaker_probes_total[1h])`,
	"cleaner_build_info":                            `count by (version) (cleaner_build_info)`,
	"cleaner_config_last_reload_successful":         `min by (instance) (cleaner_config_last_reload_successful)`,
	"cleaner_config_reloads_total":                  `increase(cleaner_config_reloads_total{result="failure"}[1d])`,
	"cleaner_dead_letters_by_code":                  `topk(3, sum by (code) (cleaner_dead_letters_by_code))`,
	"cleaner_cap_tasks":                             `cleaner_ledger_tasks{state="pending"} / ignoring (state) (cleaner_cap_tasks > 0)`,
	"cleaner_rate_configured":                       `cleaner_rate_limit / cleaner_rate_configured`,
	"cleaner_run_settled_tasks":                     `sum by (outcome) (cleaner_run_settled_tasks)`,
	"cleaner_serve_start_timestamp_seconds":         `up and on (job, instance) cleaner_serve_start_timestamp_seconds`,
	"cleaner_run_last_finished_timestamp_seconds":   `(time() - cleaner_run_last_finished_timestamp_seconds) / cleaner_schedule_period_seconds`,
	"cleaner_dead_letters":                          `cleaner_dead_letters - min_over_time(cleaner_dead_letters[1d])`,
	"cleaner_deletions_indistinct":                  `cleaner_deletions_indistinct`,
	"cleaner_deletions_looked_at_total":             `1 - 0.05 ^ (1 / increase(cleaner_deletions_looked_at_total[1d]))`,
	"cleaner_export_failures_total":                 `increase(cleaner_export_failures_total[1d])`,
	"cleaner_in_flight":                             `cleaner_in_flight / cleaner_workers`,
	"cleaner_input_lines_total":                     `sum by (result) (increase(cleaner_input_lines_total[1d]))`,
	"cleaner_inputs_total":                          `increase(cleaner_inputs_total{result!="loaded"}[1d])`,
	"cleaner_intake_connected":                      `min by (source) (cleaner_intake_connected)`,
	"cleaner_intake_ids_total":                      `sum by (source) (rate(cleaner_intake_ids_total{result="new"}[5m]))`,
	"cleaner_intake_lag_messages":                   `cleaner_intake_lag_messages / ignoring (event) rate(cleaner_intake_messages_total{event="acked"}[15m])`,
	"cleaner_intake_messages_total":                 `increase(cleaner_intake_messages_total{event="rejected"}[1h])`,
	"cleaner_intake_stopped":                        `max by (source) (cleaner_intake_stopped)`,
	"cleaner_intake_waiting":                        `avg_over_time(cleaner_intake_waiting[1h])`,
	"cleaner_learned_timestamp_seconds":             `time() - cleaner_learned_timestamp_seconds`,
	"cleaner_ledger_read_failures_total":            `increase(cleaner_ledger_read_failures_total[10m])`,
	"cleaner_ledger_read_timestamp_seconds":         `time() - cleaner_ledger_read_timestamp_seconds`,
	"cleaner_held_tasks":                            `cleaner_held_tasks`,
	"cleaner_holds":                                 `cleaner_holds{scope="ledger"}`,
	"cleaner_ledger_tasks":                          `cleaner_ledger_tasks{state="pending"}`,
	"cleaner_ledger_waiting_tasks":                  `cleaner_ledger_waiting_tasks`,
	"cleaner_limit_learned_timestamp_seconds":       `time() - cleaner_limit_learned_timestamp_seconds`,
	"cleaner_limit_requests_per_second":             `max by (instance) (cleaner_limit_requests_per_second)`,
	"cleaner_rate_achieved":                         `cleaner_rate_achieved / on (instance) max by (instance) (cleaner_limit_requests_per_second)`,
	"cleaner_rate_bound":                            `avg_over_time(cleaner_rate_bound{by="limit"}[1h])`,
	"cleaner_logins_total":                          `increase(cleaner_logins_total{result!="success"}[15m])`,
	"cleaner_oldest_pending_age_seconds":            `cleaner_oldest_pending_age_seconds / 3600`,
	"cleaner_rate_limit":                            `sum by (instance) (rate(cleaner_requests_total[5m])) / sum by (instance) (cleaner_rate_limit)`,
	"cleaner_rate_limit_wait_seconds_total":         `rate(cleaner_rate_limit_wait_seconds_total[5m])`,
	"cleaner_request_duration_seconds":              `histogram_quantile(0.95, sum by (le) (rate(cleaner_request_duration_seconds_bucket{op="delete"}[5m])))`,
	"cleaner_requests_total":                        `sum by (class) (rate(cleaner_requests_total{op="delete"}[5m]))`,
	"cleaner_retries_total":                         `sum by (reason) (rate(cleaner_retries_total[5m]))`,
	"cleaner_run_active":                            `cleaner_run_active`,
	"cleaner_run_duration_seconds":                  `cleaner_run_duration_seconds / 60`,
	"cleaner_run_last_completion_timestamp_seconds": `time() - max without (result) (cleaner_run_last_completion_timestamp_seconds)`,
	"cleaner_run_last_start_timestamp_seconds":      `time() - cleaner_run_last_start_timestamp_seconds`,
	"cleaner_run_last_success_timestamp_seconds":    `(time() - cleaner_run_last_success_timestamp_seconds) / cleaner_schedule_period_seconds`,
	"cleaner_run_stopped":                           `cleaner_run_stopped{by="cap"}`,
	"cleaner_run_unverified_deletions":              `max by (instance) (cleaner_run_unverified_deletions)`,
	"cleaner_runs_total":                            `sum by (result) (increase(cleaner_runs_total[1d]))`,
	"cleaner_schedule_missed_total":                 `increase(cleaner_schedule_missed_total[1d])`,
	"cleaner_schedule_next_timestamp_seconds":       `cleaner_schedule_next_timestamp_seconds - time()`,
	"cleaner_schedule_paused":                       `cleaner_schedule_paused`,
	"cleaner_schedule_period_seconds":               `cleaner_schedule_period_seconds / 3600`,
	"cleaner_schedule_skipped_total":                `increase(cleaner_schedule_skipped_total[1d])`,
	"cleaner_settled_total":                         `sum by (outcome) (rate(cleaner_settled_total[5m]))`,
	"cleaner_throttled_total":                       `rate(cleaner_throttled_total[5m])`,
	"cleaner_token_expiry_timestamp_seconds":        `cleaner_token_expiry_timestamp_seconds - time()`,
	"cleaner_verification_mode":                     `cleaner_verification_mode{mode="unverified"}`,
	"cleaner_workers":                               `cleaner_workers`,
}

// docs/metrics.md is what the registry says.
func TestReference(t *testing.T) {
	got := reference(t)
	if *docs {
		if err := os.WriteFile(referenceFile, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(referenceFile)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("docs/metrics.md is stale (-is +should be): run make docs\n%s", diff)
	}
}

// reference renders the metrics that know everything.
func reference(t *testing.T) string {
	t.Helper()
	starting := New("v", "r")
	starting.Feed("orders")
	fresh, err := ours(starting)
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{}
	for _, f := range fresh {
		known[f.GetName()] = true
	}
	all, err := ours(full())
	if err != nil {
		t.Fatal(err)
	}
	text := referenceHead
	for _, f := range all {
		text += describe(f, known[f.GetName()])
		use := uses[f.GetName()]
		if !strings.Contains(use, f.GetName()) {
			t.Errorf("%s has no example of its use", f.GetName())
		}
		text += fmt.Sprintf("\nFor example: `%s`\n", use)
	}
	if len(uses) != len(all) {
		t.Errorf("there are %d metrics and %d examples", len(all), len(uses))
	}
	return text
}

// ours are all metrics whose names begin with ours, the one included that is scraped only.
func ours(m *Metrics) ([]*dto.MetricFamily, error) {
	all, err := prometheus.Gatherers{m.own, m.process}.Gather()
	return slices.DeleteFunc(all, func(f *dto.MetricFamily) bool { return !strings.HasPrefix(f.GetName(), "cleaner_") }), err
}

// describe renders one metric.
func describe(f *dto.MetricFamily, always bool) string {
	kind := strings.ToLower(f.GetType().String())
	if !always {
		kind += ", when known"
	}
	text := fmt.Sprintf("\n## %s\n\n*%s* %s\n", f.GetName(), kind, f.GetHelp())
	if labels := labelsOf(f); len(labels) > 0 {
		text += "\n" + strings.Join(labels, "\n") + "\n"
	}
	return text
}

// labelsOf lists the labels of a metric with their values. Those of a build are the
// build's own.
func labelsOf(f *dto.MetricFamily) (lines []string) {
	values, names := map[string][]string{}, []string{}
	for _, series := range f.GetMetric() {
		for _, l := range series.GetLabel() {
			if !slices.Contains(names, l.GetName()) {
				names = append(names, l.GetName())
			}
			if !slices.Contains(values[l.GetName()], l.GetValue()) {
				values[l.GetName()] = append(values[l.GetName()], l.GetValue())
			}
		}
	}
	for _, name := range names {
		if name == "source" && strings.HasPrefix(f.GetName(), "cleaner_intake_") {
			lines = append(lines, "- `source`: the names of the entries of `intake`")
			continue
		}
		if name == "code" {
			lines = append(lines, "- `code`: ten codes at most, `none`, `other`")
			continue
		}
		if f.GetName() == "cleaner_build_info" {
			lines = append(lines, fmt.Sprintf("- `%s`: the build's", name))
			continue
		}
		slices.Sort(values[name])
		lines = append(lines, fmt.Sprintf("- `%s`: `%s`", name, strings.Join(values[name], "`, `")))
	}
	return lines
}
