package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"go.uber.org/zap"

	"cleaner/internal/answer"
	"cleaner/internal/config"
	"cleaner/internal/policy"
	"cleaner/internal/prompt"
	"cleaner/internal/sim"
	"cleaner/internal/terminal"
)

// TestDryRunSendsNothing rehearses all that a run may do under each fault that
// has a name, and under each configuration that makes a run send something.
func TestDryRunSendsNothing(t *testing.T) {
	t.Run("every fault", func(t *testing.T) {
		st := newStage(t, sim.Options{Running: 0.3})
		rehearse(st)
		before := st.files("state")
		for _, f := range sim.Catalogue() {
			f.On = sim.OpAll
			st.want("fault "+f.Name, st.sim.SetFaults(f), nil)
			code, _, stderr := st.cleaner("run", "--dry-run", "--ids", st.path("tasks.txt"))
			st.want("exit code under "+f.Name+stderr, code, exitOK)
		}
		st.want("the state folder has changed", cmp.Diff(before, st.files("state")), "")
		nothingSent(st)
	})
	for _, tt := range []struct {
		name string
		set  func(st *stage)
		args []string
	}{
		{"running tasks to be stopped", func(st *stage) { st.set("safety.running", "stop") }, nil},
		{"running tasks to be skipped", func(st *stage) { st.set("safety.running", "skip") }, nil},
		{"a canary", func(st *stage) { st.set("safety.canary", 20) }, nil},
		{"no canary", func(st *stage) { st.set("safety.canary", 0) }, nil},
		{"a protect list", func(st *stage) { st.set("safety.protect_file", st.write("protect", "glob:0*\nglob:f*\n")) }, nil},
		{"the cap", func(st *stage) { st.set("safety.refuse_above", 3) }, nil},
		{"the budget", func(*stage) {}, []string{"--max-deletes", "3"}},
		{"a wrong password", func(st *stage) { st.write("password", "wrong") }, nil},
		{"a token of another", func(st *stage) {
			st.cfg["auth"] = map[string]any{"token_file": st.write("token", "not-a-token-of-theirs")}
		}, nil},
		{"an access key", func(st *stage) {
			st.cfg["auth"] = map[string]any{"access_key": map[string]any{
				"id": "AKPLANTED", "secret_file": st.write("secret", theSecretKey), "project_id": "p1",
			}}
		}, nil},
		{"the far side away", func(st *stage) { st.set("service.endpoint", "http://127.0.0.1:1") }, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			st := newStage(t, sim.Options{Running: 0.3})
			tt.set(st)
			rehearse(st, tt.args...)
		})
	}
}

// rehearse makes several dry runs, the first over what was never loaded and the
// others over what is pending, and two of the commands between them. The ledger's
// folder stays as it was to the byte.
func rehearse(st *stage, args ...string) {
	st.Helper()
	st.ids(40)
	dry := append([]string{"run", "--dry-run", "--ids", st.path("tasks.txt"), "--results", st.path("would.jsonl"), "--report", st.path("report.json")}, args...)
	for pass := range 3 {
		before := st.files("state")
		if code, _, stderr := st.cleaner(dry...); code != exitOK {
			st.Errorf("dry run %d: exit code %d\n%s", pass+1, code, stderr)
		}
		if diff := cmp.Diff(before, st.files("state")); diff != "" {
			st.Errorf("dry run %d changed the state folder (-before +after):\n%.2000s", pass+1, diff)
		}
		if pass == 0 {
			code, _, stderr := st.cleaner("load", st.path("tasks.txt"))
			st.want("exit code of load "+stderr, code, exitOK)
		}
		_, _, _ = st.cleaner("check", "--show")
	}
	nothingSent(st)
}

// nothingSent wants the service to have seen nothing but logins.
func nothingSent(st *stage) {
	st.Helper()
	truth := st.sim.Truth()
	st.want("DELETEs", truth.Deletes, int64(0))
	st.want("POSTs that stop", truth.Stops, int64(0))
	st.want("effects", truth.Effects, int64(0))
	st.want("requests that are no login", truth.Requests-truth.Logins-truth.FailedLogins, int64(0))
}

