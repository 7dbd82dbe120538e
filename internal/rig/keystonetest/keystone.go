// Package keystonetest starts a real Keystone, the identity service of OpenStack
// whose API is IAM's, for tests: Debian's, on a loopback port, with accounts of the
// test's own, which ends with the test.
package keystonetest

import (
	"bufio"
	"bytes"
	_ "embed"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

//go:embed server.py
var server string

// python is the interpreter that has Debian's packages.
const python = "/usr/bin/python3"

// World is what a Keystone knows. Every user has a role in each project of its
// account.
type World struct {
	// LockAfter is how many wrong passwords lock a user, for half an hour.
	LockAfter int       `json:"lock_after"`
	Accounts  []Account `json:"accounts"`
}

// Account is a domain of Keystone's.
type Account struct {
	Name     string   `json:"name"`
	Projects []string `json:"projects"`
	Users    []User   `json:"users"`
}

// User is a user with a password.
type User struct {
	Name     string `json:"name"`
	Password string `json:"password"`
}

// Start starts a Keystone and returns its URL. It takes some seconds.
func Start(t testing.TB, w World) string {
	t.Helper()
	if _, err := os.Stat("/usr/lib/python3/dist-packages/keystone"); err != nil {
		t.Fatal("there is no Keystone on this machine: run .ci/need, which installs it")
	}
	folder := t.TempDir()
	script := filepath.Join(folder, "server.py")
	world, err := json.Marshal(w)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(script, []byte(server), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(python, "-B", script, filepath.Join(folder), string(world)) //nolint:noctx // it ends with its standard input
	var said bytes.Buffer
	cmd.Stderr = &said
	cmd.Env = []string{"PATH=/usr/bin:/bin", "HOME=" + folder}
	hold, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	url, err := bufio.NewReader(out).ReadString('\n')
	t.Cleanup(func() {
		_ = hold.Close()
		_, _ = io.Copy(io.Discard, out)
		_ = cmd.Wait() // however it ended
	})
	if err != nil {
		_ = hold.Close()
		_ = cmd.Wait()
		t.Fatalf("Keystone did not start: %v\n%s", err, said.String())
	}
	return strings.TrimSpace(url)
}
