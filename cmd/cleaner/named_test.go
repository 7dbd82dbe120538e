package main

import (
	"crypto/sha256"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync/atomic"
	"testing"

	"cleaner/internal/admin"
	"cleaner/internal/rig/freeport"
	"cleaner/internal/sim"
)

// TestCheckNamesWhatServeRefuses: what is wrong with where serve listens is named by
// check, at its key, and keeps serve from starting. So does a token that would let
// nobody in.
func TestCheckNamesWhatServeRefuses(t *testing.T) {
	tests := []struct {
		name, key string
		value     any
		want      string
	}{
		{"a public address", "listen.address", "0.0.0.0:0", "not a loopback address"},
		{"no address", "listen.address", "foo", "missing port in address"},
		{"no port", "listen.address", "127.0.0.1:many", "give host and port"},
		{"no web configuration", "listen.web_config_file", "nope", "no such file"},
		{"a faulty web configuration", "listen.web_config_file", "web.yaml", "web configuration file"},
		{"no folder for the socket", "listen.socket", "nonexist/s", "no such file or directory"},
		{"a file in the socket's place", "listen.socket", "web.yaml", "not a socket"},
		{"no token", "listen.token_file", "nope", "no such file"},
		{"a short token", "listen.token_file", "short", "shorter than 16 characters"},
		{"a word for the Pushgateway", "metrics.pushgateway", "foo", "does not have the form"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			st := newServing(t, sim.Options{})
			st.write("web.yaml", "tls: yes\n")
			st.write("short", "ab\n")
			if section, _, _ := strings.Cut(tt.key, "."); section == "listen" && tt.key != "listen.address" {
				tt.value = st.path(tt.value.(string))
			}
			st.set(tt.key, tt.value)
			refuses(st, tt.key+": ", "check")
			refuses(st, tt.want, "check")
			refuses(st, tt.want, "serve")
		})
	}
}

// TestCheckBesideServe: what a running serve holds is no fault.
func TestCheckBesideServe(t *testing.T) {
	st := newServing(t, sim.Options{})
	st.set("listen.address", freeport.ForTest(t))
	st.set("listen.token_file", st.write("token", strings.Repeat("t", admin.MinToken)+"\n"))
	s := st.serve()
	code, stdout, stderr := st.cleaner("check")
	st.want("exit code "+stderr, code, exitOK)
	st.want("warns", strings.Contains(stdout, "warning"), false)
	s.stop()
}

// TestWhatMayComeLater is told by check, and keeps serve neither from starting nor
// from reloading.
func TestWhatMayComeLater(t *testing.T) {
	st := newServing(t, sim.Options{})
	st.want("error", os.Remove(st.path("spool")), nil)
	st.set("inputs.files", []string{st.path("none.txt"), st.path(".")})
	code, stdout, stderr := st.cleaner("check")
	st.want("exit code "+stderr, code, exitOK)
	for _, want := range []string{
		"warning  inputs.files[0]: " + st.path("none.txt") + " is not there; until it is, a pass of serve goes on without it and ends with exit code 2\n",
		"warning  inputs.files[1]: " + st.path(".") + " is not a file", "warning  inputs.spool: " + st.path("spool") + " is not there",
	} {
		st.want(want, strings.Contains(stdout, want), true)
	}
	s := st.serve()
	st.set("limits.rate", 77)
	s.reload()
	s.until("the new rate holds", func() bool { return s.status().MaxRate == 77 })
	st.want("alerts", len(s.status().Alerts), 0)
}

// TestListAtAServer: run and load take the URL of a list, and neither its query nor what its
// server asks for is shown anywhere.
func TestListAtAServer(t *testing.T) {
	st := newStage(t, sim.Options{})
	text := strings.Join(st.ids(3), "\n") + "\n"
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == "/list.txt.sha256":
			fmt.Fprintf(w, "%x  list.txt\n", sha256.Sum256([]byte(text)))
		case r.Header.Get("Authorization") == "Bearer "+theSecretKey:
			fmt.Fprint(w, text)
		default:
			w.WriteHeader(http.StatusUnauthorized)
		}
	}))
	defer server.Close()
	url := server.URL + "/list.txt"
	refuses(st, "401", "load", url)
	refuses(st, "is not encrypted", "run", "--ids", "http://lists.example/list.txt")
	refuses(st, "say whom to be", "run", "--ids", "https://user:"+thePassword+"@lists.example/list.txt")
	refuses(st, "name a file", "load", "--to", "unix:/none", url)
	st.set("inputs.urls", []any{map[string]any{"url": url + "?signature=" + thePassword, "token_file": st.write("token", theSecretKey+"\n")}})
	code, stdout, stderr := st.cleaner("load", url+"?signature="+thePassword)
	st.want("exit code", code, exitOK)
	st.want("loaded "+stderr, stdout[:strings.Index(stdout, ",")], url+": 3 new")
	code, stdout, stderr = st.cleaner("run", "--ids", url+"?signature="+thePassword)
	st.want("exit code "+stderr, code, exitOK)
	st.want("deleted", strings.Contains(stdout, "3 deleted"), true)
	st.want("the log names it "+stderr, strings.Contains(stderr, url), true)
	code, stdout, stderr = st.cleaner("check")
	st.want("exit code "+stdout+stderr, code, exitOK)
}

// TestListOfEveryPass: a pass of serve goes on without a list whose server is away, and the
// next one that can fetch it loads it.
func TestListOfEveryPass(t *testing.T) {
	st := newServing(t, sim.Options{})
	all := st.ids(3)
	var there atomic.Bool
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case !there.Load():
			w.WriteHeader(http.StatusServiceUnavailable)
		case r.URL.Path != "/list.txt":
			w.WriteHeader(http.StatusNotFound)
		default:
			fmt.Fprintln(w, strings.Join(all[:2], "\n"))
		}
	}))
	defer server.Close()
	st.set("inputs.urls", []any{map[string]any{"url": server.URL + "/list.txt"}})
	code, _, stderr := st.cleaner("load", st.write("third.txt", all[2]+"\n"))
	st.want("exit code "+stderr, code, exitOK)
	s := st.serve()
	s.trigger()
	st.want("deleted without the list", s.status().Ledger.Deleted, int64(1))
	there.Store(true)
	s.trigger()
	st.want("deleted", s.status().Ledger.Deleted, int64(3))
	passes := s.status().Passes
	st.want("exit code of the first", max(passes[0].ExitCode, passes[1].ExitCode), exitInternal)
	st.want("exit code of the second", min(passes[0].ExitCode, passes[1].ExitCode), exitOK)
	s.stop()
}
