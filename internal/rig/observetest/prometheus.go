package observetest

import (
	"encoding/json"
	"net/url"
	"path/filepath"
	"testing"

	"cleaner/internal/rig/freeport"
)

// Target is what Prometheus scrapes every second. What it shows gets the labels,
// unless Honor keeps its own, as for a Pushgateway.
type Target struct {
	Address string
	Labels  map[string]string
	Honor   bool
}

// Prometheus is a running server.
type Prometheus struct{ base string }

// StartPrometheus runs a Prometheus. The file of rules and the address of an
// Alertmanager may be empty.
func StartPrometheus(t *testing.T, rules, alertmanager string, targets ...Target) *Prometheus {
	t.Helper()
	dir := t.TempDir()
	var scrapes []any
	for i, target := range targets {
		scrapes = append(scrapes, map[string]any{
			"job_name": "cleaner-" + string(rune('a'+i)), "honor_labels": target.Honor,
			"static_configs": []any{map[string]any{"targets": []string{target.Address}, "labels": target.Labels}},
		})
	}
	config := map[string]any{
		"global":         map[string]any{"scrape_interval": "1s", "scrape_timeout": "1s", "evaluation_interval": "1s"},
		"scrape_configs": scrapes,
	}
	if rules != "" {
		config["rule_files"] = []string{rules}
	}
	if alertmanager != "" {
		config["alerting"] = map[string]any{"alertmanagers": []any{
			map[string]any{"static_configs": []any{map[string]any{"targets": []string{alertmanager}}}},
		}}
	}
	address := freeport.ForTest(t)
	p := &Prometheus{base: "http://" + address}
	Start(t, p.base+"/-/ready", "prometheus", "--config.file="+Write(t, dir, "prometheus.yml", config),
		"--storage.tsdb.path="+filepath.Join(dir, "data"), "--web.listen-address="+address, "--log.level=warn")
	return p
}

// StartPushgateway runs a Pushgateway and returns its address.
func StartPushgateway(t *testing.T) (address string) {
	t.Helper()
	address = freeport.ForTest(t)
	Start(t, "http://"+address+"/-/ready", "prometheus-pushgateway", "--web.listen-address="+address, "--persistence.file=")
	return address
}

// Sample is one element of what a query brings.
type Sample struct {
	Labels map[string]string `json:"metric"`
	Value  []any             `json:"value"` // its time, and it as a text
}

// Query evaluates an expression now. One that cannot be parsed fails the test.
func (p *Prometheus) Query(t *testing.T, expr string) []Sample {
	t.Helper()
	body, err := Get(t.Context(), p.base+"/api/v1/query?query="+url.QueryEscape(expr))
	if err != nil {
		t.Fatalf("%s: %v", expr, err)
	}
	var answer struct {
		Data struct{ Result []Sample }
	}
	if err := json.Unmarshal(body, &answer); err != nil {
		t.Fatalf("%s: %v\n%s", expr, err, body)
	}
	return answer.Data.Result
}

// StartAlertmanager runs an Alertmanager that tells everything to a webhook at once,
// and returns its address.
func StartAlertmanager(t *testing.T, webhook string) (address string) {
	t.Helper()
	dir := t.TempDir()
	config := map[string]any{
		"route": map[string]any{
			"receiver": "test", "group_by": []string{"..."}, "group_wait": "0s", "group_interval": "1s", "repeat_interval": "1h",
		},
		"receivers": []any{map[string]any{"name": "test", "webhook_configs": []any{map[string]any{"url": webhook}}}},
	}
	address = freeport.ForTest(t)
	Start(t, "http://"+address+"/-/ready", "prometheus-alertmanager", "--config.file="+Write(t, dir, "alertmanager.yml", config),
		"--storage.path="+filepath.Join(dir, "data"), "--web.listen-address="+address, "--cluster.listen-address=", "--log.level=warn")
	return address
}
