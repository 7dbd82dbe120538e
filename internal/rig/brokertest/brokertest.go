// Package brokertest runs real brokers for tests, each on loopback ports of its own with
// its data in a folder of its own: redis-server and RabbitMQ, as Debian has them. There
// is no Kafka to install; tests of it use the broker in process of franz-go.
package brokertest

import (
	"bytes"
	"context"
	"net"
	"os/exec"
	"sync"
	"syscall"
	"testing"
	"time"
)

// longestStart is how long a server may take until it answers, on a machine that has much
// else to do. RabbitMQ alone takes seven seconds of CPU.
const longestStart = 5 * time.Minute

// process is one server, which can be killed and started again on the same data.
type process struct {
	t       testing.TB
	command func() *exec.Cmd
	ready   func() error // nil when it answers

	mu    sync.Mutex
	cmd   *exec.Cmd
	said  bytes.Buffer
	ended chan struct{}
}

// Start starts the server and waits until it answers.
func (p *process) Start() {
	p.t.Helper()
	p.mu.Lock()
	p.said.Reset()
	p.cmd = p.command()
	p.cmd.Stdout, p.cmd.Stderr = &p.said, &p.said
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	p.ended = make(chan struct{})
	cmd, ended := p.cmd, p.ended
	err := cmd.Start()
	p.mu.Unlock()
	if err != nil {
		p.t.Fatal(err)
	}
	go func() { _ = cmd.Wait(); close(ended) }()
	for deadline := time.Now().Add(longestStart); ; time.Sleep(30 * time.Millisecond) {
		err := p.ready()
		if err == nil {
			return
		}
		select {
		case <-ended:
			p.t.Fatalf("%s ended: %s", cmd.Path, p.said.String())
		default:
		}
		if time.Now().After(deadline) {
			p.Kill()
			p.t.Fatalf("%s does not answer: %v\n%s", cmd.Path, err, p.said.String())
		}
	}
}

// Kill kills the server and what it has started, at once.
func (p *process) Kill() {
	p.mu.Lock()
	cmd, ended := p.cmd, p.ended
	p.mu.Unlock()
	if cmd == nil || cmd.Process == nil {
		return
	}
	_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
	<-ended
}

// program returns where a server is.
func program(t testing.TB, names ...string) string {
	t.Helper()
	for _, name := range names {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	t.Fatalf("%s is not installed: run .ci/need", names[0])
	return ""
}

// dial connects to an address of this machine.
func dial(address string) (net.Conn, error) {
	return (&net.Dialer{Timeout: time.Second}).DialContext(context.Background(), "tcp", address)
}
