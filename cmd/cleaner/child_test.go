package main

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"testing"

	"cleaner/internal/api"
	"cleaner/internal/iam"
	"cleaner/internal/secret"
	"cleaner/internal/sim"
	"cleaner/internal/terminal"
)

// childEnv holds the command line of a child of this test, as JSON.
const childEnv = "CLEANER_TEST_CHILD"

// TestChild is the program in a process of its own, or a panic in it, when this
// process is a child.
func TestChild(t *testing.T) {
	var args []string
	switch text := os.Getenv(childEnv); text {
	case "":
		return // not a child: there is nothing to test here
	case "panic":
		panicWithSecrets(t)
	default:
		if err := json.Unmarshal([]byte(text), &args); err != nil {
			t.Fatal(err)
		}
		if os.Getenv(faultEnv) != "" {
			a := &app{env: os.Getenv, stdin: os.Stdin, stdout: os.Stdout, stderr: terminal.NewScreen(os.Stderr), fault: plantFault}
			os.Exit(a.main(t.Context(), args))
		}
		a := &app{env: os.Getenv, stdin: os.Stdin, stdout: os.Stdout, stderr: terminal.NewScreen(os.Stderr), libraryLog: terminal.CaptureLibraryLog()}
		os.Exit(a.main(t.Context(), args))
	}
}

// child runs this test's program in a process with more environment.
func (p *planted) child(what string, env ...string) {
	p.Helper()
	cmd := exec.CommandContext(p.Context(), os.Args[0], "-test.run=^TestChild$")
	cmd.Env = append(append(os.Environ(), childEnv+"="+what), env...)
	out, err := cmd.CombinedOutput()
	if _, exited := errors.AsType[*exec.ExitError](err); err != nil && !exited {
		p.Fatal(err)
	}
	p.told["child "+what+fmt.Sprint(env)] = string(out)
}

// TestSecretsOfAProxy: its password comes from the environment as a part of a
// URL. No connection leaves this machine: the proxy refuses them all, and says
// what it was given.
func TestSecretsOfAProxy(t *testing.T) {
	p := plant(t, sim.Options{})
	var asked atomic.Int64
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			return
		}
		_, _ = fmt.Fprintf(conn, "HTTP/1.1 407 %s %s\r\nContent-Length: 0\r\n\r\n", r.Header.Get("Proxy-Authorization"), plantedProxy)
		_ = conn.Close()
	}))
	t.Cleanup(proxy.Close)
	p.note(base64.StdEncoding.EncodeToString([]byte("someone:" + plantedProxy)))
	delete(p.cfg["service"].(map[string]any), "endpoint")
	delete(p.cfg["service"].(map[string]any), "iam_endpoint")
	p.cfg["auth"] = map[string]any{"token_file": p.write("token", plantedToken)}
	p.ids(3)
	p.runs([]string{"check"}) // writes the configuration
	args, err := json.Marshal([]string{"run", "--ids", p.path("tasks.txt"), "--config", p.path("cleaner.yaml")})
	if err != nil {
		t.Fatal(err)
	}
	through := strings.Replace(proxy.URL, "//", "//someone:"+url.PathEscape(plantedProxy)+"@", 1)
	for _, way := range []string{through, "http://someone:" + url.PathEscape(plantedProxy) + "@127.0.0.1:1", "http://some one:" + plantedProxy + "@%zz"} {
		p.child(string(args), "HTTPS_PROXY="+way, "NO_PROXY=")
	}
	if asked.Load() == 0 {
		t.Errorf("the proxy was not asked for anything: %v", p.told)
	}
}

// TestSecretsThatNobodyAskedFor: behind an answer comes another one, with the token in it.
// The library reads none of it, and tells the standard log what it was.
func TestSecretsThatNobodyAskedFor(t *testing.T) {
	p := plant(t, sim.Options{})
	var unasked atomic.Int64
	service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			return
		}
		defer func() { _ = conn.Close() }()
		const found = "HTTP/1.1 404 Not Found\r\nContent-Type: application/json\r\nContent-Length: 28\r\n"
		_, _ = fmt.Fprintf(conn, found+"\r\n{\"error_code\":\"CC.000500\"}\n"+found+"X-Auth-Token: %s\r\n\r\n", r.Header.Get("X-Auth-Token"))
		unasked.Add(1)
		_, _ = conn.Read(make([]byte, 1)) // until the client has had enough
	}))
	t.Cleanup(service.Close)
	p.set("service.endpoint", service.URL)
	p.set("limits.request_timeout", "10s")
	p.set("retry.deadline", "10s")
	p.cfg["auth"] = map[string]any{"token_file": p.write("token", plantedToken)}
	p.ids(3)
	p.runs([]string{"check"}) // writes the configuration
	args, err := json.Marshal([]string{"run", "--ids", p.path("tasks.txt"), "--config", p.path("cleaner.yaml")})
	if err != nil {
		t.Fatal(err)
	}
	p.child(string(args))
	told := fmt.Sprint(p.told)
	if unasked.Load() == 0 || strings.Count(told, "Unsolicited response") != 1 {
		t.Errorf("%d answers that nobody asked for, and it is not told once: %s", unasked.Load(), told)
	}
	for line := range strings.Lines(p.told["child "+string(args)+"[]"]) {
		if strings.Contains(line, "Unsolicited") && !json.Valid([]byte(line)) {
			t.Errorf("a line of the log is no JSON: %s", line)
		}
	}
}

// TestSecretsInAPanic: a panic in the middle of a request ends the process with
// its stack, and the stack shows addresses alone.
func TestSecretsInAPanic(t *testing.T) {
	p := plant(t, sim.Options{})
	p.child("panic", "CLEANER_TEST_TOKEN="+plantedToken)
	for _, text := range p.told {
		if !strings.Contains(text, "a mistake in the transport") || !strings.Contains(text, "goroutine ") {
			t.Errorf("no panic: %s", text)
		}
	}
}

// panicWithSecrets panics while a request with a token is under way.
func panicWithSecrets(t *testing.T) {
	credentials, err := iam.NewTokenFile(secret.Value(os.Getenv("CLEANER_TEST_TOKEN")), 0)
	if err != nil {
		t.Fatal(err)
	}
	c, err := api.New(api.Options{Endpoint: "https://check.example", Credentials: credentials, Transport: panicking{}})
	if err != nil {
		t.Fatal(err)
	}
	_, _ = c.DeleteTask(t.Context(), "0123")
}

// panicking is a transport with a mistake in it.
type panicking struct{}

func (panicking) RoundTrip(*http.Request) (*http.Response, error) {
	panic("a mistake in the transport")
}
