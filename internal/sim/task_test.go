package sim

import (
	"slices"
	"strings"
	"testing"
	"time"
)

func TestDelete(t *testing.T) {
	g := serve(t, Options{})
	first := g.del(id(1))
	if first.Status != 200 || first.Body != "null" {
		t.Errorf("first: %v %q", first, first.Body)
	}
	if got := first.Header.Get("Content-Type"); got != "application/json;charset=UTF-8" {
		t.Errorf("content type is %q", got)
	}
	if again := g.del(id(1)); again.String() != "404 CC.00050017" {
		t.Errorf("again: %v", again)
	}
	want := TaskTruth{ID: id(1), Requests: 2, Effects: 1, RepeatsAfterAnswer: 1, LastStatus: 404, LastCode: CodeAbsent}
	if got := g.TruthOf(id(1)); got != want {
		t.Errorf("truth is %+v, want %+v", got, want)
	}
}

func TestDeleteAbsent(t *testing.T) {
	for _, row := range []struct {
		answer AbsentAnswer
		want   string
	}{
		{"", "404 CC.00050017"},
		{Absent404, "404 CC.00050017"},
		{AbsentNull, "200"},
		{AbsentCoded, "200 CC.00050017"},
	} {
		t.Run(string(row.answer), func(t *testing.T) {
			g := serve(t, Options{Absent: 1, AbsentAnswer: row.answer})
			if got := g.del(id(1)); got.String() != row.want {
				t.Errorf("%v, want %s", got, row.want)
			}
			g.del(id(1))
			if got := g.TruthOf(id(1)); got.Effects != 0 || got.RepeatsAfterAnswer != 1 {
				t.Errorf("absence settles an ID without an effect: %+v", got)
			}
		})
	}
}

func TestDeleteInvalidID(t *testing.T) {
	g := serve(t, Options{})
	for _, path := range []string{"a%2Fb", "a%20b", "%C3%A9", strings.Repeat("x", 129), "a;b", "a:b"} {
		if got := g.del(path); got.String() != "200 CC.00050000" {
			t.Errorf("%s: %v", path, got)
		}
	}
	if got := g.TruthOf("a/b"); got.Requests != 1 || got.LastCode != "CC.00050000" {
		t.Errorf("truth of a/b is %+v", got)
	}
}

func TestAbsentShare(t *testing.T) {
	s := build(t, Options{Seed: 3, Absent: 0.25})
	absent := 0
	for i := range 4000 {
		if !s.exists(refOf(id(i)).key, 0) {
			absent++
		}
	}
	if absent < 900 || absent > 1100 {
		t.Errorf("%d of 4000 absent, want about 1000", absent)
	}
}

func TestAddedTasksExist(t *testing.T) {
	for name, opt := range map[string]Options{
		"only added": {OnlyAdded: true},
		"all absent": {Absent: 1},
	} {
		t.Run(name, func(t *testing.T) {
			g := serve(t, opt)
			if err := g.AddIDs(slices.Values([]string{id(1), "odd-ID"})); err != nil {
				t.Fatal(err)
			}
			for _, row := range [][2]string{{id(1), "200"}, {"odd-ID", "200"}, {id(2), "404 CC.00050017"}} {
				if got := g.del(row[0]); got.String() != row[1] {
					t.Errorf("%s: %v, want %s", row[0], got, row[1])
				}
			}
		})
	}
}

func TestAddRefusesInvalidIDs(t *testing.T) {
	s := build(t, Options{})
	err := s.AddIDs(slices.Values([]string{id(1), "a/b", id(2)}))
	if err == nil || !strings.Contains(err.Error(), `"a/b"`) {
		t.Errorf("error is %v", err)
	}
	if _, total := s.page(0, 10); total != 1 {
		t.Errorf("%d added, want those before the fault", total)
	}
}

// Nothing brings a deleted task back: an ID is deleted at most once.
func TestAddDoesNotResurrect(t *testing.T) {
	g := serve(t, Options{})
	for range 3 {
		if err := g.AddTasks(Task{ID: id(1)}); err != nil {
			t.Fatal(err)
		}
		g.del(id(1))
	}
	if got := g.TruthOf(id(1)); got.Effects != 1 || got.Requests != 3 {
		t.Errorf("truth is %+v", got)
	}
	if tasks, total := g.page(0, 10); total != 0 || tasks != nil {
		t.Errorf("%d still listed", total)
	}
}

func TestRunningTask(t *testing.T) {
	g := serve(t, Options{})
	if err := g.AddTasks(Task{ID: id(1), Running: true}); err != nil {
		t.Fatal(err)
	}
	steps := []struct{ method, path, want, body string }{
		{"GET", "/v2/tasks/" + id(1) + "/progress", "200", `"task_status":0`},
		{"DELETE", "/v2/tasks/" + id(1), "200 CC.00050015", "running"},
		{"POST", "/v2/tasks/" + id(1) + "/stop", "200", "null"},
		{"GET", "/v2/tasks/" + id(1) + "/progress", "200", `"task_status":3`},
		{"POST", "/v2/tasks/" + id(1) + "/stop", "200", "null"},
		{"DELETE", "/v2/tasks/" + id(1), "200", "null"},
		{"GET", "/v2/tasks/" + id(1) + "/progress", "404 CC.00050017", ""},
		{"POST", "/v2/tasks/" + id(1) + "/stop", "404 CC.00050017", ""},
	}
	for i, step := range steps {
		if got := g.do(step.method, step.path, ""); got.String() != step.want || !strings.Contains(got.Body, step.body) {
			t.Errorf("step %d, %s %s: %v %s", i+1, step.method, step.path, got, got.Body)
		}
	}
	if got := g.TruthOf(id(1)); got.Requests != 2 || got.RepeatsAfterAnswer != 0 || got.Effects != 1 {
		t.Errorf("a refusal does not settle an ID: %+v", got)
	}
}

// Asking about a task leaves no trace in the truth.
func TestProgressMakesNoRecord(t *testing.T) {
	g := serve(t, Options{})
	if got := g.do("GET", "/v2/tasks/"+id(1)+"/progress", ""); got.Body != `{"task_status":2}` {
		t.Error(got.Body)
	}
	for range g.EachTask() {
		t.Error("a record was made")
	}
}

func TestMadeTask(t *testing.T) {
	never := 0
	for i := range 800 {
		a, b := Task{ID: id(i)}.made(), Task{ID: id(i)}.made()
		if a != b || a.Name == "" || len(a.Creator) != 32 || a.Branch == "" || a.Repository == "" {
			t.Fatalf("made %+v, then %+v", a, b)
		}
		if a.Created.Year() != 2024 || a.Checked.Before(a.Created) {
			t.Fatalf("times of %+v", a)
		}
		if a.NeverChecked {
			never++
		}
	}
	if never < 50 || never > 150 {
		t.Errorf("%d of 800 never checked, want about 100", never)
	}
}

func TestMadeTaskKeepsWhatIsGiven(t *testing.T) {
	day := time.Date(2020, 2, 3, 4, 5, 6, 0, time.UTC)
	given := Task{"short", "n", "c", "r", "b", day, day, false, true}
	if got := given.made(); got != given {
		t.Errorf("made %+v", got)
	}
}
