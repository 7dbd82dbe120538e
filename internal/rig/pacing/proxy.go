package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"cleaner/internal/rig/freeport"
)

// nginxConf is nginx before one server, with what limits it, and a log.
const nginxConf = `
daemon off;
master_process off;
pid %[1]s/pid;
error_log %[1]s/errors crit;
events { worker_connections 256; }
http {
	log_format scene '$msec $request_method $status $request_time';
	access_log %[1]s/log scene;
	client_body_temp_path %[1]s;
	proxy_temp_path %[1]s;
	fastcgi_temp_path %[1]s;
	uwsgi_temp_path %[1]s;
	scgi_temp_path %[1]s;
	limit_req_zone $server_name zone=twenty:1m rate=20r/s;
	limit_req_zone $server_name zone=fifty:1m rate=50r/s;
	limit_conn_zone $server_name zone=connections:1m;
	upstream behind { server %[3]s; keepalive 64; }
	server {
		listen %[2]s;
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

// haproxyConf is HAProxy before one server, with what limits it; its log goes to its output.
const haproxyConf = `
global
	maxconn 512
	log stdout format raw daemon
defaults
	mode http
	log global
	log-format "%%[date(0,ms)] %%HM %%ST 0"
	timeout connect 5s
	timeout client 60s
	timeout server 60s
	timeout tarpit 2s
frontend front
	bind %[2]s
	stick-table type string len 8 size 1k expire 10s store http_req_rate(1s)
	http-request track-sc0 str(all)
	%[4]s
	default_backend behind
backend behind
	server one %[3]s
`

// proxy is a real proxy before a service.
type proxy struct {
	address string
	log     string // its file
	stop    func()
}

// startProxy starts nginx or haproxy, which puts its files into a folder. rules are those of
// its location, or of its frontend.
func startProxy(ctx context.Context, dir, program, rules, behind string) (*proxy, error) {
	address, err := freeport.Address(ctx)
	if err != nil {
		return nil, err
	}
	path, err := exec.LookPath(program)
	if err != nil {
		path, err = exec.LookPath("/usr/sbin/" + program) // not in everybody's path
	}
	if err != nil {
		return nil, fmt.Errorf("%s is not installed: run .ci/need (%w)", program, err)
	}
	conf, text, args := filepath.Join(dir, "conf"), nginxConf, []string{"-p", dir, "-e", filepath.Join(dir, "errors"), "-c"}
	if program == "haproxy" {
		text, args = haproxyConf, []string{"-db", "-f"}
	}
	if err := os.WriteFile(conf, fmt.Appendf(nil, text, dir, address, behind, rules), 0o600); err != nil {
		return nil, err
	}
	p := &proxy{address: address, log: filepath.Join(dir, "log")}
	return p, p.start(ctx, exec.CommandContext(ctx, path, append(args, conf)...)) //nolint:gosec // of the two programs above
}

// start starts the proxy's program, and waits until it listens.
func (p *proxy) start(ctx context.Context, cmd *exec.Cmd) error {
	out, err := os.OpenFile(p.log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer out.Close()
	cmd.Stdout, cmd.Stderr = out, out
	if err := cmd.Start(); err != nil {
		return err
	}
	var end error
	ended := make(chan struct{})
	go func() { end = cmd.Wait(); close(ended) }()
	p.stop = func() { _ = cmd.Process.Kill(); <-ended }
	for range 500 {
		if conn, err := new(net.Dialer).DialContext(ctx, "tcp", p.address); err == nil {
			return conn.Close()
		}
		select {
		case <-ended:
			said, _ := os.ReadFile(p.log)
			return fmt.Errorf("%s ended: %w: %s", cmd.Path, cmp.Or(end, errors.New("exit status 0")), said)
		case <-time.After(20 * time.Millisecond):
		}
	}
	p.stop()
	return fmt.Errorf("%s: does not listen", cmd.Path)
}

// requests reads from the log those that were answered since a moment.
func (p *proxy) requests(since time.Time) (all []request, err error) {
	text, err := os.ReadFile(p.log)
	if err != nil {
		return nil, err
	}
	for line := range strings.Lines(string(text)) {
		if r, ok := logged(line); ok && !r.at.Before(since) {
			all = append(all, r)
		}
	}
	return all, nil
}

// logged reads a line of a log: the time of the answer in milliseconds (nginx puts a dot before
// the last three digits), method, status, and how long it took in seconds. It reports false
// for a line of another form, and for a request that is neither a DELETE nor a GET.
func logged(line string) (r request, ok bool) {
	words := strings.Fields(line)
	if len(words) != 4 {
		return r, false
	}
	at, err := strconv.ParseInt(strings.Replace(words[0], ".", "", 1), 10, 64)
	if err != nil {
		return r, false
	}
	if r.status, err = strconv.Atoi(words[2]); err != nil || words[1] != "DELETE" && words[1] != "GET" {
		return r, false // POST is a stop of a task, and is not limited here
	}
	took, err := strconv.ParseFloat(words[3], 64)
	r.at, r.took, r.deletes = time.UnixMilli(at), time.Duration(took*float64(time.Second)), words[1] == "DELETE"
	return r, err == nil
}
