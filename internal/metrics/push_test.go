package metrics

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"cleaner/internal/exitcode"
	"cleaner/internal/rig/observetest"
	"cleaner/internal/worker"
)

// Runs that fail, at whatever point, leave what they do not know as it was pushed.
func TestPushNeverErases(t *testing.T) {
	host := observetest.StartPushgateway(t)
	group := map[string]string{"instance": "nightly"}
	good := New("v1", "")
	leave := good.WatchLedger(fixed{Pending: 3, Dead: 2})
	good.StartRun(noon)
	good.Observe(Exchange{Took: time.Second}) // a native histogram that is not empty is taken too
	good.EndRun(noon.Add(time.Minute), exitcode.OK, worker.StopNone)
	leave()
	send(t, good, host, group)

	bad := New("v1", "")
	bad.StartRun(noon.Add(time.Hour))
	bad.EndRun(noon.Add(time.Hour), exitcode.Locked, worker.StopNone)
	send(t, bad, host, group)
	text, _ := scrape(t, "http://"+host+"/metrics", "text/plain")
	if strings.Contains(text, nameServeStart) {
		t.Error("what is pushed says that it is scraped")
	}
	labels := `{instance="nightly",job="cleaner"`
	has(t, text,
		nameRunSuccess+labels+"} 1.77236646e+09",
		nameRunStart+labels+"} 1.77237e+09",
		nameRunCompletion+labels+`,result="locked"} 1.77237e+09`,
		"cleaner_runs_total"+labels+`,result="success"} 0`,
		"cleaner_ledger_tasks"+labels+`,state="pending"} 3`,
		"cleaner_dead_letters"+labels+"} 2")

	better := New("v1", "")
	better.EndRun(noon.Add(2*time.Hour), exitcode.OK, worker.StopNone)
	send(t, better, "http://"+host+"/", group)
	text, _ = scrape(t, "http://"+host+"/metrics", "text/plain")
	has(t, text, nameRunSuccess+labels+"} 1.7723736e+09")
}

// A job of its own is a group of its own.
func TestPushGroups(t *testing.T) {
	host := observetest.StartPushgateway(t)
	m := New("v1", "")
	m.EndRun(noon, exitcode.OK, worker.StopNone)
	send(t, m, host, map[string]string{"job": "purge", "region": "eu/west"})
	send(t, m, host, nil)
	text, _ := scrape(t, "http://"+host+"/metrics", "text/plain")
	has(t, text,
		nameRunSuccess+`{instance="",job="purge",region="eu/west"} 1.7723664e+09`,
		nameRunSuccess+`{instance="",job="cleaner"} 1.7723664e+09`)
}

func send(t *testing.T, m *Metrics, address string, group map[string]string) {
	t.Helper()
	if err := m.Push(t.Context(), address, group); err != nil {
		t.Fatal(err)
	}
}

// gate is a transport that answers as told; 0 does not answer.
type gate struct {
	statuses []int
	asked    int
}

func (g *gate) RoundTrip(r *http.Request) (*http.Response, error) {
	status := g.statuses[min(g.asked, len(g.statuses)-1)]
	g.asked++
	if status == 0 {
		<-r.Context().Done()
		return nil, r.Context().Err()
	}
	return &http.Response{StatusCode: status, Body: http.NoBody, Request: r}, nil
}

// A push tries twice where that may help, and is over in bounded time.
func TestPushIsBounded(t *testing.T) {
	for name, c := range map[string]struct {
		statuses []int
		want     string // empty is no error
		asked    int
		took     time.Duration
	}{
		"well":               {[]int{200}, "", 1, 0},
		"accepted":           {[]int{202}, "", 1, 0},
		"hangs":              {[]int{0}, "did not answer in time", 2, 2*pushPatience + pushPause},
		"hangs, then well":   {[]int{0, 202}, "", 2, pushPatience + pushPause},
		"starting":           {[]int{503, 202}, "", 2, pushPause},
		"too many":           {[]int{429, 202}, "", 2, pushPause},
		"down":               {[]int{502}, "answered 502", 2, pushPause},
		"will not be better": {[]int{400, 202}, "answered 400", 1, 0},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				g, began := &gate{statuses: c.statuses}, time.Now()
				err := New("", "").pushOver(t.Context(), g, "gateway:9091", nil)
				if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
					t.Errorf("error %v, want %q", err, c.want)
				}
				if took := time.Since(began); g.asked != c.asked || took != c.took {
					t.Errorf("asked %d times in %v, want %d in %v", g.asked, took, c.asked, c.took)
				}
			})
		})
	}
}

// A stop ends a push at once, also between the attempts.
func TestPushStops(t *testing.T) {
	for name, status := range map[string]int{"under way": 0, "between": 503} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
				defer cancel()
				g, began := &gate{statuses: []int{status}}, time.Now()
				err := New("", "").pushOver(ctx, g, "gateway:9091", nil)
				if took := time.Since(began); err == nil || g.asked != 1 || took != 100*time.Millisecond {
					t.Errorf("asked %d times in %v: %v", g.asked, took, err)
				}
			})
		})
	}
}
