package prometheus_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestMonitoringDocument: its configuration is one that Prometheus takes, and its
// table has each alert with its severity.
func TestMonitoringDocument(t *testing.T) {
	text, err := os.ReadFile("../../docs/monitoring.md")
	if err != nil {
		t.Fatal(err)
	}
	block := regexp.MustCompile("(?s)```yaml\n(.*?)```").FindSubmatch(text)
	if block == nil {
		t.Fatal("there is no configuration")
	}
	dir := t.TempDir()
	rules, err := filepath.Abs("cleaner.rules.yml")
	if err == nil {
		err = os.Symlink(rules, filepath.Join(dir, "cleaner.rules.yml"))
	}
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, "prometheus.yml"), block[1], 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	if out, err := exec.CommandContext(t.Context(), "promtool", "check", "config", filepath.Join(dir, "prometheus.yml")).CombinedOutput(); err != nil {
		t.Errorf("promtool check config: %v\n%s", err, out)
	}
	all := alerts(t)
	for _, a := range all {
		if row := "| [" + a.Alert + "](runbooks/" + a.Alert + ".md) | " + a.Labels["severity"] + " |\n"; !strings.Contains(string(text), row) {
			t.Errorf("the document lacks %s", row)
		}
	}
	if n := strings.Count(string(text), "| [Cleaner"); n != len(all) {
		t.Errorf("the document has %d alerts, the rules have %d", n, len(all))
	}
}
