package checkup

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"cleaner/internal/assemble"
	"cleaner/internal/config"
	"cleaner/internal/knowledge"
	"cleaner/internal/ledger"
	"cleaner/internal/policy"
	"cleaner/internal/rig/freeport"
	"cleaner/internal/rig/keystonetest"
	"cleaner/internal/rig/peertest"
	"cleaner/internal/signin"
	"cleaner/internal/sim"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const thePassword = "planted-password-51c7"

// bench is a configuration with all that a checkup of it needs.
type bench struct {
	*testing.T
	cfg   *config.Config
	proxy func(*http.Request) (*url.URL, error)
}

// newBench has the service at an endpoint, and a token from a file.
func newBench(t *testing.T, endpoint string) *bench {
	t.Helper()
	cfg := config.Default()
	cfg.Service.Endpoint = endpoint
	cfg.Auth.TokenFile = peertest.WriteFile(t, "token", "planted-token")
	cfg.Queue.URL = "sqlite:" + filepath.Join(t.TempDir(), "state", "queue.db")
	return &bench{T: t, cfg: cfg}
}

// withPassword signs in by password at an IAM.
func (b *bench) withPassword(iam, password, project string) *bench {
	b.Helper()
	b.cfg.Service.IAMEndpoint, b.cfg.Service.Region, b.cfg.Auth.TokenFile = iam, "cn-north-4", ""
	b.cfg.Auth.Password = &config.Password{
		Domain: "account", User: "operator", Project: project, PasswordFile: peertest.WriteFile(b.T, "password", password),
	}
	return b
}

// run makes a checkup.
func (b *bench) run() Report {
	b.Helper()
	p := &assemble.Process{Env: func(string) string { return "" }, Version: "test"}
	r, err := Run(b.Context(), Options{Process: p, Config: b.cfg, Proxy: b.proxy})
	if err != nil {
		b.Fatal(err)
	}
	var lines, asJSON bytes.Buffer
	var read Report
	if err := r.Print(&lines); err != nil {
		b.Fatal(err)
	}
	if err := r.JSON(&asJSON); err != nil {
		b.Fatal(err)
	}
	if err := json.Unmarshal(asJSON.Bytes(), &read); err != nil || len(read) != len(r) || strings.Count(lines.String(), "\n") != len(r) {
		b.Errorf("%d lines, printed %q and %q, %v", len(r), &lines, &asJSON, err)
	}
	for _, secret := range []string{thePassword, "planted-token", peertest.SquidPassword} {
		if strings.Contains(lines.String(), secret) {
			b.Errorf("it shows the secret %s", secret)
		}
	}
	return r
}

// want wants a line with a mark that says all words.
func (b *bench) want(r Report, check string, m Mark, words ...string) {
	b.Helper()
	for _, l := range r {
		if l.Check != check {
			continue
		}
		if l.Mark != m {
			b.Errorf("%s is %s, want %s: %s", check, l.Mark, m, l.Says)
		}
		for _, w := range words {
			if !strings.Contains(l.Says, w) {
				b.Errorf("%s says %q, want %q in it", check, l.Says, w)
			}
		}
		return
	}
	b.Errorf("there is no line %s in %+v", check, r)
}

