package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"cleaner/internal/sim"
)

// passes makes n passes of a serve.
func (s *serving) passes(n int) {
	s.Helper()
	for range n {
		before := len(s.status().Passes)
		if code, stdout, stderr := s.cleaner("trigger"); code != exitOK {
			s.Fatalf("trigger: %d %s%s", code, stdout, stderr)
		}
		s.until("the pass has ended", func() bool { return len(s.status().Passes) == before+1 })
	}
}

// TestServeSendsAPasswordOnce: ten passes of serve send a refused password once, also
// after a restart; a new one is sent at once, and is then good for all passes.
func TestServeSendsAPasswordOnce(t *testing.T) {
	st := newServing(t, sim.Options{})
	st.write("password", "wrong")
	st.spool(10)
	s := st.serve()
	s.passes(10)
	for _, p := range s.status().Passes {
		st.want("exit code of a pass", p.ExitCode, exitCredentials)
		if !strings.Contains(p.Reason, "HTTP 401") {
			t.Errorf("reason: %s", p.Reason)
		}
	}
	st.want("failed logins of ten passes", st.sim.Truth().FailedLogins, int64(1))
	st.want("exit code", first(s.stop()), exitOK)
	s = st.serve()
	s.passes(1)
	st.want("failed logins after a restart", st.sim.Truth().FailedLogins, int64(1))
	st.write("password", thePassword)
	time.Sleep(1100 * time.Millisecond) // it is looked at again a second later
	s.passes(3)
	st.want("deleted", s.status().Ledger.Deleted, int64(10))
	st.want("logins", st.sim.Truth().Logins, int64(1))
}

// first is the first of two values.
func first[A, B any](a A, _ B) A { return a }

// TestRunsSendAPasswordOnce: six runs of the program, each a process of its own as far
// as it knows, send a refused password once to each of two IAMs. After a release it is
// sent once more. That no account of a real Keystone is locked so, TestKeystone shows.
func TestRunsSendAPasswordOnce(t *testing.T) {
	st, other := newStage(t, sim.Options{}), newStage(t, sim.Options{})
	for _, iam := range []*stage{st, other} {
		st.set("service.iam_endpoint", iam.url)
		st.write("password", "wrong-"+iam.url)
		st.ids(10)
		for i := range 6 {
			r := st.pass(exitCredentials, "--ids", st.path("tasks.txt"))
			wants := []string{"HTTP 401", "release --credential", strings.TrimPrefix(iam.url, "http://")}
			if i > 0 {
				wants = append(wants, "nothing was sent since")
			}
			for _, want := range wants {
				if !strings.Contains(r.Reason, want) {
					t.Errorf("run %d at %s: the reason lacks %q: %s", i, iam.url, want, r.Reason)
				}
			}
			st.want("logins", r.Logins, int64(map[bool]int{true: 1}[i == 0]))
		}
		st.want("failed logins at "+iam.url, iam.sim.Truth().FailedLogins, int64(1))
	}
	code, stdout, stderr := st.cleaner("release", "--credential")
	st.want("release "+stderr, code, exitOK)
	st.want("release", stdout, "2 refused credentials released\n")
	st.want("logins after the release", st.pass(exitCredentials).Logins, int64(1))
	st.want("failed logins after the release", other.sim.Truth().FailedLogins, int64(2))
	code, stdout, stderr = st.cleaner("release")
	st.want("nothing to release "+stderr, code, exitOK)
	st.want("nothing to release", stdout, "nothing to release: no wait is remembered for "+st.url+"\n")
}

