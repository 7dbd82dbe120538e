package sim

import (
	"maps"
	"math"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// chosen is the name of the fault that each of n IDs gets for a DELETE.
func chosen(t *testing.T, seed uint64, n int, since time.Duration, fs ...Fault) map[string]string {
	t.Helper()
	set, err := newFaultSet(seed, fs)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for i := range n {
		if f := set.byOp[OpDelete].pick(refOf(id(i)).key, since); f != nil {
			got[id(i)] = f.Name
		}
	}
	return got
}

// tally counts how many IDs each fault got.
func tally(chosen map[string]string) map[string]float64 {
	counts := map[string]float64{}
	for _, name := range chosen {
		counts[name]++
	}
	return counts
}

func TestChoiceKeepsTheShares(t *testing.T) {
	const n = 20_000
	shares := map[string]float64{"a": 0.5, "b": 0.3, "c": 0.15, "d": 0.05, "none": 0}
	var fs []Fault
	for _, name := range []string{"a", "none", "b", "c", "d"} {
		fs = append(fs, Fault{Name: name, Share: shares[name]})
	}
	got := chosen(t, 9, n, 0, fs...)
	if len(got) != n {
		t.Errorf("shares of 1 in all hit %d of %d IDs", len(got), n)
	}
	for name, count := range tally(got) {
		if math.Abs(count/n-shares[name]) > 0.015 {
			t.Errorf("%s hit %.3f of the IDs, want %.3f", name, count/n, shares[name])
		}
	}
}

func TestChoiceIsStable(t *testing.T) {
	a, b := Fault{Name: "a", Share: 0.2}, Fault{Name: "b", Share: 0.2}
	one := chosen(t, 1, 2000, 0, a, b)
	if !maps.Equal(one, chosen(t, 1, 2000, time.Hour, a, b)) {
		t.Error("a second run chooses otherwise")
	}
	if maps.Equal(one, chosen(t, 2, 2000, 0, a, b)) {
		t.Error("another seed makes no difference")
	}
	// A fault added behind the others leaves them as they are.
	more := chosen(t, 1, 2000, 0, a, b, Fault{Name: "c", Share: 0.5})
	for id, name := range one {
		if more[id] != name {
			t.Fatalf("%s went from %s to %s", id, name, more[id])
		}
	}
}

// The first IDs that a seed chooses are part of its promise: runs that were
// recorded with one version must be repeatable with the next.
func TestChoiceIsTheSameForEver(t *testing.T) {
	got := chosen(t, 42, 16, 0, Fault{Name: "busy-400", Share: 0.25})
	var hit strings.Builder
	for i := range 16 {
		if got[id(i)] != "" {
			hit.WriteByte('x')
		} else {
			hit.WriteByte('.')
		}
	}
	if want := ".x.x.x...x..x..."; hit.String() != want {
		t.Errorf("chosen %s, want %s", hit.String(), want)
	}
}

func TestWindows(t *testing.T) {
	bound := Fault{Name: "bound", Share: 1}
	early := Fault{Name: "early", Share: 1, For: 10 * time.Second}
	middle := Fault{Name: "middle", Share: 1, After: 5 * time.Second, For: 10 * time.Second}
	late := Fault{Name: "late", Share: 1, After: time.Minute}
	for since, want := range map[time.Duration]string{
		0:                    "early",
		5 * time.Second:      "early", // the first in the list goes first
		10*time.Second - 1:   "early",
		10 * time.Second:     "middle",
		15 * time.Second:     "bound",
		time.Minute - 1:      "bound",
		time.Minute:          "late",
		1000 * time.Hour:     "late",
		15*time.Second - 1:   "middle",
		10*time.Second + 500: "middle",
	} {
		if got := chosen(t, 0, 1, since, bound, early, middle, late); got[id(0)] != want {
			t.Errorf("after %v: %s, want %s", since, got[id(0)], want)
		}
	}
}

func TestWindowedShare(t *testing.T) {
	got := tally(chosen(t, 5, 4000, 0, Fault{Name: "w", Share: 0.1, For: time.Hour}, Fault{Name: "b", Share: 1}))
	if got["w"] < 300 || got["w"] > 500 || got["w"]+got["b"] != 4000 {
		t.Errorf("hits are %v", got)
	}
}

func TestTimes(t *testing.T) {
	g := serve(t, Options{Faults: []Fault{find(t, "busy-400", 1, 2)}})
	for _, n := range []int{1, 2} {
		for i, want := range []string{"400 CC.00000000", "400 CC.00000000", "200", "404 CC.00050017"} {
			if got := g.del(id(n)); got.String() != want {
				t.Errorf("ID %d, request %d: %v, want %s", n, i+1, got, want)
			}
		}
	}
	// The same faults, given anew, count anew.
	if err := g.SetFaults(find(t, "busy-400", 1, 2)); err != nil {
		t.Fatal(err)
	}
	if got := g.del(id(1)); got.Status != 400 {
		t.Errorf("after new faults: %v", got)
	}
}

// Requests that the gateway refuses do not use a fault up.
func TestTimesAreNotSpentAtTheGateway(t *testing.T) {
	g := serve(t, Options{RequireAuth: true, Faults: []Fault{find(t, "busy-400", 1, 1)}})
	g.del(id(1))
	if got := g.del(id(1), "X-Auth-Token", g.token()); got.Status != 400 {
		t.Error(got)
	}
}

func TestFaultsOfOtherOperations(t *testing.T) {
	g := serve(t, Options{Faults: []Fault{
		{Name: "login", On: OpLogin, Share: 1, Times: 2, Status: 503},
		{Name: "list", On: OpList, Share: 1, Times: 1, Status: 500},
		{Name: "progress", On: OpProgress, Share: 1, Times: 1, Status: 501},
		{Name: "stop", On: OpStop, Share: 1, Status: 502, Action: ActionAnswerAfter},
	}})
	progress, stop := "/v2/tasks/"+id(1)+"/progress", "/v2/tasks/"+id(1)+"/stop"
	for _, row := range []struct {
		method, path string
		want         int
	}{
		{"POST", "/v3/auth/tokens", 503},
		{"POST", "/v3/auth/tokens", 503},
		{"POST", "/v3/auth/tokens", 400}, // no fault any more, but no body either
		{"GET", "/v2/p/tasks", 500},
		{"GET", "/v2/other/tasks", 200}, // counted as one
		{"GET", progress, 501},
		{"GET", progress, 200},
		{"GET", "/v2/tasks/" + id(2) + "/progress", 501}, // counted by the ID
		{"POST", stop, 502},
		{"POST", stop, 502},
		{"DELETE", "/v2/tasks/" + id(1), 200},
	} {
		if got := g.do(row.method, row.path, ""); got.Status != row.want {
			t.Errorf("%s %s: %v, want %d", row.method, row.path, got, row.want)
		}
	}
}

func TestOutage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := build(t, Options{Faults: []Fault{find(t, "busy-400", 1, 0)}})
		pick := func(op Op) string {
			f := s.fault(&exchange{sim: s, op: op, ref: refOf(id(1)), taskID: id(1)})
			if f == nil {
				return ""
			}
			return f.Name
		}
		time.Sleep(time.Hour)
		if err := s.Outage(find(t, "outage", 0, 0), 10*time.Second); err != nil {
			t.Fatal(err)
		}
		for _, op := range ops() {
			if got := pick(op); got != "outage" {
				t.Errorf("%s during the outage: %q", op, got)
			}
		}
		time.Sleep(10 * time.Second)
		if del, list := pick(OpDelete), pick(OpList); del != "busy-400" || list != "" {
			t.Errorf("after the outage: delete %q, list %q", del, list)
		}
		// The next outage takes the place of the one that is over.
		if err := s.Outage(find(t, "reset", 0, 0), time.Second); err != nil {
			t.Fatal(err)
		}
		if got := pick(OpDelete); got != "reset" || len(s.faults.Load().all) != 2 {
			t.Errorf("second outage: %q, %d faults", got, len(s.faults.Load().all))
		}
	})
}

