package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"
)

// peersModule is the module of those contestants that need libraries.
const peersModule = "internal/rig/bench/peers"

// peer is what one would take instead of cleaner.
type peer struct {
	name    string
	n       int // deletes a run; few for the slow ones
	command command
}

// peers runs the others once each, over what the bare loop and cleaner use. Those whose
// programs or modules are not installed are left out, and a line says so.
func (b bench) peers(ctx context.Context) error {
	fmt.Printf("what one would take instead, %v, %d in flight, one run each (CPU of the client alone, waited for children included)\n\n", b.service, b.workers)
	list := []peer{
		{"bare net/http", 20_000, b.bareCommand},
		{"cleaner", 20_000, b.cleanerCommand},
		{"xargs with curl", 300, b.xargs},
	}
	binary, err := b.buildPeers(ctx)
	if err != nil {
		fmt.Printf("the vendor's SDK and asynq are left out: %v\n", err)
	} else {
		defer func() { _ = os.Remove(binary) }()
		list = append(list, peer{"vendor's SDK, tuned", 20_000, b.inModule(binary, "sdk")}, peer{"asynq on Redis", 5_000, b.asynq(binary)})
	}
	for _, p := range list {
		r, err := b.run(ctx, p.n, p.command)
		if err != nil {
			fmt.Printf("%-20s left out: %v\n", p.name, err)
			continue
		}
		fmt.Printf("%-20s %7d deletes  %8.1f µs  %6.0f/s  %5d connections  %4.0f MiB\n", p.name, p.n, r.cpu, r.rate, r.connections, r.mib)
	}
	fmt.Println()
	return nil
}

// xargs is the shell's own loop: one curl for each ID.
func (b bench) xargs(ctx context.Context, p place) (*exec.Cmd, error) {
	header := filepath.Join(p.dir, "header")
	if err := os.WriteFile(header, []byte("X-Auth-Token: rehearsal\nContent-Type: application/json\n"), 0o600); err != nil {
		return nil, err
	}
	args := []string{"-a", p.ids(), "-P", strconv.Itoa(b.workers), "-I{}", "curl", "-sf", "-o", "/dev/null", "-X", "DELETE", "-H", "@" + header}
	if p.ca != "" {
		args = append(args, "--cacert", p.ca)
	}
	return exec.CommandContext(ctx, "xargs", append(args, p.url+"/v2/tasks/{}")...), nil
}

// buildPeers builds the module of the others and returns the binary.
func (b bench) buildPeers(ctx context.Context) (string, error) {
	binary := filepath.Join(os.TempDir(), fmt.Sprintf("cleaner-bench-peers-%d", os.Getpid()))
	cmd := exec.CommandContext(ctx, "go", "build", "-o", binary, ".")
	cmd.Dir = peersModule
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build %s: %w: %s", peersModule, err, out[:min(len(out), 300)])
	}
	return binary, nil
}

// inModule is a contestant of the module of the others.
func (b bench) inModule(binary string, args ...string) command {
	return func(ctx context.Context, p place) (*exec.Cmd, error) {
		return exec.CommandContext(ctx, binary, append(args, p.url, p.ids(), strconv.Itoa(b.workers), p.ca)...), nil
	}
}

// asynq is the worker of asynq on a Redis of its own, which holds the IDs already:
// neither Redis nor the enqueuing is counted.
func (b bench) asynq(binary string) command {
	return func(ctx context.Context, p place) (*exec.Cmd, error) {
		socket := filepath.Join(p.dir, "redis.sock")
		ctx, stop := context.WithCancel(ctx)
		redis := exec.CommandContext(ctx, "redis-server", "--port", "0", "--unixsocket", socket, "--save", "", "--dir", p.dir)
		if err := redis.Start(); err != nil {
			stop()
			return nil, err
		}
		p.after = append(p.after, func() { stop(); _ = redis.Wait() }) // it was killed
		if err := await(ctx, socket); err != nil {
			return nil, err
		}
		enqueue := exec.CommandContext(ctx, binary, "enqueue", socket, p.ids())
		if out, err := enqueue.CombinedOutput(); err != nil {
			return nil, fmt.Errorf("enqueue: %w: %s", err, out)
		}
		return b.inModule(binary, "asynq", socket)(ctx, p)
	}
}

// await waits until a file is there.
func await(ctx context.Context, path string) error {
	for range 100 {
		if _, err := os.Stat(path); err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
	}
	return errors.New("redis-server has not come up within 5 s")
}
