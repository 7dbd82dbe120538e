package pass_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/zap"

	"cleaner/internal/api"
	"cleaner/internal/config"
	"cleaner/internal/iam"
	"cleaner/internal/knowledge"
	"cleaner/internal/ledger"
	"cleaner/internal/pass"
	"cleaner/internal/policy"
	"cleaner/internal/queue"
	"cleaner/internal/report"
	"cleaner/internal/secret"
	"cleaner/internal/sim"
	"cleaner/internal/worker"
)

// workers is how many work on each profile.
const workers = 64

const thePassword = "planted-password-6a1f"

// rehearsedPass is a pass over a profile, in virtual time: the whole program but for
// its flags, configuration, signals and sockets.
type rehearsedPass struct {
	*testing.T
	profile sim.Profile
	sim     *sim.Sim
	network http.RoundTripper // to the simulated service
	report  pass.Report
	ids     []string
	there   map[string]bool // those of them that the service has
	ends    map[string]queue.Outcome
	silent  time.Duration // the longest time without a request and without a word why

	mu       sync.Mutex // guards lastSent
	lastSent time.Time
}

// RoundTrip notes when requests are sent.
func (rp *rehearsedPass) RoundTrip(r *http.Request) (*http.Response, error) {
	rp.mu.Lock()
	rp.lastSent = time.Now()
	rp.mu.Unlock()
	return rp.network.RoundTrip(r)
}

// overProfile makes one pass of the program over a profile.
func overProfile(t *testing.T, profile sim.Profile, dir string) *rehearsedPass {
	t.Helper()
	o := profile.Options
	o.Seed, o.OnlyAdded, o.RequireAuth = 11, true, true
	o.Domain, o.User, o.Password, o.Project = "account", "operator", thePassword, "cn-north-4"
	if profile.Name != "odd" {
		o.Faults = append(o.Faults, sim.OddIDs(0.1)...)
	}
	s, err := sim.New(o)
	if err != nil {
		t.Fatal(err)
	}
	rp := &rehearsedPass{T: t, profile: profile, sim: s, network: s.RoundTripper(), ends: map[string]queue.Outcome{}, there: map[string]bool{}, lastSent: time.Now()}
	chosen := rand.New(rand.NewPCG(1, 2))
	var there []string
	for i := range profileIDs {
		id := fmt.Sprintf("%032x", uint64(i+1)*0x9e3779b97f4a7c15)
		rp.ids = append(rp.ids, id)
		if chosen.Float64() >= 0.04 {
			there = append(there, id)
			rp.there[id] = true
		}
	}
	if err := s.AddIDs(slices.Values(there)); err != nil {
		t.Fatal(err)
	}
	rp.run(dir)
	return rp
}

// hasten has the canaries looked at again after a second, so that most of a list that
// is done in two has what they teach.
func hasten(o *worker.Options) { o.Calibration.Settle = time.Second }

// service is the service over the profile.
type service struct {
	*api.Service
	login *iam.Password
}

func (s service) Logins() int64                                     { return s.login.Logins() }
func (s service) WatchLogins(func(error, time.Duration, time.Time)) {}

// dial makes the service over the profile.
func (rp *rehearsedPass) dial() (pass.Service, error) {
	p, err := iam.NewPassword(iam.PasswordOptions{
		Server: iam.Server{Endpoint: "https://iam.example", Transport: rp},
		Domain: "account", User: "operator", Project: "cn-north-4", Password: secret.Value(thePassword),
	})
	if err != nil {
		return nil, err
	}
	c, err := api.New(api.Options{Endpoint: "https://check.example", Credentials: p, Workers: workers, Transport: rp})
	return service{api.NewService(c), p}, err
}

// note keeps how each ID ended.
func (rp *rehearsedPass) note(outcomes []queue.Outcome) {
	for _, o := range outcomes {
		if o.State != queue.Pending {
			rp.ends[o.Delivery.ID] = o
		}
	}
}

