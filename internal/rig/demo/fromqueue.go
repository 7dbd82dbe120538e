package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/redis/go-redis/v9"

	"cleaner/internal/rig/freeport"
	"cleaner/internal/sim"
)

// What is sent to the stream: so many task IDs, some of them twice, and some messages
// that name none.
const (
	queueIDs, queueTwice, queueBad = 300, 10, 2
	stream                         = "codearts:deletions"
)

// fromQueue shows task IDs that come by a Redis stream while serve is at work.
type fromQueue struct {
	dir, binary    string
	redis, address string // of Redis, and of the admin server
	sim            *sim.Sim
	ids            []string
	client         *redis.Client
}

// showQueue runs this part of the demonstration in dir, which it makes, where a Redis is
// installed.
func showQueue(ctx context.Context, dir, binary string, seed uint64) (err error) {
	server, err := exec.LookPath("redis-server")
	if err != nil {
		fmt.Println("\nFrom a queue: left out, as no redis-server is installed here.")
		return nil
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	s, err := sim.New(sim.Options{Seed: seed, RequireAuth: true, Password: password})
	if err != nil {
		return err
	}
	url, stop, err := s.Start("127.0.0.1:0")
	if err != nil {
		return err
	}
	defer stop()
	q := &fromQueue{dir: dir, binary: binary, sim: s}
	for _, address := range []*string{&q.redis, &q.address} {
		if *address, err = freeport.Address(ctx); err != nil {
			return err
		}
	}
	if err := q.write(url, rand.New(rand.NewPCG(seed, 2))); err != nil {
		return err
	}
	_, port, _ := net.SplitHostPort(q.redis)
	ended, err := q.start(ctx, server, "--bind", "127.0.0.1", "--port", port, "--save", "", "--dir", q.dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, ended()) }()
	q.client = redis.NewClient(&redis.Options{Addr: q.redis, Protocol: 2, DisableIdentity: true})
	defer func() { _ = q.client.Close() }()
	return q.show(ctx)
}

// write makes the task IDs and writes the configuration.
func (q *fromQueue) write(url string, random *rand.Rand) error {
	for range queueIDs {
		q.ids = append(q.ids, fmt.Sprintf("%016x%016x", random.Uint64(), random.Uint64()))
	}
	cfg := fmt.Sprintf(`service: {region: cn-north-4, endpoint: %q, iam_endpoint: %q}
auth: {password: {domain: demo, user: cleaner, password_file: %q}}
queue: {url: "sqlite:%s"}
intake: [{name: orders, url: "redis://%s/0", stream: %q}]
limits: {workers: 8, rate: 1000, floor: 500, burst: 20}
safety: {canary: 0}
schedule: [{cron: "0 0 1 1 *"}]
listen: {address: %q, socket: %q}
log: {level: error}
`, url, url, filepath.Join(q.dir, "password"), filepath.Join(q.dir, "queue.db"), q.redis, stream, q.address, filepath.Join(q.dir, "control"))
	return errors.Join(
		os.WriteFile(filepath.Join(q.dir, "password"), []byte(password), 0o600),
		os.WriteFile(filepath.Join(q.dir, "cleaner.yaml"), []byte(cfg), 0o600))
}

// show sends to the stream, half of it before serve begins, and shows what serve makes of
// it: in the status, the metrics and the page, and in Redis and the service.
func (q *fromQueue) show(ctx context.Context) (err error) {
	messages := slices.Concat(q.ids, q.ids[:queueTwice], slices.Repeat([]string{"no-task-id"}, queueBad))
	fmt.Printf("\nFrom a queue: %d messages in a Redis stream name %d task IDs; %d come twice, and %d are none.\n", len(messages), queueIDs, queueTwice, queueBad)
	if err := q.send(ctx, messages[:queueIDs/2]); err != nil {
		return err
	}
	fmt.Println("$ cleaner serve")
	ended, err := q.start(ctx, q.binary, "serve", "--config", filepath.Join(q.dir, "cleaner.yaml"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, ended()) }()
	if err := q.send(ctx, messages[queueIDs/2:]); err != nil {
		return err
	}
	var s queueStatus
	if err := q.until(ctx, &s, func() bool { return len(s.Intake) == 1 && s.Intake[0].Acked == int64(len(messages)) }); err != nil {
		return err
	}
	if err := q.trigger(ctx); err != nil {
		return err
	}
	if err := q.until(ctx, &s, func() bool { return s.Pass == nil && s.Ledger.Pending == 0 && len(s.Passes) == 1 }); err != nil {
		return err
	}
	return q.compare(ctx, s, int64(len(messages)))
}

