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
)

// tokenLength is that of the simulated service's tokens, about that of real ones.
const tokenLength = 1300

// result is one run of one contestant.
type result struct {
	cpu         float64       // microseconds of CPU for each delete, user and system
	rate        float64       // deletes a second, start of the process included
	mib         float64       // peak resident memory
	connections int64         // opened at the server
	ledger      float64       // bytes
	first       time.Duration // from the start of the process to the first DELETE
}

// place is where a contestant finds what it needs: the service, and the IDs in
// dir/ids.txt.
type place struct {
	*service
	dir string
	n   int
}

func (p place) ids() string { return filepath.Join(p.dir, "ids.txt") }

// command makes the process to measure: it deletes all IDs of a place.
type command func(ctx context.Context, p place) (*exec.Cmd, error)

// run measures one contestant on n IDs against a fresh service, and makes sure
// that the service has really seen every ID deleted.
func (b bench) run(ctx context.Context, n int, make command) (r result, err error) {
	dir, err := os.MkdirTemp("", "cleaner-bench-")
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	s, err := serve(ctx, b.service, dir)
	if err != nil {
		return r, err
	}
	defer s.stop()
	p := place{s, dir, n}
	if err := writeIDs(p.ids(), n); err != nil {
		return r, err
	}
	cmd, err := make(ctx, p)
	if err != nil {
		return r, err
	}
	began := time.Now()
	if r, err = measure(cmd, n); err != nil {
		return r, err
	}
	if effects := s.Truth().Effects; effects != int64(n) {
		return r, fmt.Errorf("the service saw %d of %d IDs deleted", effects, n)
	}
	r.connections, r.first = s.connections.Load(), time.Unix(0, s.first.Load()).Sub(began)
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

func (b bench) bareCommand(ctx context.Context, p place) (*exec.Cmd, error) {
	self, err := os.Executable()
	return exec.CommandContext(ctx, self, bareArg, p.url, p.ids(), strconv.Itoa(b.workers), p.ca), err
}

func (b bench) cleanerCommand(ctx context.Context, p place) (*exec.Cmd, error) {
	return b.cleaner(ctx, p, "safety: {refuse_above: 0}")
}

// cleaner is a pass with everything on, and some settings more.
func (b bench) cleaner(ctx context.Context, p place, settings string) (*exec.Cmd, error) {
	password, cfg := filepath.Join(p.dir, "password"), filepath.Join(p.dir, "cleaner.yaml")
	if err := os.WriteFile(password, []byte("rehearsal\n"), 0o600); err != nil {
		return nil, err
	}
	trust := ""
	if p.ca != "" {
		trust = fmt.Sprintf(", ca_file: %q", p.ca)
	}
	text := fmt.Sprintf(`service: {region: cn-north-4, endpoint: %q, iam_endpoint: %q%s}
auth: {password: {domain: account, user: cleaner, password_file: %q}}
queue: {url: "sqlite:%s/queue.db"}
limits: {workers: %d, rate: 1000000, floor: 1000000, burst: 1000}
%s
`, p.url, p.url, trust, password, p.dir, b.workers, settings)
	if err := os.WriteFile(cfg, []byte(text), 0o600); err != nil {
		return nil, err
	}
	return exec.CommandContext(ctx, b.binary, "run", "--config", cfg, "--ids", p.ids(),
		"--results", filepath.Join(p.dir, "results.jsonl"), "--report", filepath.Join(p.dir, "report.json")), nil
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

// sizeOf is the size of the files that match pattern in dir.
func sizeOf(dir, pattern string) (total float64, err error) {
	paths, err := filepath.Glob(filepath.Join(dir, pattern))
	if err != nil {
		return 0, err
	}
	for _, path := range paths {
		info, err := os.Stat(path)
		if err != nil {
			return 0, err
		}
		total += float64(info.Size())
	}
	return total, nil
}