// simulated is a simulated service and its URL.
func simulated(t *testing.T, o sim.Options) (*sim.Sim, string) {
	t.Helper()
	o.RequireAuth, o.Domain, o.User, o.Password, o.Project = true, "account", "operator", thePassword, "cn-north-4"
	s, err := sim.New(o)
	if err != nil {
		t.Fatal(err)
	}
	at, stop, err := s.Start("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	return s, at
}

// TestAllIsWell: everything is found out with one login and one look, and nothing is deleted or made.
func TestAllIsWell(t *testing.T) {
	s, at := simulated(t, sim.Options{OnlyAdded: true})
	b := newBench(t, at).withPassword(at, thePassword, "cn-north-4")
	r := b.run()
	for _, check := range []string{"state folder", "ledger", "disk", "service", "service clock", "iam", "iam clock", "list"} {
		b.want(r, check, OK)
	}
	b.want(r, "login", OK, "user operator of account account", "with a token until ")
	b.want(r, "look", OK, "a look at the made-up task ", "is answered HTTP ")
	b.want(r, "delete", Unknown, "codeartscheck:task:delete")
	if k, bad := r.Worst(); bad && k == Access {
		t.Errorf("something is to be mended: %+v", r)
	}
	if truth := s.Truth(); truth.Deletes != 0 || truth.Logins != 1 || truth.Looks != 1 {
		t.Errorf("sent %+v", truth)
	}
	if assemble.Ledger(b.cfg).Exists() {
		t.Error("it made a ledger")
	}
}

// TestWrongPassword is sent once: the next checkup, of another process, knows that it was refused.
func TestWrongPassword(t *testing.T) {
	s, at := simulated(t, sim.Options{})
	b := newBench(t, at).withPassword(at, "wrong", "cn-north-4")
	for range 2 {
		r := b.run()
		b.want(r, "login", Mend, "refused", "password")
		if k, _ := r.Worst(); k != Access {
			t.Errorf("the worst is %q", k)
		}
	}
	if truth := s.Truth(); truth.FailedLogins != 1 {
		t.Errorf("%d logins failed, want 1", truth.FailedLogins)
	}
}

// TestWrongProject: the account has no such project, or the login is not for this one.
func TestWrongProject(t *testing.T) {
	_, at := simulated(t, sim.Options{})
	b := newBench(t, at).withPassword(at, thePassword, "eu-west-101")
	b.want(b.run(), "login", Mend, "project")
}

// TestKeystone: the login at a real Keystone is found to work, and a wrong one is found out.
func TestKeystone(t *testing.T) {
	iam := keystonetest.Start(t, keystonetest.World{LockAfter: 5, Accounts: []keystonetest.Account{{
		Name: "account", Projects: []string{"cn-north-4"}, Users: []keystonetest.User{{Name: "operator", Password: thePassword}},
	}}})
	service := peertest.Serve(t, http.NotFound)
	for password, want := range map[string]Mark{thePassword: OK, "wrong": Mend} {
		b := newBench(t, service.URL).withPassword(iam, password, "cn-north-4")
		b.want(b.run(), "login", want)
	}
}

// TestNotReached: each way not to reach the service is told from the others.
func TestNotReached(t *testing.T) {
	expired, expiredCA := peertest.Certified(t, "127.0.0.1", time.Now().Add(-time.Hour))
	other, otherCA := peertest.Certified(t, "check.example", time.Now().Add(time.Hour))
	for _, tt := range []struct {
		name, endpoint, ca string
		words              []string
	}{
		{"unknown host", "https://codearts-check.cn-nroth-4.invalid", "", []string{"codearts-check.cn-nroth-4.invalid"}},
		{"refused", "http://" + freeport.ForTest(t), "", []string{"connection refused"}},
		{"expired", expired, expiredCA, []string{"has expired or is not valid yet: have it renewed, and check this host's clock"}},
		{"wrong authority", peertest.UntrustedTLS(t), "", []string{"signed by an authority that is not trusted here: name its file in service.ca_file"}},
		{"another name", other, otherCA, []string{"is for another name: check the address"}},
		{"no TLS", "https" + strings.TrimPrefix(peertest.Serve(t, http.NotFound).URL, "http"), "", []string{"speaks plain HTTP where TLS is expected"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := newBench(t, tt.endpoint)
			if tt.ca != "" {
				b.cfg.Service.CAFile = peertest.WriteFile(t, "ca.pem", tt.ca)
			}
			r := b.run()
			b.want(r, "service", Mend, append(tt.words, strings.TrimLeft(tt.endpoint, "htps:/"))...)
			b.want(r, "login", Unknown, "not tried")
		})
	}
}

// TestUnknownHostNamesTheRegion: a typo in the region is found by the name that it makes.
func TestUnknownHostNamesTheRegion(t *testing.T) {
	b := newBench(t, "")
	b.cfg.Service.Region = "xx-nowhere-9"
	b.want(b.run(), "service", Mend, "codearts-check.xx-nowhere-9.myhuaweicloud.com", "service.region")
}

// TestCertificates: one that ends soon is to be renewed.
func TestCertificates(t *testing.T) {
	for _, tt := range []struct {
		left time.Duration
		want Mark
	}{{13 * 24 * time.Hour, Mend}, {30 * 24 * time.Hour, OK}} {
		at, ca := peertest.Certified(t, "127.0.0.1", time.Now().Add(tt.left))
		b := newBench(t, at)
		b.cfg.Service.CAFile = peertest.WriteFile(t, "ca.pem", ca)
		b.want(b.run(), "service tls", tt.want, "TLS 1.3", "is valid until "+time.Now().Add(tt.left).UTC().Format("2006-01-02"))
	}
}

// TestProxy: one that asks for a login, one that forbids, and one that lets through.
func TestProxy(t *testing.T) {
	squid := peertest.StartSquid(t)
	at, ca := peertest.Certified(t, "127.0.0.1", time.Now().Add(30*24*time.Hour))
	for _, tt := range []struct {
		name  string
		via   url.URL
		want  Mark
		words string
	}{
		{"login", url.URL{Scheme: "http", Host: squid.Login}, Mend, "407"},
		{"wrong login", url.URL{Scheme: "http", Host: squid.Login, User: url.UserPassword("nobody", peertest.SquidPassword)}, Mend, "correct its user and password in HTTPS_PROXY"},
		{"forbidden", url.URL{Scheme: "http", Host: squid.Closed}, Mend, "have it allow connections to "},
		{"open", url.URL{Scheme: "http", Host: squid.Open}, OK, "answers HTTP 200"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := newBench(t, at)
			b.cfg.Service.CAFile = peertest.WriteFile(t, "ca.pem", ca)
			b.proxy = func(*http.Request) (*url.URL, error) { return &tt.via, nil }
			r := b.run()
			b.want(r, "service proxy", OK, "by way of "+tt.via.Host)
			b.want(r, "service", tt.want, tt.words)
		})
	}
}

