package pass

import (
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"cleaner/internal/iam"
	"cleaner/internal/rig/peertest"
	"cleaner/internal/secret"
	"cleaner/internal/sim"
)

// TestPassBehindRealProxies: whole passes over HTTP, behind servers that many have in front
// of their own. Nobody tells what they let through.
func TestPassBehindRealProxies(t *testing.T) {
	nginx, haproxy := peertest.StartNginx, peertest.StartHAProxy
	for _, tt := range []struct {
		name  string
		start func(t *testing.T, behind, limits string) string
		rules string
		slow  time.Duration // to find out takes so much longer
	}{
		{"nginx limit_req, 429", nginx, "limit_req zone=requests burst=5 nodelay; limit_req_status 429;", 0},
		{"nginx limit_req with a delay, 503", nginx, "limit_req zone=requests burst=5;", 4 * time.Second},
		{"nginx limit_conn", nginx, "limit_conn connections 4; limit_conn_status 429;", 10 * time.Second},
		{"HAProxy, 429", haproxy, "http-request deny deny_status 429 if { sc_http_req_rate(0) gt 50 }", 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			const ids, ideal = 300, 300 * time.Second / 50
			w := served(t, ids, tt.start, tt.rules)
			r := w.pass(t.Context())
			took := r.FinishedAt.Sub(r.StartedAt)
			t.Logf("%v for %v, %d requests, %d throttled, %d retries", took.Round(100*time.Millisecond), ideal, r.Requests, r.Throttled, r.Retries)
			w.want("deleted", r.Deleted, int64(ids))
			if took > 2*ideal+10*time.Second+tt.slow {
				t.Errorf("took %v", took)
			}
		})
	}
}

// served is a pass over HTTP to a simulated service behind a proxy, with the defaults of
// the configuration but for the rate.
func served(t *testing.T, n int, start func(t *testing.T, behind, limits string) string, rules string) *world {
	t.Helper()
	s, err := sim.New(sim.Options{
		OnlyAdded: true, RequireAuth: true, Domain: "account", User: "operator", Password: thePassword, Project: "cn-north-4",
		Latency: sim.Latency{Min: 50 * time.Millisecond, Max: 110 * time.Millisecond},
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.AddIDs(slices.Values(hexes(0, n))); err != nil {
		t.Fatal(err)
	}
	behind := httptest.NewServer(s.Handler())
	t.Cleanup(behind.Close)
	w := &world{trial: newTrial(t, t.TempDir(), &far{}), sim: s}
	p, err := iam.NewPassword(iam.PasswordOptions{
		Server: iam.Server{Endpoint: behind.URL}, Domain: "account", User: "operator", Project: "cn-north-4", Password: secret.Value(thePassword),
	})
	if err != nil {
		t.Fatal(err)
	}
	w.o.Endpoint = "http://" + start(t, strings.TrimPrefix(behind.URL, "http://"), rules)
	w.signIn(p, p.Logins)
	w.spec.Limits = Limits{Workers: 16, Rate: 200, Floor: 0.1, Burst: 1, Grace: time.Minute}
	w.spec.Safety.Canaries, w.spec.Retry.Attempts = 3, 8
	w.give(hexes(0, n))
	return w
}