// run makes the pass with the defaults of the configuration, and watches for silence.
func (rp *rehearsedPass) run(dir string) {
	at, err := ledger.Parse("sqlite:" + filepath.Join(dir, "queue.db"))
	if err != nil {
		rp.Fatal(err)
	}
	list := filepath.Join(dir, "tasks.txt")
	if err := os.WriteFile(list, []byte(strings.Join(rp.ids, "\n")+"\n"), 0o600); err != nil {
		rp.Fatal(err)
	}
	live := new(pass.Live)
	silence := rp.watch(live)
	c := config.Default()
	rp.report, err = pass.Run(rp.Context(), rp.Context(), pass.Deps{
		Open: func(ctx context.Context, _ bool) (queue.Ledger, error) { return at.Open(ctx, ledger.Options{}) },
		Look: at.Look, Dial: rp.dial, Log: zap.NewNop(), Observers: pass.Observers{Outcomes: rp.note}, Live: live, Adjust: hasten,
	}, pass.Spec{
		Inputs:   []pass.Source{pass.File{Path: list, Check: api.CheckID}},
		Remember: c.Queue.Remember,
		Limits:   pass.Limits{Workers: workers, Rate: 1000, Burst: 64, Grace: c.Limits.Grace},
		Safety: pass.Safety{
			Shares:   policy.Shares{Sample: c.Safety.Sample, Failed: c.Safety.FailedShare, NotFound: c.Safety.NotFoundShare},
			Canaries: c.Safety.Canary,
		},
		Retry: policy.Retry{
			Attempts: c.Retry.Attempts, Initial: c.Retry.Initial, Max: c.Retry.Max, Deadline: c.Retry.Deadline,
			Running: policy.Running(c.Safety.Running),
		},
		Table: policy.DefaultTable(),
		Scope: knowledge.Scope{Endpoint: "https://check.example", Credential: "password", Account: "account", User: "operator", Project: "cn-north-4"},
	})
	silence()
	if err != nil {
		rp.Errorf("pass: %v", err)
	}
}

// watch notes how long nothing is sent while nobody says why, until the returned
// function is called.
func (rp *rehearsedPass) watch(live *pass.Live) (stop func()) {
	ctx, cancel := context.WithCancel(rp.Context())
	var watching sync.WaitGroup
	watching.Go(func() {
		for ctx.Err() == nil {
			select {
			case <-time.After(5 * time.Second):
			case <-ctx.Done():
			}
			rp.mu.Lock()
			quiet := time.Since(rp.lastSent)
			rp.mu.Unlock()
			if live.HeldUp() == "" {
				rp.silent = max(rp.silent, quiet)
			}
		}
	})
	return func() { cancel(); watching.Wait() }
}

// verdict sums up what the product said, held against what the service knows.
type profileVerdict struct {
	falseDeletes, falseGone, lost, goodLeft, indistinct int
	first                                               string // the first fault, for people
}

func (v *profileVerdict) fault(n *int, format string, args ...any) {
	*n++
	if v.first == "" {
		v.first = fmt.Sprintf(format, args...)
	}
}

// judge holds every ID against the truth.
func (rp *rehearsedPass) judge() (v profileVerdict) {
	idempotent := rp.report.Verification != nil && rp.report.Verification.Indistinct
	unverified := rp.report.Verification == nil || rp.report.Verification.Mode != string(worker.ModeVerified)
	for _, id := range rp.ids {
		truth, end := rp.sim.TruthOf(id), rp.ends[id]
		exists := truth.Effects == 0 && rp.there[id]
		switch state := end.State; {
		case state == queue.Deleted && !rp.there[id] && (idempotent || unverified):
			v.indistinct++
		case state == queue.Deleted && truth.Effects != 1:
			v.fault(&v.falseDeletes, "false delete %+v: %+v", end, truth)
		case state == queue.Gone && exists && rp.looksAbsent(truth.Kind):
			v.indistinct++
		case state == queue.Gone && exists:
			v.fault(&v.falseGone, "false gone %+v: %+v", end, truth)
		case state == queue.Pending && rp.there[id] && truth.Kind == sim.KindUsual:
			v.fault(&v.goodLeft, "pending %+v: %+v", end, truth)
		case state == queue.Pending && end.Delivery.ID == "" && truth.Requests == 0 && rp.there[id]:
			v.fault(&v.lost, "never asked for: %+v", truth)
		case state != queue.Deleted && state != queue.Gone && truth.Kind == sim.KindUsual && exists:
			v.fault(&v.goodLeft, "good ID ends as %v: %+v", end, truth)
		}
	}
	return v
}

