package sim

import (
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// look asks for the progress of a task.
func (g *rig) look(id string) answer {
	g.t.Helper()
	return g.do("GET", "/v2/tasks/"+id+"/progress", "")
}

// recorded sends a request without a connection and returns status and body.
func recorded(t *testing.T, s *Sim, method, path string) string {
	t.Helper()
	w := httptest.NewRecorder()
	s.Handler().ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), method, path, nil))
	return fmt.Sprint(w.Code, " ", w.Body)
}

// The lies are told apart by a look alone: the answers are the documented success.
func TestSuccessThatLies(t *testing.T) {
	g := serve(t, Options{Faults: []Fault{find(t, "silent-lie", 1, 1)}})
	if got := g.del(id(1)); got.String() != "200" || got.Body != "null" {
		t.Errorf("told %v %q", got, got.Body)
	}
	if got := g.look(id(1)); got.Body != `{"task_status":2}` {
		t.Errorf("after the lie: %v %s", got, got.Body)
	}
	if got, want := g.TruthOf(id(1)), (TaskTruth{ID: id(1), Requests: 1, LastStatus: 200}); got != want {
		t.Errorf("truth is %+v, want %+v", got, want)
	}
	if got := g.del(id(1)); got.Body != "null" { // the lie is used up
		t.Errorf("told %v %q", got, got.Body)
	}
	if got := g.look(id(1)); got.String() != "404 CC.00050017" {
		t.Errorf("after the deletion: %v %s", got, got.Body)
	}
	want := TaskTruth{ID: id(1), Requests: 2, Effects: 1, LastStatus: 200}
	if got := g.TruthOf(id(1)); got != want {
		t.Errorf("truth is %+v, want %+v", got, want)
	}
}

// A deletion that is put off happens when it is due, once, and in all counts.
func TestLateEffect(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, err := ParseFault("late-effect=3s")
		if err != nil {
			t.Fatal(err)
		}
		s := build(t, Options{Faults: []Fault{f}, OnlyAdded: true})
		if err := s.AddTasks(Task{ID: id(1)}, Task{ID: id(2), Running: true}); err != nil {
			t.Fatal(err)
		}
		send := func(method, path, want string) {
			t.Helper()
			w := recorded(t, s, method, path)
			if !strings.Contains(w, want) {
				t.Errorf("%s %s: %s, want %s", method, path, w, want)
			}
		}
		for range 2 { // to ask again puts nothing off any further
			send("DELETE", "/v2/tasks/"+id(1), "200 null")
			time.Sleep(time.Second)
		}
		send("DELETE", "/v2/tasks/"+id(2), "CC.00050015")
		send("DELETE", "/v2/tasks/"+id(3), "404 ")
		time.Sleep(time.Second - 1)
		send("GET", "/v2/tasks/"+id(1)+"/progress", `200 {"task_status":2}`)
		send("GET", "/v2/p/tasks", `"total":2`)
		if got := s.TruthOf(id(1)); got.Effects != 0 || s.Truth().Effects != 0 {
			t.Errorf("too early: %+v", got)
		}
		time.Sleep(time.Nanosecond)
		send("GET", "/v2/p/tasks", `"total":1`)
		send("GET", "/v2/tasks/"+id(1)+"/progress", "404 ")
		send("DELETE", "/v2/tasks/"+id(1), "404 ")
		time.Sleep(time.Hour)
		want := TaskTruth{ID: id(1), Requests: 3, Effects: 1, RepeatsAfterAnswer: 2, LastStatus: 404, LastCode: CodeAbsent}
		if got := s.TruthOf(id(1)); got != want || s.Truth().Effects != 1 {
			t.Errorf("truth is %+v of %+v, want %+v", got, s.Truth(), want)
		}
	})
}

