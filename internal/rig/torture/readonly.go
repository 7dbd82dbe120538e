package main

import (
	"context"
	"errors"
	"fmt"
)

// readOnly makes the file system under the ledger read-only before the first
// pass and again in the middle of the work: a pass ends with exit code 1 and a
// text that names the ledger, and sends nothing.
func readOnly(ctx context.Context, l *lab) (tally, error) {
	return l.repeat(ctx, l.size(1, 10), setup{}, func(ctx context.Context, t *trial) (err error) {
		dir := t.path("state")
		if err := mountSmall(dir, small); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, unmount(dir)) }()
		for range 2 {
			if err := t.refusesReadOnly(ctx, dir); err != nil {
				return err
			}
			if _, err := t.run(ctx, append(t.passArgs(true), "--max-deletes", fmt.Sprint(len(t.ids)/2))...); err != nil {
				return err
			}
		}
		return t.finish(ctx)
	})
}

// refusesReadOnly wants a pass on a read-only file system at dir to send nothing.
func (t *trial) refusesReadOnly(ctx context.Context, dir string) error {
	before := t.sim.Truth().Requests
	if err := setReadOnly(dir, true); err != nil {
		return err
	}
	end, err := t.pass(ctx, true)
	if err != nil {
		return err
	}
	t.wantRefusal(end, t.ledgerPath())
	if sent := t.sim.Truth().Requests - before; sent != 0 {
		t.violate("%d requests were sent on a read-only file system", sent)
	}
	if err := t.look(ctx); err != nil {
		return err
	}
	return setReadOnly(dir, false)
}

// readOnlyMidway makes every write to the ledger's log fail from a random one
// on, as on a file system that the kernel has made read-only after a fault of
// the disk. The pass ends with exit code 1 and says why; at most one request
// for each worker is not recorded.
func readOnlyMidway(ctx context.Context, l *lab) (tally, error) {
	return l.repeat(ctx, l.size(1, 20), setup{}, func(ctx context.Context, t *trial) error {
		if err := t.expect(ctx, exitOK, t.loadArgs()...); err != nil {
			return err
		}
		// strace counts for each thread: the first that comes to the number fails.
		c, err := t.start(ctx, []string{
			"strace", "-D", "-f", "-o", t.path("trace"), "-P", t.ledgerPath() + "-wal",
			"-e", "trace=pwrite64", "-e", fmt.Sprintf("inject=pwrite64:error=EROFS:when=%d+", 1+t.random.IntN(20)),
		}, t.passArgs(false)...)
		if err != nil {
			return fmt.Errorf("a disk that turns read-only needs strace: %w", err)
		}
		end, err := c.end()
		if err != nil {
			return err
		}
		t.wantRefusal(end, t.ledgerPath())
		if err := t.struck(ctx); err != nil {
			return err
		}
		return t.finish(ctx)
	})
}