func TestOutageRefuses(t *testing.T) {
	s := build(t, Options{})
	for name, err := range map[string]error{
		"no time":       s.Outage(find(t, "outage", 1, 0), 0),
		"negative time": s.Outage(find(t, "outage", 1, 0), -1),
		"bad fault":     s.Outage(Fault{Name: "x", Status: 1}, time.Second),
	} {
		if err == nil || !strings.Contains(err.Error(), "begin outage") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestSetFaultsRefuses(t *testing.T) {
	s := build(t, Options{Faults: []Fault{{Name: "old", Share: 1}}})
	for _, row := range []struct {
		name, want string
		faults     []Fault
	}{
		{"no name", "has no name", []Fault{{}}},
		{"share above 1", "share 1.5", []Fault{{Name: "x", Share: 1.5}}},
		{"share below 0", "share -1", []Fault{{Name: "x", Share: -1}}},
		{"share is no number", "share NaN", []Fault{{Name: "x", Share: math.NaN()}}},
		{"shares above 1 together", "more than 1", []Fault{{Name: "x", Share: 0.6}, {Name: "y", Share: 0.6}}},
		{"the same twice", "twice", []Fault{{Name: "x", Share: 0.1}, {Name: "x", Share: 0.1}}},
		{"too often", "times 65536", []Fault{{Name: "x", Times: 65536}}},
		{"negative times", "times -1", []Fault{{Name: "x", Times: -1}}},
		{"negative time", "negative time", []Fault{{Name: "x", For: -1}}},
		{"window and times", "use one", []Fault{{Name: "x", For: 1, Times: 1}}},
		{"status too low", "status 101", []Fault{{Name: "x", Status: 101}}},
		{"status too high", "status 600", []Fault{{Name: "x", Status: 600}}},
		{"body of a 204", "cannot have a body", []Fault{{Name: "x", Status: 204, Body: "x"}}},
		{"action", `action "explode"`, []Fault{{Name: "x", Action: "explode"}}},
		{"operation", `operation "undelete"`, []Fault{{Name: "x", On: "undelete"}}},
		{"some logins", "neither 0 nor 1", []Fault{{Name: "x", On: OpLogin, Share: 0.5}}},
	} {
		t.Run(row.name, func(t *testing.T) {
			err := s.SetFaults(row.faults...)
			if err == nil || !strings.Contains(err.Error(), row.want) {
				t.Errorf("error %v, want one with %q", err, row.want)
			}
			if all := s.faults.Load().all; len(all) != 1 || all[0].Name != "old" {
				t.Errorf("faults are now %v", all)
			}
		})
	}
}

// The same fault on different operations is not the same fault twice, and
// decimal shares that add up to 1 do so in spite of rounding.
func TestSetFaultsAccepts(t *testing.T) {
	s := build(t, Options{})
	var tenths []Fault
	for name := range strings.SplitSeq("abcdefghij", "") {
		tenths = append(tenths, Fault{Name: name, Share: 0.1})
	}
	for name, fs := range map[string][]Fault{
		"tenths":         tenths,
		"two operations": {{Name: "x", Share: 1}, {Name: "x", Share: 1, On: OpStop}},
		"two windows":    {{Name: "x", Share: 1, For: 1}, {Name: "x", Share: 1, After: 5}},
		"none":           nil,
	} {
		if err := s.SetFaults(fs...); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
