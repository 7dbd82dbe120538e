package peertest

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// nginxConf is nginx before one server, with what limits it.
const nginxConf = `
daemon off;
master_process off;
pid %[1]s/pid;
error_log %[1]s/log;
events { worker_connections 256; }
http {
	access_log off;
	client_body_temp_path %[1]s;
	proxy_temp_path %[1]s;
	fastcgi_temp_path %[1]s;
	uwsgi_temp_path %[1]s;
	scgi_temp_path %[1]s;
	limit_req_zone $server_name zone=requests:1m rate=50r/s;
	limit_conn_zone $server_name zone=connections:1m;
	upstream behind { server %[2]s; keepalive 64; }
	server {
		listen %[3]s;
		server_name service;
		location / {
			%[4]s
			proxy_pass http://behind;
			proxy_http_version 1.1;
			proxy_set_header Connection "";
		}
	}
}
`

// StartNginx starts a real nginx before the server at address behind. limits are its
// directives: the zone requests lets 50 a second through, the zone connections counts
// those at once. It ends with the test.
func StartNginx(t *testing.T, behind, limits string) (address string) {
	t.Helper()
	dir := t.TempDir()
	address = FreeAddress(t)
	conf := filepath.Join(dir, "nginx.conf")
	start(t, "nginx", address, conf, fmt.Sprintf(nginxConf, dir, behind, address, limits), "-p", dir, "-e", filepath.Join(dir, "log"), "-c", conf)
	return address
}

// haproxyConf is HAProxy before one server.
const haproxyConf = `
global
	maxconn 512
defaults
	mode http
	timeout connect 5s
	timeout client 60s
	timeout server 60s
	timeout tarpit 1s
frontend front
	bind %[1]s
	stick-table type string len 8 size 1k expire 10s store http_req_rate(1s)
	http-request track-sc0 str(all)
	%[2]s
	default_backend behind
backend behind
	server one %[3]s
`

// StartHAProxy starts a real HAProxy before the server at address behind. rules are those
// of its frontend, where sc_http_req_rate(0) counts the requests of a second. It ends with
// the test.
func StartHAProxy(t *testing.T, behind, rules string) (address string) {
	t.Helper()
	dir := t.TempDir()
	address = FreeAddress(t)
	conf := filepath.Join(dir, "haproxy.cfg")
	start(t, "haproxy", address, conf, fmt.Sprintf(haproxyConf, address, rules, behind), "-db", "-f", conf)
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