// A share of the IDs runs until each is stopped, the same ones in every run.
func TestRunningShare(t *testing.T) {
	g := serve(t, Options{Seed: 3, Running: 0.5})
	if err := g.AddTasks(Task{ID: id(1000)}); err != nil {
		t.Fatal(err)
	}
	ran := 0
	for i := range 100 {
		if g.del(id(i)).code() == "" {
			continue
		}
		ran++
		for _, step := range [][3]string{
			{"GET", "/progress", `"task_status":0`}, {"POST", "/stop", "null"}, {"GET", "/progress", `{"task_status":3}`}, {"DELETE", "", "null"},
		} {
			if got := g.do(step[0], "/v2/tasks/"+id(i)+step[1], ""); got.Status != 200 || !strings.Contains(got.Body, step[2]) {
				t.Fatalf("%s %s: %v %s", step[0], step[1], got, got.Body)
			}
		}
	}
	if ran < 35 || ran > 65 {
		t.Errorf("%d of 100 run, want about 50", ran)
	}
	if got := g.Truth(); got.Effects != 100 || got.Stops != int64(ran) || got.Looks != int64(2*ran) {
		t.Errorf("truth is %+v after %d ran", got, ran)
	}
	if got := g.del(id(1000)); got.String() != "200" {
		t.Errorf("one that was added: %v", got)
	}
}

// A look and a stop of what is not there end in an error, whatever a DELETE is
// answered: null would be no answer to a look.
func TestMissing(t *testing.T) {
	for absent, want := range map[AbsentAnswer]string{Absent404: "404 CC.00050017", AbsentNull: "404 CC.00050017", AbsentCoded: "200 CC.00050017"} {
		g := serve(t, Options{Absent: 1, AbsentAnswer: absent})
		for _, got := range []answer{g.look(id(1)), g.do("POST", "/v2/tasks/"+id(1)+"/stop", "")} {
			if got.String() != want {
				t.Errorf("%s: %v, want %s", absent, got, want)
			}
		}
	}
}

// Faults of looks and stops hit nothing else, and keep from the effect.
func TestFaultsOnOtherOperations(t *testing.T) {
	var fs []Fault
	for _, text := range []string{"progress/busy-400:1:1", "stop/silent-lie:1:1", "stop/reset@1h", "login/429"} {
		f, err := ParseFault(text)
		if text == "login/429" {
			if err == nil {
				t.Error("an unknown name is taken")
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		fs = append(fs, f)
	}
	g := serve(t, Options{Running: 1, Faults: fs})
	if got := g.look(id(1)); got.String() != "400 CC.00000000" {
		t.Errorf("first look: %v", got)
	}
	if got := g.do("POST", "/v2/tasks/"+id(1)+"/stop", ""); got.Body != "null" {
		t.Errorf("first stop: %v", got)
	}
	if got := g.look(id(1)); !strings.Contains(got.Body, `"task_status":0`) {
		t.Errorf("the stop that lies has stopped it: %v %s", got, got.Body)
	}
	if got := g.do("POST", "/v2/tasks/"+id(1)+"/stop", ""); got.Body != "null" || g.del(id(1)).Body != "null" {
		t.Errorf("second stop: %v", got)
	}
}

// A token says whose it is, as IAM's do, or as the options lie.
func TestTokenSaysWhose(t *testing.T) {
	type whose struct {
		Token struct {
			Project, User struct {
				ID, Name string
				Domain   struct{ ID, Name string }
			}
		}
	}
	for _, row := range []struct {
		name   string
		change func(*Options)
		want   string // project, its account, user, its account
	}{
		{"as asked", func(*Options) {}, "cn-north-4 acme janitor acme"},
		{"any project", func(o *Options) { o.Project = "" }, "cn-north-4 acme janitor acme"},
		{"another project", func(o *Options) { o.TokenProject = "cn-east-3" }, "cn-east-3 acme janitor acme"},
		{"another account", func(o *Options) { o.TokenDomain = "evil" }, "cn-north-4 evil janitor evil"},
		{"another user", func(o *Options) { o.TokenUser = "root" }, "cn-north-4 acme root acme"},
	} {
		o := account()
		row.change(&o)
		var got whose
		if err := json.Unmarshal([]byte(serve(t, o).login("right").Body), &got); err != nil {
			t.Fatal(err)
		}
		p, u := got.Token.Project, got.Token.User
		if said := strings.Join([]string{p.Name, p.Domain.Name, u.Name, u.Domain.Name}, " "); said != row.want {
			t.Errorf("%s: %s, want %s", row.name, said, row.want)
		}
		if p.ID != "pid" || len(u.ID) != 32 || len(p.Domain.ID) != 32 || p.Domain.ID != u.Domain.ID {
			t.Errorf("%s: IDs of %+v", row.name, got)
		}
	}
}