// TestClock: 20 minutes are too much, in both directions.
func TestClock(t *testing.T) {
	for off, want := range map[time.Duration]string{20 * time.Minute: "behind", -20 * time.Minute: "ahead of"} {
		s := peertest.Serve(t, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Date", time.Now().Add(off).UTC().Format(http.TimeFormat))
			http.NotFound(w, r)
		})
		b := newBench(t, s.URL)
		r := b.run()
		b.want(r, "service clock", Mend, "this machine's clock is ", want, "set it by NTP")
		if k, _ := r.Worst(); k != Machine {
			t.Errorf("the worst is %q", k)
		}
	}
}

// TestLook: what the service answers to a look at what is not there.
func TestLook(t *testing.T) {
	for _, tt := range []struct {
		name, body string
		status     int
		want       Mark
		words      string
	}{
		{"forbidden", `{"error_code":"CC.00050010","error_msg":"no permission"}`, 403, Mend, "no permission"},
		{"rejected token", `{"error_code":"APIGW.0301","error_msg":"Incorrect IAM authentication information"}`, 401, Mend, "APIGW.0301"},
		{"as if it existed", `{"task_status":2}`, 200, Mend, "as if it existed"},
		{"throttled", `{"error_code":"APIGW.0308","error_msg":"throttled"}`, 429, Unknown, "check again later"},
		{"not there", `{"error_code":"CC.00050002","error_msg":"query task detail error"}`, 200, OK, "CC.00050002"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var methods []string
			s := peertest.Serve(t, func(w http.ResponseWriter, r *http.Request) {
				methods = append(methods, r.Method)
				w.Header().Set("Content-Type", "application/json")
				w.WriteHeader(tt.status)
				_, _ = fmt.Fprint(w, tt.body)
			})
			b := newBench(t, s.URL)
			b.want(b.run(), "look", tt.want, tt.words)
			if got := strings.Join(methods, " "); got != "GET GET" {
				t.Errorf("sent %s", got)
			}
		})
	}
}

// TestDisk: too little room is told.
func TestDisk(t *testing.T) {
	for free, want := range map[uint64]Mark{leastFree - 1: Mend, leastFree: OK} {
		if l := disk("/d", free); l.Mark != want || !strings.Contains(l.Says, " MiB are free at /d") {
			t.Errorf("%d bytes: %+v", free, l)
		}
	}
}

// TestNearest: the folder of the ledger may still have to be made.
func TestNearest(t *testing.T) {
	dir := t.TempDir()
	for at, want := range map[string]bool{dir: true, filepath.Join(dir, "a", "b"): false} {
		if got, exists := nearest(at); got != dir || exists != want {
			t.Errorf("%s: %s, %t", at, got, exists)
		}
	}
}

// TestLimit: what earlier passes have learned, with its age, and how long what is pending takes.
func TestLimit(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	learned := policy.PaceLearned{Rate: 20, At: now.Add(-3 * time.Hour)}
	for _, tt := range []struct {
		known   policy.PaceState
		pending int64
		want    string
	}{
		{policy.PaceState{Ceiling: 50}, 0, "10000 task IDs take at least 3m20s, at 50 requests a second; ceiling: "},
		{policy.PaceState{Ceiling: 50}, 7, "7 pending take at least 1s"},
		{policy.PaceState{Ceiling: 50, Learned: learned}, 1000, "1000 pending take about 50s, at 20 requests a second; limit: "},
		{policy.PaceState{Ceiling: 50, Learned: learned}, 1000, ", learned 3h0m0s ago"},
	} {
		if got := limitWords(tt.known, tt.pending, 16, now); !strings.Contains(got, tt.want) {
			t.Errorf("says %q, want %q in it", got, tt.want)
		}
	}
}

// TestLimitOfTheLedger is read there, of the login that is configured.
func TestLimitOfTheLedger(t *testing.T) {
	b := newBench(t, "http://"+freeport.ForTest(t))
	b.want(b.run(), "limit", OK, "10000 task IDs take at least 3m20s")
	q, err := assemble.Ledger(b.cfg).Open(t.Context(), ledger.Options{})
	if err != nil {
		t.Fatal(err)
	}
	scope, err := signin.ScopeOf(b.cfg)
	if err != nil {
		t.Fatal(err)
	}
	learned := map[policy.Lane]policy.PaceLearned{policy.LaneDelete: {Rate: 20, At: time.Now()}}
	if err := errors.Join(knowledge.KeepPace(t.Context(), q, scope, learned), q.Close()); err != nil {
		t.Fatal(err)
	}
	b.want(b.run(), "limit", OK, "limit: 20 requests a second are let through, inferred from refusals")
}

// TestPlace: what the ledger refuses is to be mended, and what it warns of is not known.
func TestPlace(t *testing.T) {
	b := newBench(t, "http://"+freeport.ForTest(t))
	b.cfg.Queue.URL = "sqlite:" + t.TempDir()
	b.want(b.run(), "ledger", Mend, "it is not a regular file")
	for warning, want := range map[string]Mark{"": OK, "it may be lost": Unknown} {
		if l := fileSystem(warning); l.Mark != want || !strings.Contains(l.Says, warning) {
			t.Errorf("%q: %+v", warning, l)
		}
	}
}
