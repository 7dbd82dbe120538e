package peertest

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"cleaner/internal/rig/freeport"
)

// filesConf is nginx that serves the files of a folder.
const filesConf = `
daemon off;
master_process off;
pid %[1]s/pid;
error_log %[1]s/log;
events { worker_connections 64; }
http {
	access_log off;
	client_body_temp_path %[1]s;
	proxy_temp_path %[1]s;
	fastcgi_temp_path %[1]s;
	uwsgi_temp_path %[1]s;
	scgi_temp_path %[1]s;
	server {
		listen %[2]s;
		root %[3]s;
		%[4]s
	}
}
`

// StartNginxOver starts a real nginx that serves the files of a folder. more are directives
// of its server. It ends with the test.
func StartNginxOver(t *testing.T, folder, more string) (address string) {
	t.Helper()
	dir := t.TempDir()
	address = freeport.ForTest(t)
	conf := filepath.Join(dir, "nginx.conf")
	start(t, "nginx", address, conf, fmt.Sprintf(filesConf, dir, address, folder, more), "-p", dir, "-e", filepath.Join(dir, "log"), "-c", conf)
	return address
}

// start starts a server of Debian's with a configuration.
func start(t *testing.T, name, address, conf, text string, args ...string) {
	t.Helper()
	program, err := exec.LookPath(name)
	if err != nil {
		program, err = exec.LookPath("/usr/sbin/" + name) // not in everybody's path
	}
	if err != nil {
		t.Fatalf("%s is not installed: run .ci/need (%v)", name, err)
	}
	if err := os.WriteFile(conf, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	run(t, exec.Command(program, args...), address) //nolint:gosec,noctx // ended by run
}