// TestReadOnlyServiceLooks, and prevents all else.
func TestReadOnlyServiceLooks(t *testing.T) {
	st := newStage(t, sim.Options{})
	id := st.ids(1)[0]
	code, stdout, stderr := st.cleaner("check")
	st.want("check "+stdout+stderr, code, exitOK)
	s, err := st.app().process().ReadOnlyService(parsed(st))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	if a := s.LookAtTask(t.Context(), id); a.Status != 200 || string(a.Body) != "task" {
		t.Errorf("look: %+v", a)
	}
	for _, send := range []func(context.Context, string) answer.Answer{s.DeleteTask, s.StopTask} {
		a := send(t.Context(), id)
		rl := policy.DefaultTable().Judge(a)
		if a.Fault != answer.FaultRefused || rl.Verdict != policy.Halt || a.Fault.Sent() {
			t.Errorf("answer %+v, ruling %+v: want a halt of something that was not sent", a, rl)
		}
		st.want("it says what was prevented: "+a.Message, strings.Contains(a.Message, "/v2/tasks/"+id), true)
	}
	truth := st.sim.Truth()
	st.want("DELETEs and stops", truth.Deletes+truth.Stops, int64(0))
	st.want("effects", truth.Effects, int64(0))
	st.want("looks", truth.Looks, int64(1))
}

// TestServiceThatMaySend: without the guard the same calls arrive, and a running
// task can be stopped and then deleted.
func TestServiceThatMaySend(t *testing.T) {
	st := newStage(t, sim.Options{Running: 1})
	id := st.ids(1)[0]
	_, _, _ = st.cleaner("check")
	s, err := st.app().process().Deps(parsed(st), "run", zap.NewNop()).Dial()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	if a := s.Ready(t.Context()); a.Fault != answer.FaultNone {
		t.Fatalf("ready: %+v", a)
	}
	said := ""
	for _, send := range []func(context.Context, string) answer.Answer{s.DeleteTask, s.LookAtTask, s.StopTask, s.DeleteTask, s.LookAtTask} {
		a := send(t.Context(), id)
		said += fmt.Sprint(a.Status, " ", a.Body, " ", policy.DefaultTable().Judge(a).Verdict, "\n")
	}
	if want := "200 coded later\n200 task doubt\n200 null deleted\n200 null deleted\n404 coded gone\n"; said != want {
		t.Errorf("said:\n%swant:\n%s", said, want)
	}
}

// TestTokenOfAnotherProject: nothing is sent with a token that is not the one
// asked for.
func TestTokenOfAnotherProject(t *testing.T) {
	for name, o := range map[string]sim.Options{
		"project": {TokenProject: "cn-east-3"}, "account": {TokenDomain: "another"}, "user": {TokenUser: "root"},
	} {
		t.Run(name, func(t *testing.T) {
			st := newStage(t, o)
			st.ids(20)
			r := st.pass(exitCredentials, "--ids", st.path("tasks.txt"))
			st.want("pending", r.Pending, int64(20))
			st.want("stopped by", r.StoppedBy, "credentials")
			truth := st.sim.Truth()
			st.want("requests, the login", truth.Requests, int64(1))
			st.want("effects", truth.Effects, int64(0))
		})
	}
}

// TestEndpointOfAnotherRegion: it is refused before anybody is contacted.
func TestEndpointOfAnotherRegion(t *testing.T) {
	st := newStage(t, sim.Options{})
	st.set("service.endpoint", "https://codearts-check.cn-east-3.myhuaweicloud.com")
	for _, args := range [][]string{{"check"}, {"run"}, {"run", "--dry-run"}} {
		code, _, stderr := st.cleaner(args...)
		st.want("exit code", code, exitUsage)
		if !strings.Contains(stderr, "service.endpoint: is of the region cn-east-3, and service.region is cn-north-4") {
			t.Errorf("%v: %s", args, stderr)
		}
	}
	st.want("requests", st.sim.Truth().Requests, int64(0))
}

// app is the program as the last command had it.
func (st *stage) app() *app {
	return &app{env: func(k string) string { return st.env[k] }, stderr: terminal.NewScreen(io.Discard), common: prompt.Common{Config: st.path("cleaner.yaml")}}
}

// parsed reads the configuration that the last command was given.
func parsed(st *stage) *config.Config {
	st.Helper()
	cfg, err := st.app().config()
	if err != nil {
		st.Fatal(err)
	}
	return cfg
}
