package sim

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// listed is the part of a page that most tests look at.
type listed struct {
	Tasks []struct {
		ID string `json:"task_id"`
	}
	Total int
}

func (g *rig) list(query string) (ids []string, total int) {
	g.t.Helper()
	got := g.do("GET", "/v2/project/tasks"+query, "")
	var page listed
	if err := json.Unmarshal([]byte(got.Body), &page); err != nil || got.Status != 200 {
		g.t.Fatalf("list%s: %v %s %v", query, got, got.Body, err)
	}
	for _, task := range page.Tasks {
		ids = append(ids, task.ID)
	}
	return ids, page.Total
}

// addN adds tasks 1 to n.
func (g *rig) addN(n int) {
	g.t.Helper()
	err := g.AddIDs(func(yield func(string) bool) {
		for i := 1; i <= n && yield(id(i)); i++ {
		}
	})
	if err != nil {
		g.t.Fatal(err)
	}
}

// ids is the IDs from one number to another.
func ids(from, to int) (all []string) {
	for i := from; i <= to; i++ {
		all = append(all, id(i))
	}
	return all
}

func TestListPages(t *testing.T) {
	for _, row := range []struct {
		query string
		first int
		want  []string
	}{
		{"", 0, ids(1, 10)},
		{"?offset=1", 0, ids(11, 20)}, // the number of a page, not of a record
		{"?offset=2", 0, ids(21, 25)},
		{"?offset=3", 0, nil},
		{"?offset=0&limit=100", 0, ids(1, 25)},
		{"?offset=6&limit=4", 0, ids(25, 25)},
		{"?offset=999999&limit=100", 0, nil},
		{"?offset=0", 1, ids(1, 10)},
		{"?offset=1", 1, ids(1, 10)},
		{"?offset=2", 1, ids(11, 20)},
	} {
		t.Run(fmt.Sprint(row.query, " first page ", row.first), func(t *testing.T) {
			g := serve(t, Options{FirstPage: row.first})
			g.addN(25)
			got, total := g.list(row.query)
			if !slices.Equal(got, row.want) || total != 25 {
				t.Errorf("%v, total %d", got, total)
			}
		})
	}
}

func TestListRefuses(t *testing.T) {
	g := serve(t, Options{CheckProject: "mine"})
	for path, want := range map[string]string{
		"/v2/mine/tasks":                "200",
		"/v2/other/tasks":               "200 CC.00050013",
		"/v2/mine/tasks?limit=0":        "200 CC.00050000",
		"/v2/mine/tasks?limit=101":      "200 CC.00050000",
		"/v2/mine/tasks?limit=ten":      "200 CC.00050000",
		"/v2/mine/tasks?offset=-1":      "200 CC.00050000",
		"/v2/mine/tasks?offset=1000000": "200 CC.00050000",
	} {
		if got := g.do("GET", path, ""); got.String() != want {
			t.Errorf("%s: %v, want %s", path, got, want)
		}
	}
}

func TestListIsEmptyRatherThanNull(t *testing.T) {
	g := serve(t, Options{})
	if got := g.do("GET", "/v2/p/tasks", ""); got.Body != `{"tasks":[],"total":0}` {
		t.Error(got.Body)
	}
}

// Deleting shifts the later pages, as it does in the service.
func TestListShrinks(t *testing.T) {
	g := serve(t, Options{})
	g.addN(25)
	for _, n := range []int{2, 5, 25} {
		g.del(id(n))
	}
	g.del(id(999)) // existed, though it was never listed
	want := slices.DeleteFunc(ids(1, 12), func(s string) bool { return s == id(2) || s == id(5) })
	if got, total := g.list(""); !slices.Equal(got, want) || total != 22 {
		t.Errorf("%v, total %d", got, total)
	}
}

func TestListFields(t *testing.T) {
	g := serve(t, Options{})
	day := time.Date(2025, 11, 28, 14, 55, 41, 0, time.FixedZone("", 8*3600))
	err := g.AddTasks(
		Task{"odd-ID", "name", "creator", "git@example.com:a/b.git", "main", day, day.Add(time.Hour), false, false},
		Task{"never", "n", "c", "r", "b", day, time.Time{}, true, false},
	)
	if err != nil {
		t.Fatal(err)
	}
	var got any
	if err := json.Unmarshal([]byte(g.do("GET", "/v2/p/tasks", "").Body), &got); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{"total": 2.0, "tasks": []any{
		map[string]any{
			"task_id": "odd-ID", "task_name": "name", "creator_id": "creator", "git_url": "git@example.com:a/b.git",
			"git_branch": "main", "created_at": "2025-11-28T06:55:41Z", "last_check_time": "2025-11-28T07:55:41Z",
		},
		map[string]any{
			"task_id": "never", "task_name": "n", "creator_id": "c", "git_url": "r",
			"git_branch": "b", "created_at": "2025-11-28T06:55:41Z", "last_check_time": nil,
		},
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
