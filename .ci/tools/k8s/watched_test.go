package main

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"
)

// TestRunbooks: alerts and the dashboard link to where people read the runbooks.
func TestRunbooks(t *testing.T) {
	const address = "https://wiki.example/cleaner"
	objects, err := installed(loaded(t), read(t, ci(t)["least-values.yaml"]+
		"metrics: {runbooks: "+address+"/, prometheusRule: {enabled: true}, dashboard: {enabled: true}}\n"))
	if err != nil {
		t.Fatal(err)
	}
	links := 0
	for _, o := range objects {
		text := string(o.YAML())
		if o["kind"] == "PrometheusRule" {
			links += strings.Count(text, "runbook_url: "+address+"/Cleaner")
			if strings.Contains(text, "docs/runbooks") {
				t.Error("an alert links to a path")
			}
		}
		if board, ok := o.at("data", "cleaner.json").(string); ok {
			if !json.Valid([]byte(board)) || !strings.Contains(board, `"query": "`+address+`"`) || strings.Contains(board, "example.com") {
				t.Errorf("the dashboard does not link to %s", address)
			}
		}
	}
	if links < 15 {
		t.Errorf("%d alerts link to %s", links, address)
	}
}

// TestPushedPods: pods have other names each time, and push as one instance; what somebody
// says of it stays. The schedule tells passes their period.
func TestPushedPods(t *testing.T) {
	of := loaded(t)
	const gateway = "metrics: {pushgateway: 'http://p:9091'"
	for _, mode := range []string{"cronjob", "daemon"} {
		for metrics, want := range map[string][]string{
			gateway + "}":                                    {"instance=cleaner/cleaner"},
			gateway + ", grouping: [region=r]}":              {"region=r", "instance=cleaner/cleaner"},
			gateway + ", grouping: ['instance=', env=test]}": {"instance=", "env=test"},
			"metrics: {textfile: /x/c.prom}":                 nil,
		} {
			values := strings.Replace(ci(t)["least-values.yaml"], "config:", "config:\n  "+metrics, 1) + "mode: " + mode + "\n"
			objects, err := installed(of, read(t, values))
			if err != nil {
				t.Fatal(err)
			}
			var config struct {
				Metrics  struct{ Grouping []string }
				Schedule []struct{ Cron string }
			}
			if err := yaml.Unmarshal([]byte(configuration(objects)), &config); err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(config.Metrics.Grouping, want) || len(config.Schedule) != 1 {
				t.Errorf("%s, %s: grouping %v, want %v; schedule %v", mode, metrics, config.Metrics.Grouping, want, config.Schedule)
			}
		}
	}
}
