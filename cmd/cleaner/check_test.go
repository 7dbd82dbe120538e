package main

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"cleaner/internal/config"
	"cleaner/internal/sim"
)

func TestCheck(t *testing.T) {
	st := newStage(t, sim.Options{})
	code, stdout, _ := st.cleaner("check", "--show")
	st.want("exit code", code, exitOK)
	for _, want := range []string{"is valid", st.url, "workers: 16", "attempts: 5", "remember: 720h0m0s"} {
		st.want(want, strings.Contains(stdout, want), true)
	}
	st.want("requests", st.sim.Truth().Requests, int64(0))

	st.set("limits.workers", 0)
	st.set("safety.protect_file", st.write("protect", "re:(\n"))
	st.set("service.ca_file", st.path("no-such-ca.pem"))
	code, _, stderr := st.cleaner("check")
	st.want("exit code", code, exitUsage)
	for _, want := range []string{"no-such-ca.pem", "limits.workers", "safety.protect_file", "3 fault(s)"} {
		st.want(want, strings.Contains(stderr, want), true)
	}
}

// TestCheckShowsWhatItChecks: --show holds with --json too, where --online has an output of
// its own.
func TestCheckShowsWhatItChecks(t *testing.T) {
	st := newStage(t, sim.Options{})
	for _, online := range []bool{false, true} {
		args := []string{"check", "-q", "--show", "--json"}
		if online {
			args = append(args, "--online")
		}
		_, stdout, stderr := st.cleaner(args...)
		out := json.NewDecoder(strings.NewReader(stdout))
		var shown struct{ Keys []config.Shown }
		var found []struct{ Check string }
		err := out.Decode(&shown)
		if online {
			err = errors.Join(err, out.Decode(&found))
		}
		if err != nil || out.More() || len(shown.Keys) == 0 || (len(found) > 0) != online {
			t.Errorf("online %v: %v, %d keys, %d findings: %s%s", online, err, len(shown.Keys), len(found), stdout, stderr)
		}
	}
}

// TestURLOfAnotherQueue: commands that contact somebody and those that do not refuse
// a ledger they cannot open, and do not repeat its URL.
func TestURLOfAnotherQueue(t *testing.T) {
	st := newStage(t, sim.Options{})
	for _, url := range []string{"redis://:hunter2@host", "mysql:x", "sqlite:"} {
		st.set("queue.url", url)
		for _, command := range []string{"check", "run", "status"} {
			code, _, stderr := st.cleaner(command)
			st.want(command+" with "+url, code, exitUsage)
			if !strings.Contains(stderr, "queue.url: must be sqlite:PATH") || strings.Contains(stderr, "hunter2") {
				t.Errorf("%s with %s says %q", command, url, stderr)
			}
		}
	}
}

func TestCheckWantsEncryption(t *testing.T) {
	st := newStage(t, sim.Options{})
	st.set("service.endpoint", "http://codearts.example.com")
	code, _, stderr := st.cleaner("check")
	st.want("exit code", code, exitUsage)
	st.want("the fault is at the key", strings.Contains(stderr, "service.endpoint: "), true)
}

func TestCheckNamesAMissingLoginOnce(t *testing.T) {
	st := newStage(t, sim.Options{})
	st.cfg["auth"] = map[string]any{}
	code, _, stderr := st.cleaner("check")
	st.want("exit code", code, exitUsage)
	st.want("what is missing", strings.Contains(stderr, "needs exactly one of password, access_key and token_file, got 0"), true)
	st.want("times that auth is named", strings.Count(stderr, "auth"), 1)
}

func TestCheckMasksTheAccessKey(t *testing.T) {
	st := newStage(t, sim.Options{})
	st.cfg["auth"] = map[string]any{"access_key": map[string]any{
		"id": "AKPLANTED0123456789", "secret_file": st.write("secret", theSecretKey), "project_id": "p",
	}}
	_, stdout, _ := st.cleaner("check", "--show")
	st.want("masked", strings.Contains(stdout, "AKPL***"), true)
	st.want("whole", strings.Contains(stdout, "AKPLANTED0123456789"), false)
}
