package main

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	"cleaner/internal/report"
	"cleaner/internal/rig/observetest"
	"cleaner/internal/sim"
	"cleaner/internal/worker"
)

// faultEnv tells a child of this test to plant a fault in its worker.
const faultEnv = "CLEANER_TEST_FAULT"

// plantFault has the worker panic once some requests have been answered.
func plantFault(o *worker.Options) {
	var seen atomic.Int64
	o.Observers = append(o.Observers, worker.Observer{Exchange: func(worker.Exchange) {
		if seen.Add(1) == 40 {
			panic("a planted fault")
		}
	}})
}

// process runs the program in a process of its own, with a fault in it if faulty,
// and returns its exit code and what it printed.
func (st *stage) process(faulty bool, args ...string) (code int, stderr string) {
	st.Helper()
	text, err := yaml.Marshal(st.cfg)
	if err != nil {
		st.Fatal(err)
	}
	line, err := json.Marshal(append(args, "--config", st.write("process.yaml", string(text))))
	if err != nil {
		st.Fatal(err)
	}
	cmd := exec.CommandContext(st.Context(), os.Args[0], "-test.run=^TestChild$")
	cmd.Env = append(os.Environ(), childEnv+"="+string(line))
	if faulty {
		cmd.Env = append(cmd.Env, faultEnv+"=yes")
	}
	var errs bytes.Buffer
	cmd.Stderr = &errs
	_ = cmd.Run() // its exit code says how it went
	if _, found := showing(errs.String(), thePassword); found {
		st.Errorf("%v printed the password:\n%s", args, errs.String())
	}
	return cmd.ProcessState.ExitCode(), errs.String()
}

// pushed is what the Pushgateway has.
func pushed(t *testing.T, gateway string) string {
	t.Helper()
	text, err := observetest.Get(t.Context(), gateway+"/metrics")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// series is the line of a metric, with its value; empty when there is none.
func series(text, name string) string {
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, name) {
			return strings.TrimSpace(line)
		}
	}
	return ""
}

const lastSuccess = "cleaner_run_last_success_timestamp_seconds"

// TestPanicIsHandedOver: a panic in the middle of a pass ends the process with
// code 1, its stack, a report that balances and metrics that say so; the last
// success stays, and the next pass does what is left, each ID once.
func TestPanicIsHandedOver(t *testing.T) {
	gateway := "http://" + observetest.StartPushgateway(t)
	st := newStage(t, sim.Options{})
	st.set("metrics.pushgateway", gateway)
	st.set("metrics.textfile", st.path("cleaner.prom"))
	st.set("limits.workers", 8)
	st.ids(1)
	st.pass(exitOK, "--ids", st.path("tasks.txt")) // something was well before
	before := series(pushed(t, gateway), lastSuccess)
	st.ids(500)
	code, stderr := st.process(true, "run", "--ids", st.path("tasks.txt"),
		"--report", st.path("report.json"), "--results", st.path("results.jsonl"))
	st.want("exit code", code, exitInternal)
	for _, says := range []string{"panic: a planted fault", "plantFault", "goroutine ", "ProcessOne"} {
		if !strings.Contains(stderr, says) {
			t.Errorf("standard error lacks %q:\n%s", says, stderr)
		}
	}
	textfile, err := os.ReadFile(st.path("cleaner.prom"))
	if err != nil {
		t.Fatal(err)
	}
	for where, text := range map[string]string{"the Pushgateway": pushed(t, gateway), "the textfile": string(textfile)} {
		if !strings.Contains(text, `result="internal"} 1`+"\n") {
			t.Errorf("%s does not tell of the failure:\n%s", where, text)
		}
		if got := series(text, lastSuccess); got == "" || strings.Fields(got)[1] != strings.Fields(before)[1] {
			t.Errorf("at %s the last success became %q, it was %q", where, got, before)
		}
	}
	checkCrashReport(st)
	st.want("deleted by the next pass and the first", st.pass(exitOK).Ledger.Deleted+st.gone(), int64(500))
	st.want("effects", st.sim.Truth().Effects, int64(500))
	st.want("results", len(st.results()), 500)
}

// gone is how many IDs the last pass found gone: those that were under way.
func (st *stage) gone() int64 {
	n := int64(0)
	for _, r := range st.results() {
		if r.Outcome == "gone" {
			n++
		}
	}
	return n
}

// checkCrashReport wants a report that balances, of a pass cut short by a panic.
func checkCrashReport(st *stage) {
	st.Helper()
	var r report.Report
	text, err := os.ReadFile(st.path("report.json"))
	if err != nil || json.Unmarshal(text, &r) != nil {
		st.Fatalf("report: %v %s", err, text)
	}
	st.want("exit code in the report", r.ExitCode, exitInternal)
	st.want("stopped by", r.StoppedBy, "panic")
	st.want("loaded", r.Loaded, int64(499))
	st.want("the sum", r.Deleted+r.Gone+r.Protected+r.Dead+r.Pending, r.Loaded)
	if r.Pending == 0 || r.Deleted == 0 || strings.Contains(string(text), "goroutine") {
		st.Errorf("the report is %s", text)
	}
}

