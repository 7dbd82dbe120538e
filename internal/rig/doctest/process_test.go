package doctest

import (
	"bytes"
	"context"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"time"
)

// process is a command that goes on until it is told to stop.
type process struct {
	cmd  *exec.Cmd
	out  *output
	done chan struct{} // closed when it has ended
}

// output can be looked at while a process writes into it.
type output struct {
	mu   sync.Mutex // guards text
	text bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// start starts a command that goes on, and waits until it is at work: a serve when
// it says that it is ready, anything else when it has said something.
func (s *sandbox) start(script string) *process {
	s.Helper()
	p := &process{cmd: s.command(context.WithoutCancel(s.Context()), "exec "+strings.TrimSpace(script)), out: &output{}, done: make(chan struct{})}
	p.cmd.Stdout, p.cmd.Stderr = p.out, p.out
	s.check(p.cmd.Start())
	go func() { _ = p.cmd.Wait(); close(p.done) }()
	s.Cleanup(func() { s.stop(p) })
	atWork := func() bool { return p.out.String() != "" }
	if strings.Contains(script, "cleaner serve") {
		probe := strings.Replace(script, "cleaner serve", "cleaner health --ready", 1)
		atWork = func() bool { return s.command(s.Context(), probe).Run() == nil }
	}
	for end := time.Now().Add(patience); time.Now().Before(end); {
		select {
		case <-p.done:
			s.Fatalf("%s ended at once:\n%s", script, p.out)
		case <-time.After(20 * time.Millisecond):
		}
		if atWork() {
			return p
		}
	}
	s.Fatalf("%s is not ready:\n%s", script, p.out)
	return nil
}

// stop stops a process in order. It must end well.
func (s *sandbox) stop(p *process) {
	select {
	case <-p.done:
		return // stopped before, or it has failed the test at its start
	default:
	}
	s.check(p.cmd.Process.Signal(syscall.SIGTERM))
	select {
	case <-p.done:
	case <-time.After(patience):
		_ = p.cmd.Process.Kill()
		s.Errorf("%v does not stop:\n%s", p.cmd.Args, p.out)
	}
	if code := p.cmd.ProcessState.ExitCode(); code != 0 {
		s.Errorf("%v ended with exit code %d:\n%s", p.cmd.Args, code, p.out)
	}
}
