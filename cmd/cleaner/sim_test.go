package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"cleaner/internal/sim"
)

// rehearsed is cleaner sim in this process.
type rehearsed struct {
	*testing.T
	url   string
	about string // the line about the profile
}

// startSim runs cleaner sim for the time of the test. Lines is how many lines it
// prints before it serves.
func startSim(t *testing.T, env map[string]string, lines int, args ...string) rehearsed {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	in, out := io.Pipe()
	ended := make(chan int, 1)
	go func() {
		args := append([]string{"sim", "--listen", "127.0.0.1:0"}, args...)
		ended <- run(ctx, args, func(k string) string { return env[k] }, nil, out, out)
		_ = out.Close()
	}()
	t.Cleanup(func() {
		cancel()
		if code := <-ended; code != exitOK {
			t.Errorf("exit code %d", code)
		}
	})
	said := bufio.NewScanner(in)
	r := rehearsed{T: t}
	for i := range lines {
		if !said.Scan() {
			t.Fatalf("printed %d lines, want %d", i, lines)
		}
		if i == 0 {
			r.url = strings.TrimPrefix(said.Text(), "simulated service on ")
			continue
		}
		r.about = said.Text()
	}
	return r
}

// ask sends a request without a credential and returns its status and body.
func (r rehearsed) ask(method, path string) (status int, body string) {
	r.Helper()
	req, err := http.NewRequestWithContext(r.Context(), method, r.url+path, nil)
	if err != nil {
		r.Fatal(err)
	}
	client := &http.Client{Timeout: 5 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Do(req)
	if err != nil {
		r.Fatal(err)
	}
	text, err := io.ReadAll(resp.Body)
	if err := errors.Join(err, resp.Body.Close()); err != nil {
		r.Fatal(err)
	}
	return resp.StatusCode, string(text)
}

// TestSimHelpListsProfiles: each in one line, with what it is about.
func TestSimHelpListsProfiles(t *testing.T) {
	_, stdout, _ := oneShot(t, "sim", "--help")
	lines := map[string]string{}
	for line := range strings.Lines(stdout) {
		name, about, _ := strings.Cut(strings.TrimSpace(line), " ")
		lines[name] = strings.TrimSpace(about)
	}
	for _, p := range sim.Profiles() {
		if lines[p.Name] != p.About {
			t.Errorf("%s is said to be %q, want %q", p.Name, lines[p.Name], p.About)
		}
	}
}

// TestSimProfile: a profile is told and answered by, and flags override it.
func TestSimProfile(t *testing.T) {
	const never = "/v2/tasks/0123456789abcdef0123456789abcdef"
	for _, row := range []struct {
		name   string
		args   []string
		about  string
		status int
		body   string
	}{
		{"absence of the profile", []string{"--profile", "absent-418", "--absent", "1"}, "profile absent-418: absent tasks answer 418", 418, "CC.00050017"},
		{"success of the profile", []string{"--profile", "success-204", "--absent", "0"}, "profile success-204: a DELETE is confirmed by 204", 204, ""},
		{"a fault beside the profile's", []string{"--profile", "odd", "--fault", "all/outage@+1h"}, "profile odd: ", 502, "APIGW.0201"},
		{"all of them run", []string{"--profile", "running-refused", "--absent", "0", "--running", "1"}, "profile running-refused: ", 200, "CC.00050015"},
		{"the profile's default", []string{"--profile", "default"}, "profile default: ", 200, "null"},
	} {
		t.Run(row.name, func(t *testing.T) {
			r := startSim(t, nil, 2, append(row.args, "--require-auth=false")...)
			if !strings.HasPrefix(r.about, row.about) {
				t.Errorf("says %q, want %q", r.about, row.about)
			}
			if status, body := r.ask("DELETE", never); status != row.status || !strings.Contains(body, row.body) {
				t.Errorf("DELETE answers %d %s, want %d and %q", status, body, row.status, row.body)
			}
		})
	}
}

// TestSimThrottleOverridesProfile: another limit is refused in the profile's form.
func TestSimThrottleOverridesProfile(t *testing.T) {
	r := startSim(t, nil, 2, "--profile", "throttle-status", "--throttle", "1", "--require-auth=false")
	r.ask("DELETE", "/v2/tasks/a1")
	if status, body := r.ask("DELETE", "/v2/tasks/a2"); status != 503 {
		t.Errorf("over the limit: %d %s", status, body)
	}
}

// TestSimIDs: only the tasks of the file exist.
func TestSimIDs(t *testing.T) {
	ids := filepath.Join(t.TempDir(), "ids")
	if err := os.WriteFile(ids, []byte("a1\na2\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	r := startSim(t, nil, 1, "--ids", ids, "--require-auth=false")
	for id, want := range map[string]int{"a1": 200, "a2": 200, "a3": 404} {
		if status, body := r.ask("DELETE", "/v2/tasks/"+id); status != want {
			t.Errorf("%s: %d %s, want %d", id, status, body, want)
		}
	}
}

// TestSimAccessKey: a pass with an access key is rehearsed against cleaner sim, and
// a wrong one is refused. The secret is in no argument.
func TestSimAccessKey(t *testing.T) {
	const project = "0123456789abcdef0123456789abcdef"
	r := startSim(t, map[string]string{envSimSecretKey: theSecretKey}, 2, "--profile", "absent-404-listed", "--absent", "0",
		"--signer", "AKREHEARSED", "--project-id", project)
	st := newStage(t, sim.Options{})
	st.set("service.endpoint", r.url)
	st.set("service.iam_endpoint", r.url)
	st.set("safety.canary", 0)
	st.cfg["auth"] = map[string]any{"access_key": map[string]any{
		"id": "AKREHEARSED", "secret_file": st.write("secret", theSecretKey), "project_id": project,
	}}
	st.ids(20)
	st.want("deleted", st.pass(exitOK, "--ids", st.path("tasks.txt")).Deleted, int64(20))
	status, body := r.ask("GET", "/sim/truth")
	var truth sim.Truth
	if err := json.Unmarshal([]byte(body), &truth); err != nil {
		t.Fatalf("%d %s: %v", status, body, err)
	}
	st.want("effects", truth.Effects, int64(20))
	st.want("logins", truth.Logins, int64(0))
	if status, body := r.ask("GET", "/v3/projects"); status != 401 || !strings.Contains(body, "APIGW.0301") {
		t.Errorf("without a signature: %d %s", status, body)
	}
}

// TestSimSaysNothingBeforeItListens: what it says is there to be connected to.
func TestSimSaysNothingBeforeItListens(t *testing.T) {
	taken, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = taken.Close() }()
	code, stdout, stderr := oneShot(t, "sim", "--listen", taken.Addr().String())
	if code != exitUsage || stdout != "" || !strings.Contains(stderr, "--listen: listen tcp "+taken.Addr().String()) {
		t.Errorf("code %d, %q, %q", code, stdout, stderr)
	}
}