// looksAbsent reports whether IDs of a kind exist and are answered, by this profile,
// to looks and to DELETE exactly like those that do not: nobody can tell them apart.
func (rp *rehearsedPass) looksAbsent(k sim.Kind) bool {
	switch k {
	case sim.KindForbidden:
		return true
	case sim.KindIAM:
		return rp.profile.Options.AbsentAnswer == sim.AbsentIAM && rp.profile.Options.AbsentLook == sim.AbsentIAM
	default:
		return false
	}
}

// TestProfiles gives each profile profileIDs IDs, of which a tenth is odd and one in
// twenty-five was never there. It runs the whole path over every profile of the simulated service: none
// of its IDs may be reported as deleted or gone that is not, none may be lost, and all
// good ones are deleted in the first run.
func TestProfiles(t *testing.T) {
	for _, profile := range sim.Profiles() {
		t.Run(profile.Name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			synctest.Test(t, func(t *testing.T) {
				rp := overProfile(t, profile, dir)
				v, r := rp.judge(), rp.report
				t.Log(rp.row(v))
				if profile.Options.IAM.NoProject { // whose token it is cannot be known
					if truth := rp.sim.Truth(); r.StoppedBy != string(worker.StopCredentials) || truth.Deletes > 0 {
						t.Errorf("stopped by %q after %d DELETEs", r.StoppedBy, truth.Deletes)
					}
					return
				}
				if v.falseDeletes+v.falseGone+v.lost+v.goodLeft > 0 {
					t.Errorf("%+v\n%s", v, r.Summary())
				}
				truth := rp.sim.Truth()
				if truth.MadeUpDeletes > int64(rp.absent()) {
					t.Errorf("%d DELETEs of IDs that were never added, %d of them in the list", truth.MadeUpDeletes, rp.absent())
				}
				if logins := truth.Logins + truth.FailedLogins; logins > rp.mostLogins() {
					t.Errorf("%d logins, want at most %d\n%s", logins, rp.mostLogins(), r.Summary())
				}
				if rp.silent > 65*time.Second {
					t.Errorf("silent for %v", rp.silent)
				}
			})
		})
	}
}

// absent is how many DELETEs the absent IDs of the list may have had.
func (rp *rehearsedPass) absent() (n int) {
	for _, id := range rp.ids {
		if !rp.there[id] {
			n += rp.sim.TruthOf(id).Requests
		}
	}
	return n
}

// mostLogins is two for each change of credential: one at the start, and one for each
// token that ends before its time.
func (rp *rehearsedPass) mostLogins() int64 {
	if dies := rp.profile.Options.IAM.Dies; dies > 0 {
		return 2 + 2*int64(rp.report.FinishedAt.Sub(rp.report.StartedAt)/dies)
	}
	return 2
}

// row is the profile's row of the table in docs/guarantees.md.
func (rp *rehearsedPass) row(v profileVerdict) string {
	r := rp.report
	said := &report.Verification{}
	if r.Verification != nil {
		said = r.Verification
	}
	return fmt.Sprintf("| %s | %s | %d | %d | %d | %d | %d | %d | %d | %d | %s | %s |", rp.profile.Name, said.Mode,
		r.Deleted, r.Gone, r.Dead, r.Pending, v.falseDeletes, v.falseGone, v.indistinct, r.Logins, r.FinishedAt.Sub(r.StartedAt).Round(time.Second), r.StoppedBy)
}
