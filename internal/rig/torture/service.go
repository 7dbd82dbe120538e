package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"cleaner/internal/sim"
)

// lies is all that the service may say that is not so, or does not say: hanging,
// breaking off before and after the effect, success without effect, effect
// without success, and answers that are no answers. An empty success is not among
// them: it counts only where looks confirm it, and these passes look at nothing.
func lies() []string {
	return []string{
		"busy-400:0.03:2", "busy-401:0.03:2", "inner-wrapper:0.03:2", "running-200:0.02:1", "expired-401:0.002:1",
		"parameters-200:0.02", "unknown-200:0.02", "teapot-418:0.02", "html-404:0.01:1", "bare-404:0.01:1",
		"500:0.02:1", "502:0.02:2", "503:0.02:1", "504:0.02:1", "500-after-effect:0.02:1", "504-after-effect:0.02:1",
		"accept-lie:0.03:1", "json-garbage-200:0.03", "truncated-json-200:0.03:2",
		"v3-success-200:0.03", "v3-error-200:0.03", "v3-accepted-202:0.03:3", "sibling-200:0.03",
		"slow=50ms:0.03", "hang=5s:0.02:1", "hang-after-effect=5s:0.02:1", "reset:0.04:1", "reset-after-effect:0.04:1", "cut:0.04:1",
	}
}

// lyingService makes passes against a service that lies and hangs, with a short
// time-out of a request, kills in between. No state agrees with a lie.
func lyingService(ctx context.Context, l *lab) (tally, error) {
	o := setup{faults: lies(), timeout: "300ms", refused: true, allThere: true}
	return l.repeat(ctx, l.size(1, 60), o, func(ctx context.Context, t *trial) error {
		for range 2 {
			c, err := t.start(ctx, nil, t.passArgs(true)...)
			if err != nil {
				return err
			}
			if _, err := c.killAfter(t.upTo(t.perSweep)); err != nil {
				return err
			}
			if err := t.struck(ctx); err != nil {
				return err
			}
		}
		return t.finish(ctx)
	})
}

// outage takes the far side away for some seconds in the middle of a pass: it
// answers 502 to everything, or breaks every connection, or hangs. No ID is
// lost or given up, and this pass or a later one finishes.
func outage(ctx context.Context, l *lab) (sum tally, err error) {
	o := setup{outage: true, attempts: 60, backoff: "initial: 50ms, max: 500ms", timeout: "300ms"}
	for _, name := range []string{"outage", "reset", "hang"}[:l.size(2, 3)] {
		f, err := sim.ParseFault(name)
		if err != nil {
			return sum, err
		}
		one, err := l.repeat(ctx, l.size(1, 10), o, func(ctx context.Context, t *trial) error {
			c, err := t.start(ctx, nil, t.passArgs(true)...)
			if err != nil {
				return err
			}
			if err := t.awaitDeletes(c, 1+t.random.Int64N(int64(len(t.ids)/2))); err != nil {
				return err
			}
			if err := t.sim.Outage(f, time.Duration(t.size(1, 3))*time.Second); err != nil {
				return err
			}
			end, err := c.end()
			if err != nil {
				return err
			}
			if end.code != exitOK && end.code != exitLimit {
				t.violate("exit code %d after an outage: %s", end.code, end.stderr)
			}
			if err := t.look(ctx); err != nil {
				return err
			}
			return t.finish(ctx)
		})
		sum.add(one)
		if err != nil {
			return sum, fmt.Errorf("%s: %w", name, err)
		}
	}
	return sum, nil
}

// awaitDeletes waits until the service has had n DELETEs, while c lives.
func (t *trial) awaitDeletes(c *child, n int64) error {
	for t.sim.Truth().Deletes < n {
		select {
		case <-c.done:
			return errors.New("the pass ended too early for the trial")
		case <-time.After(time.Millisecond):
		}
	}
	return nil
}

// twoPasses starts a second pass while a first is at work. It exits with 7 and
// sends nothing: the service counts what the first one reports.
func twoPasses(ctx context.Context, l *lab) (tally, error) {
	return l.repeat(ctx, l.size(1, 20), setup{rate: 200}, func(ctx context.Context, t *trial) error {
		first, err := t.start(ctx, nil, t.passArgs(true)...)
		if err != nil {
			return err
		}
		if err := t.awaitDeletes(first, 1); err != nil {
			return err
		}
		for range 3 {
			err := t.expect(ctx, exitLocked, "run", "--config", t.path("cleaner.yaml"), "--ids", t.path("tasks.txt"),
				"--results", t.resultsPath(), "--report", t.path("out/second.json"))
			if err != nil {
				return err
			}
		}
		if logins := t.sim.Truth().Logins; logins != 1 {
			t.violate("%d logins, want the first pass's alone", logins)
		}
		end, err := first.end()
		if err != nil {
			return err
		}
		return t.check(ctx, end, t.sim.Truth().Deletes)
	})
}

// descriptors runs passes with few file descriptors, from too few to start with
// to enough. Each finishes, or refuses with a text, and none says what is not
// true, gives an ID up, or loses one.
func descriptors(ctx context.Context, l *lab) (sum tally, err error) {
	limits := []int{4, 8, 12, 16, 24} // with 14 one connection has to do for all workers, and it takes long
	if l.long {
		limits = []int{4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 20, 22, 24, 26, 28}
	}
	for _, limit := range limits {
		one, err := l.repeat(ctx, 1, setup{faults: busy()}, func(ctx context.Context, t *trial) error {
			few := []string{"sh", "-c", `ulimit -n "$0" && exec "$@"`, strconv.Itoa(limit)}
			c, err := t.start(ctx, few, t.passArgs(true)...)
			if err != nil {
				return err
			}
			end, err := c.end()
			if err != nil {
				return err
			}
			if end.code != exitOK && end.stderr == "" && end.stdout == "" {
				t.violate("exit code %d without a word", end.code)
			}
			if err := t.look(ctx); err != nil {
				return err
			}
			return t.finish(ctx)
		})
		sum.add(one)
		if err != nil {
			return sum, fmt.Errorf("%d descriptors: %w", limit, err)
		}
	}
	return sum, nil
}
