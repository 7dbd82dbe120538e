package sim

import (
	"maps"
	"math"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// said is an answer in short: its status, and its code or else its body. A page is
// named as one.
func (a answer) said() string {
	switch {
	case a.Err != nil:
		return a.Err.Error()
	case a.code() != "":
		return a.String()
	case strings.HasPrefix(a.Body, "<"):
		return strings.TrimSpace(http.StatusText(a.Status) + " page")
	}
	return strings.TrimSpace(a.String() + " " + a.Body)
}

// user is a client with a token, if the service asks for one.
type user struct {
	*rig
	header []string
}

// signIn serves the profile's options and logs in.
func signIn(t *testing.T, o Options) user {
	t.Helper()
	g := serve(t, o)
	u := user{rig: g}
	if o.RequireAuth {
		got := g.do("POST", "/v3/auth/tokens", loginBody("janitor", "right", "acme", `"name":"cn-north-4","domain":{"name":"acme"}`))
		if got.Status != http.StatusCreated {
			t.Fatalf("login: %s", got.said())
		}
		u.header = []string{"X-Auth-Token", got.Header.Get("X-Subject-Token")}
	}
	return u
}

func (u user) look(id string) string {
	u.t.Helper()
	return u.do("GET", "/v2/tasks/"+id+"/progress", "", u.header...).said()
}

func (u user) del(id string) string {
	u.t.Helper()
	return u.rig.del(id, u.header...).said()
}

func TestProfilesAreSound(t *testing.T) {
	name, seen := regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`), []string{}
	for _, p := range Profiles() {
		if !name.MatchString(p.Name) || slices.Contains(seen, p.Name) {
			t.Errorf("name %q is odd or taken", p.Name)
		}
		seen = append(seen, p.Name)
		if p.About == "" || strings.ContainsAny(p.About, "\n") || len(p.About) > 140 {
			t.Errorf("%s: about is not one line: %q", p.Name, p.About)
		}
		if o := p.Options; o.User+o.Password+o.AccessKey+o.SecretKey+o.ProjectID != "" {
			t.Errorf("%s names a credential", p.Name)
		}
		build(t, p.Options)
		if got, err := ProfileByName(p.Name); err != nil || got.About != p.About {
			t.Errorf("by its name: %v %v", got, err)
		}
	}
	if first := Profiles()[0]; first.Name != DefaultProfile || cmp.Diff(first.Options, Options{}) != "" {
		t.Errorf("the first profile is %+v", first)
	}
	_, err := ProfileByName("absent-40")
	if err == nil || !strings.Contains(err.Error(), "did you mean absent-400; known are default, absent-404-listed, ") {
		t.Errorf("unknown name: %v", err)
	}
}

// The answers that most profiles have in common.
const (
	isThere = `200 {"task_status":2}`
	success = "200 null"
	absent  = "404 CC.00050017"
)

// answers are those to looks and DELETEs: for a task that is there, for that task
// once deleted, and for one that never was.
type answers struct{ look, del, lookDeleted, delDeleted, lookNever, delNever string }

// absence are the answers where absent tasks are answered so.
func absence(look, del string) answers { return answers{isThere, success, look, del, look, del} }

// profileAnswers has a row for each profile.
func profileAnswers() map[string]answers {
	denied, usual := "403 CC.00050010", absence(absent, absent)
	rows := map[string]answers{
		"absent-404-listed":      absence("404 CC.00050002", "404 CC.00050002"),
		"absent-400":             absence("400 CC.00050017", "400 CC.00050017"),
		"absent-401":             absence("401 CC.00050017", "401 CC.00050017"),
		"absent-418":             absence("418 CC.00050017", "418 CC.00050017"),
		"absent-422":             absence("422 CC.00050017", "422 CC.00050017"),
		"absent-200-code":        absence("200 CC.00050017", "200 CC.00050017"),
		"absent-200-detail":      absence("200 CC.00050002", "200 CC.00050002"),
		"absent-200-iam":         absence("200 CC.00050007", "200 CC.00050007"),
		"absent-200-project":     absence("200 CC.00050013", "200 CC.00050013"),
		"absent-200-inner":       absence("200 CC.00050006", "200 CC.00050006"),
		"absent-200-null":        absence(success, success),
		"absent-200-page":        absence("OK page", "OK page"),
		"absent-200-json":        absence(`200 {"result":{"task":null}}`, `200 {"result":{"task":null}}`),
		"absent-404-project":     absence(absent, "200 CC.00050013"),
		"absent-detail-400":      absence("200 CC.00050002", "400 CC.00050017"),
		"absent-look-500":        absence(`500 {"status":500,"error":"Internal Server Error"}`, absent),
		"idempotent":             absence(absent, success),
		"idempotent-blind":       absence(isThere, success),
		"success-empty":          {isThere, "200", absent, absent, absent, absent},
		"success-204":            {isThere, "204", absent, absent, absent, absent},
		"async-job":              {isThere, `202 {"job_id":"0b1c2d3e4f5061728394a5b6c7d8e9f0","status":"PENDING"}`, isThere, `202 {"job_id":"0b1c2d3e4f5061728394a5b6c7d8e9f0","status":"PENDING"}`, absent, absent},
		"async-empty":            {isThere, "202", isThere, absent, absent, absent},
		"eventual":               {isThere, success, isThere, success, absent, absent},
		"eventual-absent":        {isThere, success, isThere, absent, absent, absent},
		"forbidden-coded":        absence("200 CC.00050010", "200 CC.00050010"),
		"look-denied":            {denied, success, denied, absent, denied, absent},
		"look-denied-idempotent": {denied, success, denied, success, denied, success},
	}
	for _, name := range []string{
		"default", "running-deleted", "running-refused", "forbidden-hidden", "throttle-text", "throttle-status", "throttle-words",
		"throttle-forms", "iam-no-project", "iam-strict", "token-short", "clock-ahead", "clock-behind", "odd", "middlebox-200", "middlebox-204",
	} {
		rows[name] = usual
	}
	return rows
}

// TestProfileAnswers holds each profile, over real connections, to what it is to
// answer for a task that is there, that was deleted, and that never was.
func TestProfileAnswers(t *testing.T) {
	rows := profileAnswers()
	for _, p := range Profiles() {
		if p.Name == "token-late" {
			continue // see TestTokensStartLate: it has no answers before its time
		}
		t.Run(p.Name, func(t *testing.T) {
			want, ok := rows[p.Name]
			if !ok {
				t.Fatal("has no row")
			}
			p.Options.OnlyAdded = true
			u := signIn(t, p.Options)
			u.addN(200)
			live, never := u.ofKind(KindUsual), strings.Repeat("f", 32)
			got := answers{u.look(live), u.del(live), u.look(live), u.del(live), u.look(never), u.del(never)}
			if got != want {
				t.Errorf("answers\n%q, want\n%q", got, want)
			}
			if kind := u.TruthOf(never).Kind; kind != KindAbsent {
				t.Errorf("kind of one that never was: %q", kind)
			}
			if truth := u.Truth(); truth.MadeUpLooks != 1 || truth.MadeUpDeletes != 1 {
				t.Errorf("truth is %+v", truth)
			}
		})
	}
}

// ofKind is the first added ID of that kind.
func (g *rig) ofKind(k Kind) string {
	g.t.Helper()
	for i := range 200 {
		if g.TruthOf(id(i)).Kind == k {
			return id(i)
		}
	}
	g.t.Fatalf("no ID is of kind %q", k)
	return ""
}

// TestKindAnswers holds the odd kinds to their answers, to looks and to DELETEs,
// and to whether the DELETE takes effect.
func TestKindAnswers(t *testing.T) {
	running := `200 {"task_status":0,"progress":{"ratio":"50%","info":"checking"}}`
	for _, row := range []struct {
		profile   string
		kind      Kind
		look, del string
		effects   int
	}{
		{"odd", KindUnauthorized, "401", "401", 0},
		{"odd", KindIAM, "200 CC.00050007", "200 CC.00050007", 0},
		{"odd", KindPermission, "200 CC.00050010", "200 CC.00050010", 0},
		{"odd", KindPage, "Forbidden page", "Forbidden page", 0},
		{"odd", KindRedirect, "Found page", "Found page", 0},
		{"odd", KindObject, isThere, "200 {}", 0},
		{"odd", KindObjectDeleted, isThere, "200 {}", 1},
		{"forbidden-coded", KindForbidden, "200 CC.00050010", "200 CC.00050010", 0},
		{"forbidden-hidden", KindForbidden, absent, absent, 0},
		{"running-deleted", KindRunning, running, success, 1},
		{"running-refused", KindRunning, running, "200 CC.00050015", 0},
	} {
		t.Run(row.profile+" "+string(row.kind), func(t *testing.T) {
			p, err := ProfileByName(row.profile)
			if err != nil {
				t.Fatal(err)
			}
			p.Options.Absent = 0
			u := signIn(t, p.Options)
			odd := u.ofKind(row.kind)
			for range 2 { // for good, unless it is deleted
				if look, del := u.look(odd), u.del(odd); look != row.look || del != row.del {
					t.Errorf("answers %q to a look and %q to DELETE, want %q and %q", look, del, row.look, row.del)
				}
				if row.effects == 1 {
					break
				}
			}
			truth := u.TruthOf(odd)
			if truth.Effects != row.effects || truth.Kind != row.kind || truth.RepeatsAfterAnswer != 0 || u.Exists(odd) != (row.effects == 0) {
				t.Errorf("truth is %+v", truth)
			}
		})
	}
}

// Each kind has its part of the share, and looks hit the same IDs as DELETEs,
// whatever other faults there are.
func TestOddIDs(t *testing.T) {
	g := serve(t, Options{Faults: append([]Fault{find(t, "busy-400", 0.3, 1)}, OddIDs(0.35)...)})
	count := map[Kind]int{}
	for i := range 2000 {
		k := g.TruthOf(id(i)).Kind
		count[k]++
		if k == KindPermission && g.look(id(i)).code() != codePermission {
			t.Fatalf("a look at %s is not of its kind", id(i))
		}
	}
	for _, k := range OddKinds() {
		if count[k] < 70 || count[k] > 130 {
			t.Errorf("%d of 2000 IDs are %s, want about 100", count[k], k)
		}
	}
	if count[KindUsual] < 1200 {
		t.Errorf("%d of 2000 IDs are usual, want about 1300", count[KindUsual])
	}
}

func TestOptionsRefuse(t *testing.T) {
	for want, o := range map[string]Options{
		`absent answer "404-odd" is unknown`:               {AbsentAnswer: "404-odd"},
		`absent answer "200-shown" is unknown, or not for`: {AbsentAnswer: AbsentShown},
		`absent look "x" is unknown`:                       {AbsentLook: "x"},
		`success "x" is unknown`:                           {Deletion: Deletion{Success: "x"}},
		`deletion has a negative time`:                     {Deletion: Deletion{Shown: Latency{Min: -1}}},
		`middlebox share 2 is not`:                         {Middlebox: Middlebox{Share: 2}},
		`middlebox status 500 is neither`:                  {Middlebox: Middlebox{Status: 500}},
		`middlebox begins after -1 deletions`:              {Middlebox: Middlebox{AfterEffects: -1}},
		`token starts after -1ns`:                          {IAM: IAM{Starts: -1}},
		`throttle of -1 requests is negative`:              {Throttle: Throttle{Limit: -1}},
		`rival of -1 calls`:                                {Throttle: Throttle{Rival: -1}},
		`rival of NaN calls`:                               {Throttle: Throttle{Rival: math.NaN()}},
		`rival of +Inf calls`:                              {Throttle: Throttle{Rival: math.Inf(1)}},
		`tarpit -1ns is negative`:                          {Throttle: Throttle{Hold: -1}},
		`throttle shape "x" is unknown`:                    {Throttle: Throttle{Limit: 1, Shapes: []ThrottleShape{"x"}}},
	} {
		if _, err := New(o); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %s", err, want)
		}
	}
}

// A client's word is held against what happened.
func TestAudit(t *testing.T) {
	p, err := ProfileByName("forbidden-hidden")
	if err != nil {
		t.Fatal(err)
	}
	g := serve(t, p.Options)
	g.addN(200)
	removed, forbidden := id(197), g.ofKind(KindForbidden)
	if err := g.Remove(slices.Values([]string{removed})); err != nil {
		t.Fatal(err)
	}
	g.del(id(190))
	words := map[string]string{
		id(190): "deleted", id(191): "deleted", id(192): "gone", id(193): "dead",
		removed: "gone", forbidden: "gone", id(195): "",
	}
	ids := slices.Sorted(maps.Keys(words))
	got := g.Audit(slices.Values(ids), func(id string) string { return words[id] })
	want := Audit{
		FalseDeletes: []string{id(191)}, FalseGone: []string{id(192)}, Hidden: []string{forbidden}, Lost: []string{id(195)},
		Left: []string{id(191), id(192), id(193), id(195)},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// What another user removes is gone, is listed no more, and is no effect.
func TestRemove(t *testing.T) {
	g := serve(t, Options{OnlyAdded: true})
	g.addN(3)
	if got := g.do("GET", "/v2/p/tasks", "").Body; !strings.Contains(got, `"total":3`) {
		t.Error(got)
	}
	err := g.Remove(slices.Values([]string{id(1), id(7)}))
	if err == nil || !strings.Contains(err.Error(), id(7)) {
		t.Errorf("removed what is not there: %v", err)
	}
	if got := g.do("GET", "/v2/p/tasks", "").Body; !strings.Contains(got, `"total":2`) {
		t.Error(got)
	}
	if got := g.del(id(1)); got.String() != absent {
		t.Errorf("after the removal: %v", got)
	}
	want := TaskTruth{ID: id(1), Kind: KindRemoved, Requests: 1, LastStatus: 404, LastCode: CodeAbsent}
	if got := g.TruthOf(id(1)); got != want || g.Truth().Effects != 0 {
		t.Errorf("truth is %+v, want %+v", got, want)
	}
}