// TestPanicEndsServe: after a panic in a pass nothing in the process can be relied
// on. It hands over and ends, for systemd to start another.
func TestPanicEndsServe(t *testing.T) {
	st := newServing(t, sim.Options{})
	st.cfg["schedule"] = []any{map[string]any{"cron": "@every 1s"}}
	st.set("metrics.textfile", st.path("cleaner.prom"))
	st.spool(200)
	code, stderr := st.process(true, "serve")
	st.want("exit code", code, exitInternal)
	if !strings.Contains(stderr, "panic: a planted fault") {
		t.Errorf("standard error lacks the panic:\n%s", stderr)
	}
	text, err := os.ReadFile(st.path("cleaner.prom"))
	if err != nil || !strings.Contains(string(text), `cleaner_runs_total{result="internal"} 1`) {
		t.Errorf("the textfile: %v\n%s", err, text)
	}
	effects := st.sim.Truth().Effects
	if effects == 0 || effects == 200 {
		t.Errorf("%d were deleted before it ended", effects)
	}
	code, stderr = st.process(false, "run")
	st.want("exit code of the next", code, exitOK)
	st.want("effects", st.sim.Truth().Effects, int64(200))
	if t.Failed() {
		t.Log(stderr)
	}
}

// TestEveryWayOutPushes: whatever ends a pass that has a configuration, the
// Pushgateway is told of it, and keeps the last success.
func TestEveryWayOutPushes(t *testing.T) {
	gateway := "http://" + observetest.StartPushgateway(t)
	for _, tt := range []struct {
		name   string
		code   int
		result string
		spoil  func(st *stage) (more []string)
	}{
		{"success, first", exitOK, "success", func(*stage) []string { return nil }},
		{"results that cannot be written", exitUsage, "usage", func(st *stage) []string { return []string{"--results", st.path("no/such/folder")} }},
		{"a ledger that cannot be opened", exitInternal, "internal", func(st *stage) []string {
			st.set("queue.url", "sqlite:"+st.write("a-file", "")+"/queue.db")
			return nil
		}},
		{"an input that is not there", exitUsage, "usage", func(st *stage) []string { return []string{"--ids", st.path("none.txt")} }},
		{"a negative budget", exitUsage, "usage", func(*stage) []string { return []string{"--max-deletes", "-1"} }},
		{"dead letters", exitDead, "dead_letters", func(st *stage) []string {
			st.want("fault", st.sim.SetFaults(fault(st.T, "parameters-200:0.1")), nil)
			return nil
		}},
		{"the cap", exitLimit, "limit", func(st *stage) []string { st.set("safety.refuse_above", 99); return nil }},
		{"a belt", exitBelt, "belt", func(st *stage) []string { st.set("safety.protect_file", st.path("no-list")); return nil }},
		{"a wrong password", exitCredentials, "credentials", func(st *stage) []string { st.write("password", "wrong"); return nil }},
		{"another holds the ledger", exitLocked, "locked", func(st *stage) []string {
			holder, err := openHolder(st)
			if err != nil {
				st.Fatal(err)
			}
			st.Cleanup(func() { st.want("close", holder.Close(), nil) })
			return nil
		}},
		{"SIGTERM", exitSignal, "signal", func(st *stage) []string {
			st.set("limits.rate", 20)
			st.set("limits.burst", 1)
			go func() {
				for st.sim.Truth().Effects < 3 {
					time.Sleep(time.Millisecond)
				}
				st.want("kill", syscall.Kill(os.Getpid(), syscall.SIGTERM), nil)
			}()
			return nil
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			st := newStage(t, sim.Options{})
			st.set("metrics.pushgateway", gateway)
			st.set("metrics.grouping", []string{"instance=nightly"})
			st.ids(100)
			last := series(pushed(t, gateway), lastSuccess)
			code, _, stderr := st.cleaner(append([]string{"run", "--ids", st.path("tasks.txt")}, tt.spoil(st)...)...)
			if code != tt.code {
				t.Fatalf("exit code %d, want %d: %s", code, tt.code, stderr)
			}
			text := pushed(t, gateway)
			if got := series(text, `cleaner_runs_total{instance="nightly",job="cleaner",result="`+tt.result+`"}`); !strings.HasSuffix(got, " 1") {
				t.Errorf("the Pushgateway has %q", got)
			}
			if now := series(text, lastSuccess); code != exitOK && (now != last || now == "") {
				t.Errorf("the last success became %q, it was %q", now, last)
			}
		})
	}
}
