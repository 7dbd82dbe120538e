package sim

import (
	"bufio"
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestControlTruth(t *testing.T) {
	g := serve(t, Options{Faults: []Fault{{Name: "x", Share: 1, Action: ActionAnswerAfter, Status: 504}}})
	g.del(id(1))
	g.del(id(1))
	g.login("x")
	var got Truth
	if err := json.Unmarshal([]byte(g.do("GET", "/sim/truth", "").Body), &got); err != nil {
		t.Fatal(err)
	}
	want := Truth{
		Requests: 3, Deletes: 2, Effects: 1, Logins: 1, LostAnswers: 1,
		Connections: 1, MaxConcurrent: 1, BusiestSecond: 2,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(want, g.Truth()); diff != "" {
		t.Errorf("from Go: %s", diff)
	}
}

func TestControlTasks(t *testing.T) {
	g := serve(t, Options{})
	if err := g.AddTasks(Task{ID: "added-and-never-asked"}); err != nil {
		t.Fatal(err)
	}
	want := map[string]TaskTruth{"added-and-never-asked": {ID: "added-and-never-asked"}}
	for i := range 300 {
		g.del(id(i))
		want[id(i)] = TaskTruth{ID: id(i), Requests: 1, Effects: 1, LastStatus: 200}
	}
	got := map[string]TaskTruth{}
	for line := range strings.Lines(g.do("GET", "/sim/truth/tasks", "").Body) {
		var task TaskTruth
		if err := json.Unmarshal([]byte(line), &task); err != nil {
			t.Fatalf("%v in %q", err, line)
		}
		got[task.ID] = task
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// The names on the wire are a contract with scripts.
func TestTruthKeys(t *testing.T) {
	for want, v := range map[string]any{
		`{"requests":0,"deletes":0,"stops":0,"looks":0,"made_up_deletes":0,"made_up_looks":0,"effects":0,"logins":0,"failed_logins":0,"throttled":0,"repeats_after_answer":0,` +
			`"lost_answers":0,"connections":0,"max_concurrent":0,"busiest_second":0}`: Truth{},
		`{"id":"x","requests":0,"effects":0,"repeats_after_answer":0,"last_status":0,"last_code":"","lost_answers":0}`: TaskTruth{ID: "x"},
	} {
		if got, err := json.Marshal(v); err != nil || string(got) != want {
			t.Errorf("%s %v", got, err)
		}
	}
}

func TestControlOrders(t *testing.T) {
	for _, row := range []struct {
		name, path, body string
		want             string // what the next DELETE is answered
	}{
		{"outage", "/sim/outage?for=10s", "", "502 APIGW.0201"},
		{"outage by another fault", "/sim/outage?for=1h&fault=busy-400", "", "400 CC.00000000"},
		{"outage by an odd kind", "/sim/outage?for=1h&fault=odd-iam-200", "", "200 CC.00050007"},
		{"faults by text", "/sim/faults", `["busy-400"]`, "400 CC.00000000"},
		{"faults by object", "/sim/faults", `[{"name":"x","status":418,"body":"{\"error_code\":\"X.1\"}"}]`, "418 X.1"},
		{"no faults", "/sim/faults", `[]`, "200"},
		{"throttle", "/sim/throttle?limit=1&window=30s", "", "200"},
		{"no throttle", "/sim/throttle?limit=0", "", "200"},
		{"revoke", "/sim/revoke", "", "200"},
	} {
		t.Run(row.name, func(t *testing.T) {
			g := serve(t, Options{})
			if got := g.do("POST", row.path, row.body); got.Status != 200 {
				t.Fatalf("%v %s", got, got.Body)
			}
			if got := g.del(id(1)); got.String() != row.want {
				t.Errorf("%v, want %s", got, row.want)
			}
		})
	}
}

func TestControlThrottles(t *testing.T) {
	g := serve(t, Options{})
	g.do("POST", "/sim/throttle?limit=1&window=30s&retry-after=true", "")
	g.del(id(1))
	got := g.del(id(2))
	if got.String() != "429 APIGW.0308" || !strings.Contains(got.Body, "limit:1,time:30 second") || got.Header.Get("Retry-After") == "" {
		t.Errorf("%v %s %v", got, got.Body, got.Header)
	}
}

func TestControlThrottlesInForms(t *testing.T) {
	g := serve(t, Options{})
	g.do("POST", "/sim/throttle?limit=1&window=30s&shape=413&shape=429-unix", "")
	g.del(id(1))
	for _, want := range []string{"413", "429 APIGW.0308"} {
		if got := g.del(id(2)); got.String() != want || got.Header.Get("Retry-After") == "" {
			t.Errorf("%v %v, want %s", got, got.Header, want)
		}
	}
}

func TestControlRevokes(t *testing.T) {
	g := serve(t, account())
	token := g.token()
	if got := g.do("POST", "/sim/revoke", ""); got.Body != `{"revoked":1}`+"\n" {
		t.Errorf("%v %q", got, got.Body)
	}
	if got := g.del(id(1), "X-Auth-Token", token); got.String() != "401 CC.00000003" {
		t.Error(got)
	}
}

func TestControlRefuses(t *testing.T) {
	g := serve(t, Options{})
	for _, row := range []struct {
		name, method, path, body string
		want                     int
		says                     string
	}{
		{"outage without end", "POST", "/sim/outage", "", 400, "for: "},
		{"outage of no time", "POST", "/sim/outage?for=0s", "", 400, "not a length of time"},
		{"outage of unknown kind", "POST", "/sim/outage?for=1s&fault=rest", "", 400, "did you mean reset"},
		{"throttle without limit", "POST", "/sim/throttle", "", 400, "limit: "},
		{"throttle window", "POST", "/sim/throttle?limit=1&window=1", "", 400, "window: "},
		{"throttle in an unknown form", "POST", "/sim/throttle?limit=1&shape=odd", "", 400, "shape"},
		{"throttle half a second", "POST", "/sim/throttle?limit=1&window=500ms", "", 400, "whole seconds"},
		{"faults that are no JSON", "POST", "/sim/faults", "busy-400", 400, "read faults"},
		{"faults that are unknown", "POST", "/sim/faults", `["busi-400"]`, 400, "did you mean busy-400"},
		{"faults that are too much", "POST", "/sim/faults", `["busy-400","reset"]`, 400, "more than 1"},
		{"unknown path", "GET", "/sim/lies", "", 404, ""},
		{"wrong method", "GET", "/sim/revoke", "", 405, ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			got := g.do(row.method, row.path, row.body)
			if got.Status != row.want || !strings.Contains(got.Body, row.says) {
				t.Errorf("%v %s", got, got.Body)
			}
		})
	}
	if got := g.Truth(); got.Requests != 0 || got.MaxConcurrent != 0 {
		t.Errorf("orders were counted: %+v", got)
	}
	if got := g.del(id(1)); got.Status != 200 {
		t.Errorf("a refused order took effect: %v", got)
	}
}

// The list of tasks is a stream: each line is whole by itself.
func TestControlTasksIsLines(t *testing.T) {
	g := serve(t, Options{})
	g.del("a%22b%0A") // an ID that JSON has to escape
	g.del(id(1))
	lines := bufio.NewScanner(strings.NewReader(g.do("GET", "/sim/truth/tasks", "").Body))
	n := 0
	for ; lines.Scan(); n++ {
		if !json.Valid(lines.Bytes()) {
			t.Errorf("not JSON: %s", lines.Text())
		}
	}
	if n != 2 {
		t.Errorf("%d lines", n)
	}
}
