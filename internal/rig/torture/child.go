package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"slices"
	"syscall"
	"time"
)

// The exit codes that the scenarios expect; docs name them all.
const (
	exitOK          = 0
	exitInternal    = 1
	exitDead        = 3
	exitLimit       = 4
	exitBelt        = 5
	exitCredentials = 6
	exitLocked      = 7
	exitSignal      = 8
	killed          = -1
)

// patience bounds one process: one that takes longer hangs, which is a fault.
const patience = 2 * time.Minute

// child is one cleaner process.
type child struct {
	cmd    *exec.Cmd
	stdout bytes.Buffer
	stderr bytes.Buffer
	done   chan struct{} // closed when it has ended
	cancel context.CancelFunc
}

// ended is how a child ended.
type ended struct {
	code   int // killed when a signal ended it
	stdout string
	stderr string
}

// passArgs are the arguments of a pass, which loads the input if it is told to.
func (t *trial) passArgs(load bool) []string {
	args := []string{"run", "--config", t.path("cleaner.yaml"), "--results", t.resultsPath(), "--report", t.reportPath()}
	if load {
		args = append(args, "--ids", t.path("tasks.txt"))
	}
	return args
}

// start starts cleaner with args, behind the wrapping command if one is given.
func (t *trial) start(ctx context.Context, wrap []string, args ...string) (*child, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	line := slices.Concat(wrap, []string{t.binary}, args)
	c := &child{cmd: exec.CommandContext(ctx, line[0], line[1:]...), done: make(chan struct{}), cancel: cancel}
	c.cmd.Stdout, c.cmd.Stderr = &c.stdout, &c.stderr
	c.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := c.cmd.Start(); err != nil {
		cancel()
		return nil, fmt.Errorf("start %s: %w", line[0], err)
	}
	go func() {
		defer close(c.done)
		_ = c.cmd.Wait() // how it ended is in ProcessState
	}()
	return c, nil
}

// end waits for c and says how it ended.
func (c *child) end() (ended, error) {
	<-c.done
	defer c.cancel()
	if c.cmd.ProcessState == nil {
		return ended{}, errors.New("the process was not waited for")
	}
	return ended{c.cmd.ProcessState.ExitCode(), c.stdout.String(), c.stderr.String()}, nil
}

// killAfter kills c after d, unless it has ended by then, and says how it ended.
func (c *child) killAfter(d time.Duration) (ended, error) {
	select {
	case <-c.done:
	case <-time.After(d):
		_ = c.cmd.Process.Kill() // an error says that it has ended
	}
	return c.end()
}

// run runs cleaner to its end.
func (t *trial) run(ctx context.Context, args ...string) (ended, error) {
	c, err := t.start(ctx, nil, args...)
	if err != nil {
		return ended{}, err
	}
	return c.end()
}

// pass makes a pass to its end.
func (t *trial) pass(ctx context.Context, load bool) (ended, error) {
	return t.run(ctx, t.passArgs(load)...)
}