// TestAccessKeyOfTheSamples: the two variables of the cloud's samples and a region are
// enough. The configuration wins over our variables, and these over the cloud's.
func TestAccessKeyOfTheSamples(t *testing.T) {
	const projectID = "0123456789abcdef0123456789abcdef"
	st := newStage(t, sim.Options{AccessKey: "AKPLANTED", SecretKey: theSecretKey, ProjectID: projectID})
	asked := ""
	iam := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked += r.Method + " " + r.RequestURI + "\n"
		_ = json.NewEncoder(w).Encode(map[string]any{"projects": []any{map[string]any{"id": projectID, "name": "cn-north-4"}}})
	}))
	t.Cleanup(iam.Close)
	st.set("service.iam_endpoint", iam.URL)
	delete(st.cfg, "auth")
	st.ids(3)
	code, _, stderr := st.cleaner("check")
	st.want("check without any", code, exitUsage)
	st.want("it says: "+stderr, strings.Contains(stderr, "auth: needs exactly one of password, access_key and token_file"), true)
	st.env["CLOUD_SDK_AK"], st.env["CLOUD_SDK_SK"] = "AKPLANTED", theSecretKey
	st.want("check", first2(st.cleaner("check")), exitOK)
	st.want("asked by check", asked, "")
	st.want("deleted", st.pass(exitOK, "--ids", st.path("tasks.txt")).Deleted, int64(3))
	st.want("asked", asked, "GET /v3/projects?name=cn-north-4\n")

	for name, change := range map[string]func(){
		"ours win over the cloud's": func() {
			st.env["CLEANER_ACCESS_KEY"], st.env["CLEANER_SECRET_KEY"] = "AKPLANTED", theSecretKey
			st.env["CLOUD_SDK_AK"], st.env["CLOUD_SDK_SK"] = "AKOTHER", "another"
		},
		"the configuration wins over ours": func() {
			st.env["CLEANER_ACCESS_KEY"], st.env["CLEANER_SECRET_KEY"] = "AKOTHER", "another"
			st.cfg["auth"] = map[string]any{"access_key": map[string]any{"id": "AKPLANTED", "secret_file": st.write("secret", theSecretKey), "project_id": projectID}}
		},
		"one file wins over all": func() {
			st.cfg["auth"] = map[string]any{"access_key": map[string]any{"project_id": projectID, "credentials_file": st.write("key.json", `{"credential":{"access":"AKPLANTED","secret":"`+theSecretKey+`"}}`)}}
		},
	} {
		change()
		st.write("tasks.txt", strings.ReplaceAll(strings.ToLower(name), " ", "")[:8]+"0123\n")
		if r := st.pass(exitOK, "--ids", st.path("tasks.txt")); r.Deleted+r.Gone != 1 {
			t.Errorf("%s: %+v", name, r)
		}
	}
}

// first2 is the first of three values.
func first2[A, B, C any](a A, _ B, _ C) A { return a }

// TestLoginTrouble: an unknown CA and plain text at IAM end the pass at once, and name
// the host.
func TestLoginTrouble(t *testing.T) {
	untrusted := httptest.NewTLSServer(http.NotFoundHandler())
	t.Cleanup(untrusted.Close)
	st := newStage(t, sim.Options{})
	st.ids(5)
	for name, url := range map[string]string{"unknown CA": untrusted.URL, "plain text": strings.Replace(st.url, "http://", "https://", 1)} {
		st.set("service.iam_endpoint", url)
		r := st.pass(exitCredentials, "--ids", st.path("tasks.txt"))
		if host := strings.TrimPrefix(url, "https://"); !strings.Contains(r.Reason, "log in to IAM at "+host+": tls: ") {
			t.Errorf("%s: reason: %s", name, r.Reason)
		}
	}
	st.want("requests", st.sim.Truth().Deletes, int64(0))
}

// TestProxyIsChecked: net/http would go without a proxy whose address it does not
// understand.
func TestProxyIsChecked(t *testing.T) {
	st := newStage(t, sim.Options{})
	for proxy, want := range map[string]int{
		"": exitOK, "http://proxy.example:3128": exitOK, "proxy.example:3128": exitOK, "socks5://10.0.0.1:1080": exitOK,
		"http://some one:hush@proxy": exitUsage, "http://a%zz@proxy:1": exitUsage, "ftp://proxy.example": exitUsage, "http://": exitUsage,
	} {
		st.env["HTTPS_PROXY"] = proxy
		code, _, stderr := st.cleaner("check")
		if code != want || strings.Contains(stderr, "hush") || (want != exitOK) != strings.Contains(stderr, "HTTPS_PROXY") {
			t.Errorf("%s: %d %s", proxy, code, stderr)
		}
	}
	if _, err := os.Stat(st.path("state")); err == nil {
		t.Error("check made something")
	}
}
