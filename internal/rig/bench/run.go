package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"cleaner/internal/sim"
)

// tokenLength is that of the simulated service's tokens, about that of real ones.
const tokenLength = 1300

// result is one run of one contestant.
type result struct {
	cpu         float64 // microseconds of CPU for each delete, user and system
	rate        float64 // deletes a second, start of the process included
	mib         float64 // peak resident memory
	connections int64   // opened at the server
	ledger      float64 // bytes
}

// command makes the process to measure: it deletes the IDs in dir/ids.txt from
// the service at url.
type command func(ctx context.Context, url, dir string) (*exec.Cmd, error)

// run measures one contestant on n IDs against a fresh service, and makes sure
// that the service has really seen every ID deleted.
func (b bench) run(ctx context.Context, n int, make command) (r result, err error) {
	dir, err := os.MkdirTemp("", "cleaner-bench-")
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	if err := writeIDs(filepath.Join(dir, "ids.txt"), n); err != nil {
		return r, err
	}
	s, err := sim.New(sim.Options{Latency: sim.Latency{Min: b.latency}})
	if err != nil {
		return r, err
	}
	url, stop, err := s.Start("127.0.0.1:0")
	if err != nil {
		return r, err
	}
	defer stop()
	cmd, err := make(ctx, url, dir)
	if err != nil {
		return r, err
	}
	if r, err = measure(cmd, n); err != nil {
		return r, err
	}
	truth := s.Truth()
	if truth.Effects != int64(n) {
		return r, fmt.Errorf("the service saw %d of %d IDs deleted", truth.Effects, n)
	}
	r.connections = truth.Connections
	r.ledger, err = sizeOf(dir, "queue.db*")
	return r, err
}

// measure runs cmd to its end and takes the kernel's account of it.
func measure(cmd *exec.Cmd, n int) (r result, err error) {
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	began := time.Now()
	if err := cmd.Start(); err != nil {
		return r, err
	}
	peak := watch(cmd.Process.Pid)
	err = cmd.Wait()
	took := time.Since(began)
	r.mib = peak()
	if err != nil {
		return r, fmt.Errorf("%s: %w\n%s", strings.Join(cmd.Args, " "), err, &out)
	}
	state := cmd.ProcessState
	r.cpu = float64((state.UserTime() + state.SystemTime()).Microseconds()) / float64(n)
	r.rate = float64(n) / took.Seconds()
	return r, nil
}

func (b bench) bareCommand(ctx context.Context, url, dir string) (*exec.Cmd, error) {
	self, err := os.Executable()
	return exec.CommandContext(ctx, self, bareArg, url, filepath.Join(dir, "ids.txt"), strconv.Itoa(b.workers)), err
}

func (b bench) cleanerCommand(ctx context.Context, url, dir string) (*exec.Cmd, error) {
	password, cfg := filepath.Join(dir, "password"), filepath.Join(dir, "cleaner.yaml")
	if err := os.WriteFile(password, []byte("rehearsal\n"), 0o600); err != nil {
		return nil, err
	}
	text := fmt.Sprintf(`service: {region: cn-north-4, endpoint: %q, iam_endpoint: %q}
auth: {password: {domain: account, user: cleaner, password_file: %q}}
queue: {url: "sqlite:%s/queue.db"}
limits: {workers: %d, rate: 1000000, floor: 1000000, burst: 1000}
safety: {refuse_above: 0}
`, url, url, password, dir, b.workers)
	if err := os.WriteFile(cfg, []byte(text), 0o600); err != nil {
		return nil, err
	}
	return exec.CommandContext(ctx, b.binary, "run", "--config", cfg, "--ids", filepath.Join(dir, "ids.txt"),
		"--results", filepath.Join(dir, "results.jsonl"), "--report", filepath.Join(dir, "report.json")), nil
}

// writeIDs writes n task IDs of the documented form: 32 hexadecimal characters.
func writeIDs(path string, n int) error {
	random := rand.New(rand.NewPCG(1, uint64(n)))
	var text bytes.Buffer
	for range n {
		fmt.Fprintf(&text, "%016x%016x\n", random.Uint64(), random.Uint64())
	}
	return os.WriteFile(path, text.Bytes(), 0o600)
}
