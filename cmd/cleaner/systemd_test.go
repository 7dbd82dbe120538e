package main

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"cleaner/internal/assemble"
	"cleaner/internal/rig/freeport"
	"cleaner/internal/signin"
	"cleaner/internal/sim"
)

// handed puts a credential where systemd would.
func (st *stage) handed(name, secret string) {
	st.Helper()
	st.env["CREDENTIALS_DIRECTORY"] = st.path("credentials")
	if err := os.MkdirAll(st.path("credentials"), 0o700); err != nil {
		st.Fatal(err)
	}
	st.write(filepath.Join("credentials", name), secret)
}

// TestCredentials: what systemd hands over is used where nothing else is set, and
// only there.
func TestCredentials(t *testing.T) {
	t.Run("password", func(t *testing.T) {
		st := newStage(t, sim.Options{})
		st.ids(10)
		st.handed("cleaner.password", "another") // the file that the configuration names counts
		st.want("deleted", st.pass(exitOK, "--ids", st.path("tasks.txt")).Deleted, int64(10))

		st.set("auth.password", map[string]any{"domain": "account", "user": "operator"})
		st.handed("cleaner.password", thePassword+"\n")
		st.write("tasks.txt", "0123\n")
		st.want("deleted", st.pass(exitOK, "--ids", st.path("tasks.txt")).Deleted, int64(1))

		st.handed("cleaner.password", "another") // and so does the environment
		st.env[signin.EnvPassword] = thePassword
		st.write("tasks.txt", "4567\n")
		st.want("deleted", st.pass(exitOK, "--ids", st.path("tasks.txt")).Deleted, int64(1))
	})
	t.Run("access key", func(t *testing.T) {
		st := newStage(t, sim.Options{AccessKey: "AKPLANTED", SecretKey: theSecretKey, SecurityToken: thePassword, ProjectID: "0123456789abcdef0123456789abcdef"})
		st.cfg["auth"] = map[string]any{"access_key": map[string]any{"id": "AKPLANTED", "project_id": "0123456789abcdef0123456789abcdef"}}
		st.handed("cleaner.secret_key", theSecretKey)
		st.handed("cleaner.security_token", thePassword)
		st.ids(10)
		st.want("deleted", st.pass(exitOK, "--ids", st.path("tasks.txt")).Deleted, int64(10))
	})
	t.Run("none", func(t *testing.T) {
		st := newStage(t, sim.Options{})
		st.set("auth.password", map[string]any{"domain": "account", "user": "operator"})
		st.handed("cleaner.something_else", "x")
		st.ids(1)
		code, _, stderr := st.cleaner("run", "--ids", st.path("tasks.txt"))
		st.want("exit code", code, exitUsage)
		st.want("the error names the credential: "+stderr, strings.Contains(stderr, "cleaner.password"), true)
	})
}

// TestListenTokenFromACredential: with it, control is offered at the address too.
func TestListenTokenFromACredential(t *testing.T) {
	st := newServing(t, sim.Options{})
	address := freeport.ForTest(t)
	st.set("listen.address", address)
	st.handed(assemble.CredentialListenToken, thePassword)
	st.serve()
	for token, want := range map[string]int{thePassword: http.StatusOK, "another": http.StatusUnauthorized} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+address+"/control/pause", nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+token)
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		st.want("answer to the token", resp.StatusCode, want)
	}
	http.DefaultClient.CloseIdleConnections()
}