// send adds messages to the stream.
func (q *fromQueue) send(ctx context.Context, messages []string) error {
	for _, m := range messages {
		if err := q.client.XAdd(ctx, &redis.XAddArgs{Stream: stream, Values: []string{"task_id", m}}).Err(); err != nil {
			return fmt.Errorf("add to the stream: %w", err)
		}
	}
	return nil
}

// trigger begins a pass.
func (q *fromQueue) trigger(ctx context.Context) error {
	fmt.Println("$ cleaner trigger")
	cmd := exec.CommandContext(ctx, q.binary, "trigger", "--config", filepath.Join(q.dir, "cleaner.yaml")) //nolint:gosec // the binary to show
	if text, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("cleaner trigger: %w: %s", err, text)
	}
	return nil
}

// queueStatus is what is read of /status.
type queueStatus struct {
	Pass   *struct{} `json:"pass"`
	Passes []struct {
		Deleted int64 `json:"deleted"`
	} `json:"passes"`
	Ledger struct {
		Pending int64 `json:"pending"`
	} `json:"ledger"`
	Intake []struct {
		Received    int64 `json:"received"`
		Acked       int64 `json:"acked"`
		Redelivered int64 `json:"redelivered"`
		Rejected    int64 `json:"rejected"`
		New         int64 `json:"new"`
		Duplicates  int64 `json:"duplicates"`
	} `json:"intake"`
}

// until asks for the status until it is as wanted.
func (q *fromQueue) until(ctx context.Context, s *queueStatus, wanted func() bool) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for {
		text, err := q.get(ctx, "/status")
		if err == nil {
			*s = queueStatus{}
			if err = json.Unmarshal(text, s); err == nil && wanted() {
				return nil
			}
		}
		select {
		case <-time.After(100 * time.Millisecond):
		case <-ctx.Done():
			return fmt.Errorf("serve does not get on: %w; the status is %s", errors.Join(ctx.Err(), err), text)
		}
	}
}

func (q *fromQueue) get(ctx context.Context, path string) (text []byte, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+q.address+path, nil)
	if err != nil {
		return nil, err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, resp.Body.Close()) }()
	return io.ReadAll(resp.Body)
}

// compare prints what status, metrics and page say, and holds it against what Redis and
// the service know.
func (q *fromQueue) compare(ctx context.Context, s queueStatus, sent int64) error {
	in := s.Intake[0]
	fmt.Printf("/status   %d received, %d acked, %d redelivered, %d rejected; %d new task IDs, %d duplicates\n",
		in.Received, in.Acked, in.Redelivered, in.Rejected, in.New, in.Duplicates)
	metrics, err := q.get(ctx, "/metrics")
	if err != nil {
		return err
	}
	for lines := bufio.NewScanner(bytes.NewReader(metrics)); lines.Scan(); {
		if strings.HasPrefix(lines.Text(), "cleaner_intake_messages_total") {
			fmt.Println("/metrics ", lines.Text())
		}
	}
	page, err := q.get(ctx, "/")
	if err != nil {
		return err
	}
	pending, err := q.client.XPending(ctx, stream, "cleaner").Result()
	if err != nil {
		return err
	}
	c := checks{}
	c.equal("received", in.Received, sent)
	c.equal("acknowledged", in.Acked, sent-pending.Count)
	c.equal("rejected", in.Rejected, queueBad)
	c.equal("on the page", int64(bytes.Count(page, []byte(`id="intake-orders"`))), 1)
	c.equal("deleted", s.Passes[0].Deleted, q.sim.Truth().Effects)
	c.equal("deleted of those sent", q.deleted(), queueIDs)
	return c.print()
}

// deleted is how many of the task IDs the service has deleted.
func (q *fromQueue) deleted() (n int64) {
	for _, id := range q.ids {
		n += int64(q.sim.TruthOf(id).Effects)
	}
	return n
}

// start starts a server, which the returned function ends, and waits for.
func (q *fromQueue) start(ctx context.Context, path string, args ...string) (end func() error, err error) {
	var said bytes.Buffer
	cmd := exec.CommandContext(ctx, path, args...) //nolint:gosec // a Redis, or the binary to show
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	return func() error {
		_ = cmd.Process.Signal(syscall.SIGTERM) // an error says that it has ended
		if err := cmd.Wait(); err != nil {
			return fmt.Errorf("%s: %w\n%s", filepath.Base(path), err, said.Bytes())
		}
		return nil
	}, nil
}
