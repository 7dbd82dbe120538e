package peertest

import (
	"bytes"
	"crypto/md5"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"cleaner/internal/rig/freeport"
)

// Squid is a real proxy with three doors: one for everybody, one for users with a
// password, and one for nobody.
type Squid struct{ Open, Login, Closed string }

// The user that squid lets in.
const (
	SquidUser     = "builder"
	SquidPassword = "planted?Proxy word"
)

// squidConf is squid's configuration: ports, a password file, and no files of its own.
const squidConf = `
http_port %[1]s name=open
http_port %[2]s name=login
http_port %[3]s name=closed
auth_param basic program /usr/lib/squid/basic_ncsa_auth %[4]s
acl atopen myportname open
acl atlogin myportname login
acl users proxy_auth REQUIRED
http_access allow atopen
http_access allow atlogin users
http_access deny all
pid_filename none
access_log none
cache_log /dev/null
cache deny all
netdb_filename none
pinger_enable off
visible_hostname squid.test
shutdown_lifetime 0 seconds
max_filedescriptors 1024
`

// StartSquid starts squid on ports of its own. It ends with the test.
func StartSquid(t *testing.T) Squid {
	t.Helper()
	program, err := exec.LookPath("squid")
	if err != nil {
		program, err = exec.LookPath("/usr/sbin/squid") // not in everybody's path
	}
	if err != nil {
		t.Fatalf("squid is not installed: run .ci/need (%v)", err)
	}
	dir, err := os.MkdirTemp("", "squid")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil { // squid gives up root, and reads files as another user
		t.Fatal(err)
	}
	s := Squid{freeport.ForTest(t), freeport.ForTest(t), freeport.ForTest(t)}
	passwords, conf := filepath.Join(dir, "passwords"), filepath.Join(dir, "squid.conf")
	hash := md5.Sum([]byte(SquidPassword)) //nolint:gosec // as above
	for path, content := range map[string]string{
		passwords: fmt.Sprintf("%s:%x\n", SquidUser, hash),
		conf:      fmt.Sprintf(squidConf, s.Open, s.Login, s.Closed, passwords),
	} {
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil { //nolint:gosec // made for the test
			t.Fatal(err)
		}
	}
	run(t, exec.Command(program, "-N", "-n", fmt.Sprintf("api%d", os.Getpid()), "-f", conf, "-d", "1"), s.Closed) //nolint:gosec,noctx // ended by run
	return s
}

// run starts a server that ends with the test, and waits until it listens at
// address.
func run(t *testing.T, cmd *exec.Cmd, address string) {
	t.Helper()
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() { _ = cmd.Wait(); close(ended) }()
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM) // a killed squid leaves its files in /dev/shm
		select {
		case <-ended:
		case <-time.After(10 * time.Second):
			_ = cmd.Process.Kill()
			<-ended
		}
	})
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", address)
		if err == nil {
			_ = conn.Close()
			return
		}
		select {
		case <-ended:
			t.Fatalf("%s ended: %s", cmd.Path, said.String())
		default:
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s does not Listen at %s: %v", cmd.Path, address, err)
		}
	}
}
