package worker

import (
	"fmt"
	"testing"
	"time"

	"cleaner/internal/answer"
	"cleaner/internal/policy"
)

// Where the absence signature may be a fault, and deletions show late, the last ones
// are seen too, with no live task left.
func TestLastEffectsAreSeen(t *testing.T) {
	e := plain()
	e.look, e.again = coded(200, "CC.00050002"), coded(200, "CC.00050002")
	e.success, e.unseen = answer.Answer{Status: 202, Body: answer.BodyJSON}, 90*time.Second
	try(t, 50, &e.far, func(tr *trial) {
		e.join(tr)
		p := tr.run(tr.Context())
		tr.want("stop", p.Stop, Stop{})
		tr.want("deleted", p.Deleted, int64(50))
		tr.want("took", p.FinishedAt.Sub(p.StartedAt) < 20*time.Minute, true)
	})
}

// Running tasks are left alone also while looks fail.
func TestRunningTasksAreSafeWhileLooksFail(t *testing.T) {
	e := plain()
	try(t, 50, &e.far, func(tr *trial) {
		e.join(tr)
		tr.opts.Retry.Running = policy.RunningSkip
		run := answer.Answer{Status: 200, Body: answer.BodyTask, Running: true}
		n := map[string]int{}
		e.seeing(func(i string) (answer.Answer, bool) {
			if n[i]++; n[i] == 1 && len(n) > 30 {
				return busy, true
			}
			return run, i >= id("first", 40)
		})
		p := tr.run(tr.Context())
		tr.want("deleted", p.Deleted, int64(40))
		for i := 40; i < 50; i++ {
			tr.want("DELETEs of a running task", len(e.sent[id("first", i)]), 0)
		}
	})
}

// A pass that has seen its canaries go calibrates no second time, while the first still
// learns, for the running tasks among those that it looked at.
func TestRunningTasksCalibrateOnce(t *testing.T) {
	for seed := range 10 {
		e := plain()
		try(t, 50, &e.far, func(tr *trial) {
			e.join(tr)
			tr.opts.Retry.Running = policy.RunningSkip
			run := answer.Answer{Status: 200, Body: answer.BodyTask, Running: true}
			e.seeing(func(i string) (answer.Answer, bool) { return run, i >= id("first", 25) })
			p := tr.run(tr.Context())
			tr.want("deleted", p.Deleted, int64(25))
			tr.want(fmt.Sprintf("DELETEs that were sent again, try %d", seed), p.Calibration, int64(3))
		})
	}
}

// Tasks that always fail, where nothing else is pending, end after as many passes as
// they have attempts, and not at the first.
func TestOnlyLeftovers(t *testing.T) {
	for _, left := range []int{1, 6} {
		e := plain()
		try(t, left, &e.far, func(tr *trial) {
			for i := range left {
				e.odd[id("first", i)] = busy
			}
			e.join(tr)
			for n := 1; n <= 6; n++ {
				p := tr.run(tr.Context())
				tr.want("within the deadline and a little", p.FinishedAt.Sub(p.StartedAt) < 65*time.Minute, true)
				if n == 3 && left == 6 {
					tr.want("dead after three passes", tr.counts().Dead, int64(0))
				}
			}
			tr.want("dead", tr.counts().Dead, int64(left))
		})
	}
}

// Deletions that show after more than a minute.
func TestLateEffects(t *testing.T) {
	for _, unseen := range []time.Duration{50 * time.Second, 2 * time.Minute} {
		e := plain()
		e.unseen = unseen
		e.latency = time.Second
		try(t, 300, &e.far, func(tr *trial) {
			e.join(tr)
			p := tr.run(tr.Context())
			if late := unseen > time.Minute; late {
				tr.want("stop", p.Stop.Kind, StopCanary)
				tr.want("pending", tr.counts().Pending, int64(300))
			} else {
				tr.want("stop", p.Stop, Stop{})
				tr.want("deleted", p.Deleted, int64(300))
			}
		})
	}
}

// An outage at the first deletions costs few requests.
func TestOutageOfCanariesIsProbed(t *testing.T) {
	e := plain()
	try(t, 300, &e.far, func(tr *trial) {
		e.join(tr)
		began, reply := time.Now(), e.answer
		e.answer = func(i string, n int) answer.Answer {
			if time.Since(began) < 30*time.Minute {
				return busy
			}
			return reply(i, n)
		}
		p := tr.run(tr.Context())
		tr.want("deleted", p.Deleted, int64(300))
		tr.want("mode", p.Verification.Mode, ModeVerified)
		if p.Retries > 60 {
			tr.Errorf("%d requests were retries", p.Retries)
		}
	})
}
