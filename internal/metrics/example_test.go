package metrics_test

import (
	"fmt"
	"net/http/httptest"
	"strings"
	"time"

	"cleaner/internal/answer"
	"cleaner/internal/exitcode"
	"cleaner/internal/metrics"
	"cleaner/internal/policy"
	"cleaner/internal/queue"
	"cleaner/internal/worker"
)

// One deletion, as the worker reports it, and what a scrape then shows.
func Example() {
	m := metrics.New("v1.2.3", "abc123")
	m.StartRun(time.Now())
	m.Observe(metrics.Exchange{
		Op:     metrics.OpDelete,
		Ruling: policy.DefaultTable().Judge(answer.Answer{Status: 200, Body: answer.BodyNull}),
		Took:   150 * time.Millisecond,
	})
	m.ObserveOutcomes([]queue.Outcome{{State: queue.Deleted}})
	m.EndRun(time.Now(), exitcode.OK, worker.StopNone)

	page := httptest.NewRecorder()
	m.Handler().ServeHTTP(page, httptest.NewRequest("GET", "/metrics", nil))
	for line := range strings.Lines(page.Body.String()) {
		if strings.Contains(line, `"deleted"`) || strings.HasPrefix(line, `cleaner_runs_total{result="success"}`) {
			fmt.Print(line)
		}
	}
	// Output:
	// cleaner_requests_total{class="deleted",op="delete"} 1
	// cleaner_run_settled_tasks{outcome="deleted"} 1
	// cleaner_runs_total{result="success"} 1
	// cleaner_settled_total{outcome="deleted"} 1
}
