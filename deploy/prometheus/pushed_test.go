package prometheus_test

import (
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"cleaner/internal/rig/observetest"
	"cleaner/internal/sim"
)

// TestHostsDoNotEraseEachOther: of two hosts that push to one Pushgateway, one fails and
// one succeeds, in either order. Both are seen, with the period of their schedule.
func TestHostsDoNotEraseEachOther(t *testing.T) {
	binary, gateway := observetest.Build(t), observetest.StartPushgateway(t)
	pass := func(grouping []string, password string, want int) {
		t.Helper()
		st := observetest.NewStage(t, sim.Options{}, map[string]any{
			"metrics": map[string]any{"pushgateway": "http://" + gateway, "grouping": grouping},
		})
		observetest.Write(t, st.Dir, "password", password)
		cmd := exec.CommandContext(t.Context(), binary, "run", "--config", st.ConfigFile(t), "--ids", st.IDs(t, 3))
		if out, _ := cmd.CombinedOutput(); cmd.ProcessState.ExitCode() != want {
			t.Fatalf("exit code %d, want %d\n%s", cmd.ProcessState.ExitCode(), want, out)
		}
	}
	host, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	other := []string{"instance=other", "region=cn-north-4"}
	seen := func(labels, result string) {
		t.Helper()
		text, err := observetest.Get(t.Context(), "http://"+gateway+"/metrics")
		if err != nil {
			t.Fatal(err)
		}
		if period := "\ncleaner_schedule_period_seconds{" + labels + "} 4\n"; !strings.Contains(string(text), period) {
			t.Errorf("%s is not there", period)
		}
		ended := regexp.MustCompile(`(?m)^cleaner_run_last_completion_timestamp_seconds\{`+labels+`,result="(\w+)"\}`).FindAllSubmatch(text, -1)
		if len(ended) != 1 || string(ended[0][1]) != result {
			t.Errorf("%s: the last result is %q, want %s", labels, ended, result)
		}
	}
	mine, others := `instance="`+host+`",job="cleaner"`, `instance="other",job="cleaner",region="cn-north-4"`
	pass(nil, "wrong", 6)
	pass(other, observetest.Password, 0)
	seen(mine, "credentials")
	seen(others, "success")
	pass(other, "wrong", 6)
	pass(nil, observetest.Password, 0)
	seen(others, "credentials")
	seen(mine, "success")
}
