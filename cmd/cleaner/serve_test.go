package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	"cleaner/internal/admin"
	"cleaner/internal/queue/sqlite"
	"cleaner/internal/report"
	"cleaner/internal/serve"
	"cleaner/internal/sim"
	"cleaner/internal/terminal"
)

// serving is a stage with a running serve.
type serving struct {
	*stage
	stop func() (code int, log string)
}

// serve starts the serve command and waits until it answers. It ends with the
// test, if not before.
func (st *stage) serve() *serving {
	st.Helper()
	text, err := yaml.Marshal(st.cfg)
	if err != nil {
		st.Fatal(err)
	}
	path := st.write("serve.yaml", string(text))
	ctx, cancel := context.WithCancel(context.Background())
	var out safeBuffer
	ended := make(chan int, 1)
	go func() {
		ended <- (&app{
			env: func(k string) string { return st.env[k] }, stdin: strings.NewReader(""), stdout: io.Discard, stderr: terminal.NewScreen(&out), fault: st.hasten,
			listen: listenFresh,
		}).main(ctx, []string{"serve", "--config", path})
	}()
	var once sync.Once
	var code int
	s := &serving{stage: st}
	s.stop = func() (int, string) {
		once.Do(func() { cancel(); code = <-ended })
		return code, out.String()
	}
	st.Cleanup(func() { s.stop() })
	for deadline := time.Now().Add(10 * time.Second); ; {
		code, body := s.get("/healthz")
		if code == http.StatusOK {
			return s
		}
		if time.Now().After(deadline) {
			_, log := s.stop()
			st.Fatalf("serve does not answer: %d %s\n%s", code, body, log)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// listenFresh opens the admin server. It reads the status whenever somebody asks, so that a
// test need not wait for what is shown.
func listenFresh(ctx context.Context, o admin.Options) (serve.Web, error) {
	o.Fresh = time.Nanosecond
	return admin.Listen(ctx, o)
}

// safeBuffer is a buffer that one may read while another writes.
type safeBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *safeBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *safeBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// get asks the admin server over its socket.
func (s *serving) get(path string) (code int, body string) {
	s.Helper()
	client := http.Client{Transport: admin.OverSocket(s.path("s"))}
	resp, err := client.Get("http://localhost" + path) //nolint:noctx // a test's
	if err != nil {
		return 0, err.Error()
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		s.Fatal(err)
	}
	return resp.StatusCode, string(text)
}

// status is what /status shows.
func (s *serving) status() (st admin.Status) {
	s.Helper()
	code, body := s.get("/status")
	if err := json.Unmarshal([]byte(body), &st); err != nil || code != http.StatusOK {
		s.Fatalf("status %d: %v: %s", code, err, body)
	}
	return st
}

// until waits for a condition.
func (s *serving) until(what string, holds func() bool) {
	s.Helper()
	for deadline := time.Now().Add(time.Minute); !holds(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			_, log := s.stop()
			s.Fatalf("%s: never happened\n%s", what, log)
		}
	}
}

// newServing is a stage for serve: a schedule that is never due by itself, a
// spool, and a socket.
func newServing(t *testing.T, o sim.Options) *stage {
	st := newStage(t, o)
	st.cfg["schedule"] = []any{map[string]any{"cron": "0 0 1 1 *"}}
	st.set("listen.address", "127.0.0.1:0")
	st.set("listen.socket", st.path("s"))
	st.set("inputs.spool", st.path("spool"))
	st.set("output.results", st.path("results.jsonl"))
	st.set("output.report", st.path("report.json"))
	if err := os.Mkdir(st.path("spool"), 0o700); err != nil {
		t.Fatal(err)
	}
	return st
}

// TestServe: files come by the spool, a pass is triggered, its numbers are shown,
// counted and reported, and the files are moved aside.
func TestServe(t *testing.T) {
	st := newServing(t, sim.Options{})
	st.spool(100)
	s := st.serve()
	if code, body := s.get("/readyz"); code != http.StatusOK {
		t.Errorf("not ready: %d %s", code, body)
	}
	s.begin()
	s.until("the pass has ended", func() bool { return len(s.status().Passes) == 1 })
	got := s.status()
	st.want("deleted", got.Ledger.Deleted, int64(100))
	st.want("exit code of the pass", got.Passes[0].ExitCode, exitOK)
	st.want("deleted at the service", st.sim.Truth().Effects, int64(100))
	st.want("lines", len(st.results()), 100)
	_, page := s.get("/metrics")
	for _, line := range []string{
		`cleaner_settled_total{outcome="deleted"} 100`, `cleaner_ledger_tasks{state="deleted"} 100`, `cleaner_runs_total{result="success"} 1`,
		`cleaner_requests_total{class="deleted",op="delete"} 100`, `cleaner_logins_total{result="success"} 1`,
	} {
		if !strings.Contains(page, line+"\n") {
			t.Errorf("metrics lack %s", line)
		}
	}
	if !strings.Contains(page, "\ncleaner_token_expiry_timestamp_seconds ") {
		t.Error("metrics lack the expiry of the token")
	}
	st.there("spool/done/tasks.txt", true)
	var r report.Report
	text, err := os.ReadFile(st.path("spool/done/tasks.txt.report.json"))
	if err != nil || json.Unmarshal(text, &r) != nil || r.Deleted != 100 {
		t.Errorf("report beside the input: %v %s", err, text)
	}
	code, _ := s.stop()
	st.want("exit code", code, exitOK)
}

// TestSteeringCommands: the commands reach a running serve, over its socket: the rate
// is changed in the middle of a pass, the pass is stopped with the rest pending, and
// nothing is lost or sent twice. See TestServeIsSteered of internal/serve.
func TestSteeringCommands(t *testing.T) {
	st := newServing(t, sim.Options{})
	st.set("limits.rate", 20)
	st.set("limits.burst", 1)
	st.set("safety.canary", 0)
	st.spool(300)
	s := st.serve()
	say := func(args ...string) {
		t.Helper()
		if code, stdout, stderr := st.cleaner(args...); code != exitOK {
			t.Fatalf("%v: %d %s%s", args, code, stdout, stderr)
		}
	}
	s.begin()
	s.until("the pass sends", func() bool { p := s.status().Pass; return p != nil && p.Requests > 1 })
	held, err := sqlite.HolderOf(st.path("state/queue.db"))
	st.want("the ledger is held by serve", held != nil && held.Holder.Command == "serve", true)
	st.want("error", err, nil)
	say("set", "--rate", "30", "--workers", "7")
	s.until("the new rate holds", func() bool { p := s.status().Pass; return p != nil && p.Rate == 30 })
	st.want("workers", s.status().Workers, 7)
	say("pause")
	st.want("paused", s.status().Paused, true)
	say("stop")
	s.until("the pass has ended", func() bool { return len(s.status().Passes) == 1 })
	first := s.status().Passes[0]
	st.want("exit code of the stopped pass", first.ExitCode, exitSignal)
	st.want("some are left", first.Pending > 0, true)
	say("resume")
	st.want("paused", s.status().Paused, false)
	say("set", "--rate", "5000")
	say("trigger")
	s.until("the next pass has ended", func() bool { return len(s.status().Passes) == 2 })
	st.want("deleted", s.status().Ledger.Deleted, int64(300))
	truth := st.sim.Truth()
	st.want("effects", truth.Effects, int64(300))
	st.want("requests", truth.Deletes, int64(300))
	for flag, says := range map[string]string{
		"--rate=-1": "rate must be above 0", "--rate=0": "rate must be above 0",
		"--workers=0": "workers must be from 1 to 1000",
	} {
		if code, _, stderr := st.cleaner("set", flag); code != exitUsage || !strings.Contains(stderr, says) {
			t.Errorf("set %s: code %d: %s", flag, code, stderr)
		}
	}
	s.stop()
	if code, _, stderr := st.cleaner("trigger"); code != exitUsage || !strings.Contains(stderr, "running") {
		t.Errorf("trigger of nobody: code %d: %s", code, stderr)
	}
	say("pause", "--reason", "a freeze", "--for", "8h") // straight in the ledger
}

// TestServeRefusesItsConfiguration at the start, with the reason.
func TestServeRefusesItsConfiguration(t *testing.T) {
	st := newServing(t, sim.Options{})
	for spec, says := range map[string]string{"TZ=UTC": "cron", "@every 0s": "cron", "0 0 31 2 *": "never"} {
		st.cfg["schedule"] = []any{map[string]any{"cron": spec}}
		code, _, stderr := st.cleaner("serve")
		if code != exitUsage || !strings.Contains(stderr, says) || !strings.Contains(stderr, "schedule[0]") {
			t.Errorf("%q: code %d: %s", spec, code, stderr)
		}
	}
	st.cfg["schedule"] = []any{}
	if code, _, stderr := st.cleaner("serve"); code != exitUsage || !strings.Contains(stderr, "schedule") {
		t.Errorf("no schedule: code %d: %s", code, stderr)
	}
	st.cfg["schedule"] = []any{map[string]any{"cron": "0 2 * * *", "timezone": "Asia/Shanghai"}}
	code, stdout, stderr := st.cleaner("check")
	if code != exitOK || strings.Count(stdout, "+08:00") != 5 || strings.Count(stdout, "T18:00:00Z") != 5 {
		t.Errorf("check does not print the next times: %d\n%s%s", code, stdout, stderr)
	}
}
