package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"time"

	"cleaner/internal/quota"
)

// passes are scenes that are measured by passes of the binary.
func passes(ctx context.Context, binary string, scenes []realScene) (all []*trial) {
	for _, h := range scenes {
		all = append(all, newTrial(h.scene, func(int) (result, error) { return h.measure(ctx, binary) }))
	}
	return all
}

// stage is what a scene's passes are made on.
type stage struct {
	realScene
	dir      string
	binary   string
	service  *service
	proxy    *proxy // nil when the service itself keeps the limits
	rival    *rival // nil without
	endpoint string
}

// measure measures a scene by a pass over its IDs, and, unless it is made only once, by a
// second one over as many others, with what the first has learned.
func (h realScene) measure(ctx context.Context, binary string) (r result, err error) {
	s := stage{realScene: h, binary: binary}
	if s.dir, err = os.MkdirTemp("", "cleaner-pace-"); err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(s.dir)) }()
	if s.service, err = serve(ctx, h); err != nil {
		return r, err
	}
	defer s.service.stop()
	s.endpoint = s.service.address
	if h.program != "" {
		if s.proxy, err = startProxy(ctx, s.dir, h.program, h.rules, s.service.address); err != nil {
			return r, err
		}
		defer s.proxy.stop()
		s.endpoint = s.proxy.address
	}
	if h.rival > 0 {
		s.rival = compete(ctx, h.rival, "http://"+s.endpoint)
		defer s.rival.stop()
	}
	r, err = s.first(ctx)
	if err != nil || h.once || h.change > 0 || r.total == 0 {
		return r, err
	}
	_, r.warm, err = s.pass(ctx, 2)
	return r, err
}

// first makes the first pass, and reads from the logs what came of it.
func (s *stage) first(ctx context.Context) (r result, err error) {
	began, took, err := s.pass(ctx, 1)
	if err != nil {
		return r, err
	}
	log, err := s.requests(began)
	if err != nil || len(log) == 0 {
		return r, errors.Join(err, errors.New("the log has no request"))
	}
	s.rate = s.letThrough(log)
	zero := log[0].at
	o, to := answered(log, s.n-s.workers)
	s.change = max(0, s.change-zero.Sub(s.service.began)) // by the clock of the log
	from := s.from()
	r.ideal = time.Duration(float64(s.n) / s.rate * float64(time.Second))
	r.goodput, r.throttled = o.shares(s.rate, from, to)
	if s.rival != nil {
		r.rival = s.rival.refused(zero.Add(from+2*s.window), zero.Add(to))
	}
	if s.change > 0 {
		r.settled = s.settles(o, to)
		return r, nil
	}
	r.total = took
	return r, nil
}

// letThrough is how many requests a second the limits let through in the long run. Those at
// once let through what so many slots can hold, each for as long as requests took.
func (s *stage) letThrough(log []request) float64 {
	if s.limits[0].Kind != quota.AtOnce {
		return s.rate
	}
	took, n := time.Duration(0), 0
	for _, r := range log {
		if !r.refused() {
			took, n = took+r.took, n+1
		}
	}
	return float64(s.limits[0].N) / (took.Seconds() / float64(max(n, 1)))
}

// answered is what came of requests, and when so many DELETEs were accepted: from then on
// fewer IDs are left than there are workers.
func answered(log []request, enough int) (o seen, to time.Duration) {
	deleted := 0
	for _, r := range log {
		at := r.at.Sub(log[0].at)
		if r.refused() {
			o.refused = append(o.refused, at)
			continue
		}
		o.done = append(o.done, at)
		if r.deletes && deleted < enough {
			deleted++
			to = at
		}
	}
	return o, to
}

// requests are those of a pass that began at a moment, as whoever keeps the limits has them
// in its log.
func (s *stage) requests(began time.Time) (log []request, err error) {
	log = s.service.requests(began)
	if s.proxy != nil {
		if log, err = s.proxy.requests(began); err != nil {
			return nil, err
		}
	}
	slices.SortStableFunc(log, func(a, b request) int { return a.at.Compare(b.at) })
	return log, nil
}

// pass makes one pass, the nth, over IDs of its own. It makes sure that the service has seen each
// of them deleted, and returns when the process began and how long it took: 0 when it was stopped
// because it takes far too long.
func (s *stage) pass(ctx context.Context, nth int) (began time.Time, took time.Duration, err error) {
	ids := make([]string, s.n)
	for i := range ids {
		ids[i] = fmt.Sprintf("%016x%016x", nth, i)
	}
	ideal := time.Duration(float64(s.n) / s.rate * float64(time.Second))
	patient, cancel := context.WithTimeout(ctx, 2*ideal+30*time.Second)
	defer cancel()
	cmd, err := s.command(patient, ids)
	if err != nil {
		return began, 0, err
	}
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	began = time.Now()
	err = cmd.Run()
	took = time.Since(began)
	if patient.Err() != nil && ctx.Err() == nil {
		return began, 0, nil
	}
	if err != nil {
		return began, took, fmt.Errorf("pass %d: %w\n%s", nth, err, &said)
	}
	for _, id := range ids {
		if s.service.TruthOf(id).Effects != 1 {
			return began, took, fmt.Errorf("pass %d: %s is not deleted", nth, id)
		}
	}
	return began, took, nil
}

// command is a pass over IDs, with everything on.
func (s *stage) command(ctx context.Context, ids []string) (*exec.Cmd, error) {
	password, list, conf := filepath.Join(s.dir, "password"), filepath.Join(s.dir, "ids"), filepath.Join(s.dir, "cleaner.yaml")
	text := fmt.Sprintf(`service: {region: cn-north-4, endpoint: "http://%s", iam_endpoint: "http://%s"}
auth: {password: {domain: account, user: cleaner, password_file: %q}}
queue: {url: "sqlite:%s/queue.db"}
limits: {workers: %d, rate: %g, leave: %g}
`, s.endpoint, s.service.address, password, s.dir, s.workers, s.ceiling, s.leave)
	var lines bytes.Buffer
	for _, id := range ids {
		fmt.Fprintln(&lines, id)
	}
	err := errors.Join(os.WriteFile(password, []byte("rehearsal\n"), 0o600), os.WriteFile(conf, []byte(text), 0o600), os.WriteFile(list, lines.Bytes(), 0o600))
	cmd := exec.CommandContext(ctx, s.binary, "run", "--config", conf, "--ids", list,
		"--results", filepath.Join(s.dir, "results.jsonl"), "--report", filepath.Join(s.dir, "report.json"))
	return cmd, err
}
