package main

import (
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"cleaner/internal/sim"
)

// everything has the front answer all that comes from now on.
func (f *front) everything(h http.HandlerFunc) {
	all := http.Handler(h)
	f.all.Store(&all)
}

// TestLongWaitIsRemembered: a Retry-After of two days stops the run; the next one sends
// nothing and ends with exit code 4, until the wait is released.
func TestLongWaitIsRemembered(t *testing.T) {
	f := fronted(t, sim.Options{}, 20)
	f.ids(20)
	f.everything(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Retry-After", strconv.Itoa(2*24*60*60))
		says(http.StatusTooManyRequests, `{"error_code":"APIGW.0308","error_msg":"the throttling threshold has been reached"}`)(w, r)
	})
	r := f.pass(exitLimit, "--ids", f.path("tasks.txt"))
	f.want("stopped by", r.StoppedBy, "throttle")
	var asked atomic.Int64
	f.everything(func(http.ResponseWriter, *http.Request) { asked.Add(1) })
	logins := f.sim.Truth().Logins
	r = f.pass(exitLimit)
	f.want("stopped by", r.StoppedBy, "throttle")
	f.want("names the way out: "+r.Reason, strings.Contains(r.Reason, "cleaner release"), true)
	f.want("requests", asked.Load(), int64(0))
	f.want("logins", f.sim.Truth().Logins, logins)
	code, stdout, stderr := f.cleaner("release")
	f.want("release "+stderr, code, exitOK)
	if !strings.HasPrefix(stdout, "released: the wait for http://127.0.0.1:") || !strings.Contains(stdout, "48h0m0s") {
		t.Errorf("release says %s", stdout)
	}
	code, stdout, _ = f.cleaner("release")
	f.want("release of nothing", code, exitOK)
	f.want("it says so: "+stdout, strings.HasPrefix(stdout, "nothing to release"), true)
	f.all.Store(nil)
	f.want("deleted", f.pass(exitOK).Deleted, int64(20))
}

// TestReleaseWithoutALedger makes none.
func TestReleaseWithoutALedger(t *testing.T) {
	st := newStage(t, sim.Options{})
	code, stdout, stderr := st.cleaner("release")
	st.want("release "+stderr, code, exitOK)
	st.want("it says", stdout, "nothing to release: no wait is remembered for "+st.url+"\n")
	if _, err := os.Stat(st.path("state")); err == nil {
		t.Error("release made a ledger")
	}
}

// TestBeltOnTheLastID is exit code 5 and no success in the metrics.
func TestBeltOnTheLastID(t *testing.T) {
	for name, want := range map[string]struct{ good, odd int }{
		"one bad one at the end of a sample": {3, 1}, "all are bad": {0, 20},
	} {
		t.Run(name, func(t *testing.T) {
			n := want.good + want.odd
			f := fronted(t, sim.Options{}, n)
			f.set("metrics.textfile", f.path("cleaner.prom"))
			f.set("safety.canary", 0)
			f.set("safety.sample", n)
			f.set("limits.workers", 1)
			f.oddly(code("CC.00050000"), f.ids(n)[want.good:]...)
			r := f.pass(exitBelt, "--ids", f.path("tasks.txt"))
			f.want("stopped by", r.StoppedBy, "failed_share")
			f.want("pending", r.Pending, int64(0))
			text, err := os.ReadFile(f.path("cleaner.prom"))
			if err != nil {
				t.Fatal(err)
			}
			f.want("a success is told", strings.Contains(string(text), "\n"+lastSuccess+" "), false)
		})
	}
}

// TestCanaryOnTheLastID: the only task of the list is confirmed to be deleted and stays.
func TestCanaryOnTheLastID(t *testing.T) {
	st := knowing(t, sim.Options{Faults: []sim.Fault{fault(t, "silent-lie")}}, 1)
	st.set("metrics.textfile", st.path("cleaner.prom"))
	st.confirm = 100 * time.Millisecond
	r := st.pass(exitBelt, "--ids", st.path("tasks.txt"))
	st.want("deleted", r.Deleted, int64(0))
	st.want("stopped by", r.StoppedBy, "canary")
	text, err := os.ReadFile(st.path("cleaner.prom"))
	if err != nil {
		t.Fatal(err)
	}
	st.want("a success is told", strings.Contains(string(text), "\n"+lastSuccess+" "), false)
}

// TestProxyAtTheDoor: a proxy on the way that answers 407 in the place of the service,
// or of IAM, ends the pass at once, and is named by its status.
func TestProxyAtTheDoor(t *testing.T) {
	refusing := httptest.NewServer(says(http.StatusProxyAuthRequired, "<html>log in to the proxy</html>"))
	t.Cleanup(refusing.Close)
	for _, at := range []string{"endpoint", "iam_endpoint"} {
		t.Run(at, func(t *testing.T) {
			st := knowing(t, sim.Options{}, 50)
			st.set("service."+at, refusing.URL)
			r := st.pass(exitCredentials, "--ids", st.path("tasks.txt"))
			st.want("pending", r.Pending, int64(50))
			st.want("names 407: "+r.Reason, strings.Contains(r.Reason, "407"), true)
			if took := r.FinishedAt.Sub(r.StartedAt); took > 10*time.Second {
				t.Errorf("it took %v", took)
			}
		})
	}
}

// TestUntrustedService: an unknown CA at the service ends the pass in seconds, like one
// at IAM, see TestLoginTrouble.
func TestUntrustedService(t *testing.T) {
	untrusted := httptest.NewTLSServer(http.NotFoundHandler())
	t.Cleanup(untrusted.Close)
	st := knowing(t, sim.Options{}, 50)
	st.set("service.endpoint", untrusted.URL)
	r := st.pass(exitCredentials, "--ids", st.path("tasks.txt"))
	st.want("pending", r.Pending, int64(50))
	if took := r.FinishedAt.Sub(r.StartedAt); took > 10*time.Second {
		t.Errorf("it took %v", took)
	}
}

// TestOldDeferReadsAsAllow, with a warning of check and of each process.
func TestOldDeferReadsAsAllow(t *testing.T) {
	st := knowing(t, sim.Options{}, 20)
	st.set("safety.running", "defer")
	const says = "safety.running: defer is the old name of allow"
	code, stdout, _ := st.cleaner("check")
	st.want("check", code, exitOK)
	st.want("check warns: "+stdout, strings.Contains(stdout, says), true)
	code, _, stderr := st.cleaner("run", "--ids", st.path("tasks.txt"))
	st.want("run", code, exitOK)
	st.want("run warns: "+stderr, strings.Contains(stderr, says), true)
}

// TestServeWarnsOfOldDefer when it begins.
func TestServeWarnsOfOldDefer(t *testing.T) {
	st := newServing(t, sim.Options{})
	st.set("safety.running", "defer")
	s := st.serve()
	code, stderr := s.stop()
	st.want("exit code", code, exitOK)
	st.want("serve warns: "+stderr, strings.Contains(stderr, "safety.running: defer is the old name of allow"), true)
}
