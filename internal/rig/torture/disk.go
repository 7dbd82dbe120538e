package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// small is the size of the file system that is filled: enough for the whole
// work of a trial, so that nothing but the ballast fills it.
const small = 16 << 20

// diskFull fills the disk under the ledger while a pass runs, and before one
// starts. The pass must stop before it can no longer record what it sends: it
// ends with exit code 1 and a text that names the ledger and says what to do,
// and at most one request for each worker is not recorded. A pass that starts
// on a full disk ends the same way and sends nothing. With the ballast gone the
// next pass finishes.
func diskFull(ctx context.Context, l *lab) (tally, error) {
	return l.repeat(ctx, l.size(2, 40), setup{}, func(ctx context.Context, t *trial) error {
		return t.onFullDisk(ctx, t.path("state"), t.ledgerPath())
	})
}

// diskFullOfResults is diskFull for the results file on a disk of its own: what
// cannot be told must not be done, and what was done is told once there is room.
func diskFullOfResults(ctx context.Context, l *lab) (tally, error) {
	return l.repeat(ctx, l.size(2, 40), setup{}, func(ctx context.Context, t *trial) error {
		return t.onFullDisk(ctx, t.path("out"), t.resultsPath())
	})
}

// onFullDisk makes a trial in which the disk at dir, where the file at path is,
// becomes full, and stays so for another pass.
func (t *trial) onFullDisk(ctx context.Context, dir, path string) (err error) {
	if err := mountSmall(dir, small); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, unmount(dir)) }()
	c, err := t.start(ctx, nil, t.passArgs(true)...)
	if err != nil {
		return err
	}
	if err := t.fillDuring(c, dir); err != nil {
		return err
	}
	end, err := c.end()
	if err != nil {
		return err
	}
	if err := t.stopped(ctx, end, path); err != nil {
		return err
	}
	before, room := t.sim.Truth().Deletes, slack(path)
	if end, err = t.pass(ctx, true); err != nil {
		return err
	}
	if sent := t.sim.Truth().Deletes - before; sent > room {
		t.violate("%d requests were sent on a disk that was full from the start, and had room for %d lines", sent, room)
	}
	if err := t.stopped(ctx, end, path); err != nil {
		return err
	}
	if err := os.Remove(filepath.Join(dir, "ballast")); err != nil {
		return err
	}
	return t.finish(ctx)
}

// slack is how many requests the file at path still has room for on a full disk: as many
// lines of results as its last block takes, and one for each worker that finds no room.
// The ledger's file has none, being made of whole blocks.
func slack(path string) int64 {
	const block, shortest = 4096, 200 // bytes, of a file system and of a line
	info, err := os.Stat(path)
	if err != nil || info.Size()%block == 0 || block-info.Size()%block < shortest {
		return 0
	}
	return (block-info.Size()%block)/shortest + workers
}

// stopped wants a pass to have been stopped by the full disk under path.
func (t *trial) stopped(ctx context.Context, end ended, path string) error {
	t.wantRefusal(end, path)
	t.wantAdvice(end)
	return t.struck(ctx)
}

// fillDuring fills the disk at dir when c has sent some requests. c stands still as long as
// that takes, so that it cannot end before.
func (t *trial) fillDuring(c *child, dir string) error {
	if err := t.awaitDeletes(c, t.random.Int64N(int64(len(t.ids)/2))); err != nil {
		return err
	}
	if err := c.cmd.Process.Signal(syscall.SIGSTOP); err != nil {
		return err
	}
	return errors.Join(fill(filepath.Join(dir, "ballast")), c.cmd.Process.Signal(syscall.SIGCONT))
}

// fill writes a file until there is no room for another byte.
func fill(path string) (err error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	for size := 1 << 20; size > 0; {
		switch _, err := f.Write(make([]byte, size)); {
		case errors.Is(err, syscall.ENOSPC):
			size /= 16
		case err != nil:
			return err
		}
	}
	return nil
}

// wantRefusal wants the exit code 1 and a text that names path.
func (t *trial) wantRefusal(end ended, path string) {
	if end.code != exitInternal {
		t.violate("exit code %d, want %d: %s", end.code, exitInternal, end.stderr)
	}
	if !strings.Contains(end.stderr, path) {
		t.violate("the error does not name %s: %s", path, end.stderr)
	}
}

// wantAdvice wants the error on a full disk to tell an operator to make room.
func (t *trial) wantAdvice(end ended) {
	for _, hint := range []string{"make room", "free some", "free space", "free up"} {
		if strings.Contains(end.stderr, hint) {
			return
		}
	}
	t.violate("the error does not say to make room: %s", end.stderr)
}
