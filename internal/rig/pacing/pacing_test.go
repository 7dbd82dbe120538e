package main

import (
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"cleaner/internal/quota"
)

// TestPace measures every scene once, in virtual time.
func TestPace(t *testing.T) {
	if n := len(scenes()); n < 40 {
		t.Errorf("%d scenes, want at least 40", n)
	}
	var some []*trial
	for i, s := range simulated() {
		if i%every == 0 {
			some = append(some, s)
		}
	}
	measureAll(some, 1, 2)
	for _, s := range some {
		if s.failed() {
			t.Error(s.row())
		}
	}
}

// TestRivalIsSeldomRefused: beside a rival it is chance who is refused, so that one pass says little.
func TestRivalIsSeldomRefused(t *testing.T) {
	const seeds = 50
	for _, s := range rivals() {
		s.n = 1 // what all IDs take is of no interest
		sum, over := 0.0, 0
		for seed := range uint64(seeds) {
			r := s.simulate(seed + 1)
			sum += r.rival
			if r.rival > s.rivalRefused {
				over++
			}
		}
		if mean := sum / seeds; mean > s.rivalRefused/2 || over > seeds/20 {
			t.Errorf("%s: %.2f %% refused in the mean, and more than %.0f %% in %d of %d passes", s.name, 100*mean, 100*s.rivalRefused, over, seeds)
		}
	}
}

// TestPaceOverHTTP makes whole passes behind real servers and the simulated one. The machine may
// be busy, so that it asks for less than make pace-http.
func TestPaceOverHTTP(t *testing.T) {
	binary := filepath.Join(t.TempDir(), "cleaner")
	cmd := exec.CommandContext(t.Context(), "go", "build", "-trimpath", "-ldflags", "-s -w", "-o", binary, "cleaner/cmd/cleaner")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	all := passes(t.Context(), binary, shortScenes())
	if len(all) != 5 {
		t.Fatalf("%d short scenes, want 5", len(all))
	}
	measureAll(all, 1, len(all))
	for _, s := range all {
		t.Logf("%s, measured in %v", s.row(), s.took)
		if miss := s.missed(); len(miss) > 0 {
			t.Errorf("%s: %v", s.name, miss)
		}
	}
}

// TestUnreached: an excuse is of a scene that there is, and says what holds in place of the goals.
func TestUnreached(t *testing.T) {
	names := map[string]bool{}
	for _, s := range append(simulated(), passes(t.Context(), "", realScenes())...) {
		if names[s.name] {
			t.Errorf("two scenes are named %q", s.name)
		}
		names[s.name] = true
	}
	for name, e := range unreached() {
		if !names[name] || e.why == "" {
			t.Errorf("%q: is a scene: %v, why: %q", name, names[name], e.why)
		}
	}
	for _, tt := range []struct {
		name           string
		goodput        float64
		missed, failed bool
	}{
		{"50/s sliding, refusals count, one look in 100, bare, not limited", 0.975, false, false},
		{"50/s sliding, refusals count, one look in 100, bare, not limited", 0.955, true, false},
		{"50/s sliding, refusals count, one look in 100, bare, not limited", 0.945, true, true},
		{"20/s sliding, bare", 0.965, true, true},
		{"20/s sliding, bare", 0.975, false, false},
	} {
		s := newTrial(base(tt.name, "", limit(quota.Sliding, 20, time.Second)), nil)
		s.name, s.once = tt.name, true
		s.result = result{goodput: tt.goodput, total: time.Minute, ideal: time.Minute}
		if missed := len(s.missed()) > 0; missed != tt.missed || s.failed() != tt.failed {
			t.Errorf("%s at %v: missed %v, failed %v", tt.name, tt.goodput, missed, s.failed())
		}
	}
}

// TestLogged: the lines of both proxies' logs are read, and their other lines are not.
func TestLogged(t *testing.T) {
	for _, tt := range []struct {
		line    string
		ok      bool
		deletes bool
		refused bool
		at      int64
	}{
		{"1796036575.334 DELETE 429 0.000\n", true, true, true, 1796036575334},
		{"1796036575334 DELETE 200 0\n", true, true, false, 1796036575334},
		{"1796036575334 GET 503 0\n", true, false, true, 1796036575334},
		{"1796036575334 GET 404 0\n", true, false, false, 1796036575334},
		{"1796036575334 <BADREQ> 400 0\n", false, false, false, 0},
		{"[NOTICE]   (1) : haproxy version\n", false, false, false, 0},
	} {
		r, ok := logged(tt.line)
		if ok != tt.ok || ok && (r.deletes != tt.deletes || r.refused() != tt.refused || r.at.UnixMilli() != tt.at) {
			t.Errorf("%q: %+v, %v", tt.line, r, ok)
		}
	}
}

// TestAnswered: what is left when fewer IDs are left than workers does not count for the end.
func TestAnswered(t *testing.T) {
	zero := time.Now()
	at := func(s int, deletes bool, status int) request {
		return request{at: zero.Add(time.Duration(s) * time.Second), deletes: deletes, status: status}
	}
	o, to := answered([]request{at(0, true, 200), at(1, false, 404), at(2, true, 429), at(3, true, 200), at(9, true, 200)}, 2)
	if len(o.done) != 4 || len(o.refused) != 1 || to != 3*time.Second {
		t.Errorf("%+v until %v", o, to)
	}
	if goodput, throttled := o.shares(1, 0, 4*time.Second); goodput != 0.75 || throttled != 0.25 {
		t.Errorf("goodput %v, throttled %v", goodput, throttled)
	}
}
