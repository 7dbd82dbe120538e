package worker

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"cleaner/internal/answer"
	"cleaner/internal/policy"
	"cleaner/internal/queue"
)

// endpoint is a far side of which a test says how it answers for what is not there,
// to a look and to a DELETE, and how it says that it deleted.
type endpoint struct {
	far
	look, again, success answer.Answer
	// missing are IDs that were never there, odd IDs have an answer of their own to
	// each DELETE.
	missing map[string]bool
	odd     map[string]answer.Answer
	// canaries is how many tasks are deleted before any ID is odd: which tasks these are
	// is left to chance.
	canaries int
	// unseen is how long a deletion takes to show.
	unseen time.Duration
	gone   map[string]time.Time
	blind  answer.Answer // the answer to all looks; zero when looks tell
	all    bool          // made-up IDs are there too
}

// join makes e the far side of tr.
func (e *endpoint) join(tr *trial) {
	e.gone = map[string]time.Time{}
	if e.success.Status == 0 {
		e.success = ok
	}
	e.answer = func(id string, _ int) answer.Answer {
		e.mu.Lock()
		defer e.mu.Unlock()
		_, gone := e.gone[id]
		if a, odd := e.odd[id]; odd && len(e.gone) >= e.canaries {
			return a
		}
		if gone || e.missing[id] {
			return e.again
		}
		e.gone[id] = time.Now()
		return e.success
	}
	e.see = func(id string, _ int) answer.Answer {
		at, gone := e.gone[id]
		switch {
		case e.blind.Status != 0:
			return e.blind
		case e.missing[id], id == madeUp && !e.all, gone && time.Since(at) >= e.unseen:
			return e.look
		default:
			return there
		}
	}
	tr.opts.Service = &e.far
	tr.opts.Calibration.Canaries = 3
}

// left is how many odd IDs are not gone.
func (e *endpoint) left() (n int64) {
	for id := range e.odd {
		if _, gone := e.gone[id]; !gone {
			n++
		}
	}
	return n
}

// However a service answers for what is not there, calibration learns it: what was
// there is deleted, what was not is gone, and nothing else ends.
func TestCalibrationLearnsEveryAnswer(t *testing.T) {
	page := answer.Answer{Status: 200, Body: answer.BodyHTML}
	for name, e := range map[string]*endpoint{
		"404 with a code":              {look: coded(404, "CC.00059404"), again: coded(404, "CC.00059404")},
		"404 without a code":           {look: answer.Answer{Status: 404, Body: answer.BodyEmpty}, again: answer.Answer{Status: 404, Body: answer.BodyEmpty}},
		"400":                          {look: coded(400, "CC.00059404"), again: coded(400, "CC.00059404")},
		"401":                          {look: coded(401, "CC.00059404"), again: coded(401, "CC.00059404")},
		"418":                          {look: coded(418, "CC.00059404"), again: coded(418, "CC.00059404")},
		"422":                          {look: coded(422, "CC.00059404"), again: coded(422, "CC.00059404")},
		"200 with an unknown code":     {look: coded(200, "CC.00059404"), again: coded(200, "CC.00059404")},
		"200 with a documented fault":  {look: coded(200, "CC.00050002"), again: coded(200, "CC.00050002")},
		"200 with a credential code":   {look: coded(200, "CC.00050007"), again: coded(200, "CC.00050007")},
		"200 with the missing project": {look: coded(200, "CC.00050013"), again: coded(200, "CC.00050013")},
		"200 with a page":              {look: page, again: page},
		"200 null to a look":           {look: answer.Answer{Status: 200, Body: answer.BodyNull}, again: coded(400, "CC.00059404")},
		"different to look and DELETE": {look: coded(200, "CC.00050002"), again: coded(422, "CC.00059404")},
		"seen after 20 s":              {look: coded(404, "CC.00059404"), again: coded(404, "CC.00059404"), unseen: 20 * time.Second},
		"success is an empty 204":      {look: coded(404, "CC.00059404"), again: coded(404, "CC.00059404"), success: answer.Answer{Status: 204, Body: answer.BodyEmpty}},
		"success is 202, done at once": {look: coded(404, "CC.00059404"), again: coded(404, "CC.00059404"), success: answer.Answer{Status: 202, Body: answer.BodyJSON}},
		"success is 202, done later":   {look: coded(404, "CC.00059404"), again: coded(404, "CC.00059404"), success: answer.Answer{Status: 202, Body: answer.BodyJSON}, unseen: 20 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			try(t, 400, &e.far, func(tr *trial) {
				e.missing = map[string]bool{}
				for i := range 40 {
					e.missing[id("first", i*10)] = true
				}
				e.join(tr)
				p := tr.run(tr.Context())
				tr.want("stop", p.Stop, Stop{})
				tr.want("mode", p.Verification.Mode, ModeVerified)
				tr.want("deleted", p.Deleted, int64(360))
				tr.want("gone", p.Gone, int64(40))
				// The first IDs that are looked at are drawn: when those behind the made-up one were
				// never there either, 401 for all of them is what a token that is not good looks like.
				tr.want("renewals", e.renewals <= 1 && (e.renewals == 0 || e.look.Status == 401), true)
				l := p.Verification.Learned
				tr.want("learned of looks", l.Look.Equal(policy.SignatureOf(e.look)), true)
				tr.want("learned of DELETE", l.Delete.Equal(policy.SignatureOf(e.again)), true)
				tr.want("DELETEs sent to learn", p.Calibration, int64(3))
				tr.want("made-up DELETEs", len(e.sent[madeUp]), 0)
				for _, o := range tr.recorded {
					if o.State == queue.Gone != e.missing[o.Delivery.ID] && o.State != queue.Pending {
						tr.Errorf("%s is recorded as %v", o.Delivery.ID, o.State)
					}
				}
			})
		})
	}
}

// A service that answers a DELETE alike for what it deletes and what is not there is
// found out, and said to be so.
func TestCalibrationFindsIdempotentServices(t *testing.T) {
	e := &endpoint{look: coded(404, "CC.00059404"), again: ok}
	try(t, 100, &e.far, func(tr *trial) {
		e.missing = map[string]bool{id("first", 3): true}
		e.join(tr)
		p := tr.run(tr.Context())
		tr.want("deleted", p.Deleted, int64(100))
		tr.want("indistinct", p.Verification.Indistinct(), true)
		if words := p.Verification.Words(p.Deleted); !strings.Contains(words, "cannot be told apart") {
			tr.Errorf("words %q", words)
		}
	})
	// A wrong list is found there by looks before the DELETE.
	e = &endpoint{look: coded(404, "CC.00059404"), again: ok}
	try(t, 2000, &e.far, func(tr *trial) {
		e.missing = map[string]bool{}
		for i := range 1200 {
			e.missing[id("first", i)] = true
		}
		e.join(tr)
		tr.opts.Random = func() float64 { return rand.Float64() / 10 } // one in ten
		tr.opts.Shares = policy.Shares{Sample: 100, Failed: 0.2, NotFound: 0.5}
		p := tr.run(tr.Context())
		tr.want("stop", p.Stop.Kind, StopNotFoundShare)
	})
}

// A later pass knows what was learned and checks it by one canary. When it no longer
// holds, calibration starts anew.
func TestLaterPassesCheckWhatWasLearned(t *testing.T) {
	e := &endpoint{look: coded(404, "CC.00059404"), again: coded(400, "CC.00059404")}
	try(t, 200, &e.far, func(tr *trial) {
		e.join(tr)
		tr.run(tr.Context())
		tr.want("recorded", tr.learned.KnowsLook() && tr.learned.KnowsDelete(), true)

		tr.load("second", 100)
		tr.opts.Calibration.Learned = tr.learned
		before := len(e.looked)
		p := tr.run(tr.Context())
		tr.want("deleted", p.Deleted, int64(100))
		tr.want("DELETEs sent to check", p.Calibration, int64(1))
		tr.want("changed", p.Verification.Changed, "")
		tr.want("tasks looked at", len(e.looked)-before, 2)

		tr.load("third", 100)
		e.look = coded(410, "CC.00059410")
		p = tr.run(tr.Context())
		tr.want("deleted, but for the canary that showed it", p.Deleted, int64(99))
		tr.want("gone by a request of ours", p.Gone, int64(1))
		tr.want("stop", p.Stop, Stop{})
		tr.want("learned anew", tr.learned.Look.Status, 410)
	})
}

// Twice a conflict stops the pass.
func TestASecondConflictStops(t *testing.T) {
	e, n := &endpoint{again: coded(400, "CC.00059404")}, 0
	try(t, 200, &e.far, func(tr *trial) {
		e.join(tr)
		see := e.see
		e.see = func(id string, nth int) answer.Answer {
			a := see(id, nth)
			if a.Body != answer.BodyTask {
				n++
				return coded(404, fmt.Sprintf("CC.0005%04d", n))
			}
			return a
		}
		e.look = coded(404, "x")
		p := tr.run(tr.Context())
		tr.want("stop", p.Stop.Kind, StopCanary)
		tr.want("requests", p.Requests <= 6, true)
		tr.want("pending", tr.counts().Pending, int64(200))
	})
}

// What stops a pass before anything else is deleted.
func TestCalibrationStopsThePass(t *testing.T) {
	tests := []struct {
		name  string
		e     *endpoint
		setup func(*trial, *endpoint)
		kind  StopKind
		says  string
		most  int64 // requests
	}{
		{
			"none is there", &endpoint{look: coded(404, "CC.00059404")},
			func(_ *trial, e *endpoint) { e.blind = e.look },
			StopCanary, "none of 20 tasks is there (the last look was answered CC.00059404 (HTTP 404)): is this the right list, project and region?", 0,
		},
		{
			"the deletion has no effect", &endpoint{look: coded(404, "CC.00059404"), unseen: 1000 * time.Hour},
			func(*trial, *endpoint) {},
			StopCanary, "and the task is still there", 3,
		},
		{
			"no permission to look, where that is to stop", &endpoint{blind: noRight},
			func(tr *trial, _ *endpoint) { tr.opts.Calibration.StopUnverified = true },
			StopCanary, "grant codeartscheck:task:get", 0,
		},
		{
			"no permission to delete", &endpoint{look: coded(404, "CC.00059404"), success: noRight},
			func(_ *trial, e *endpoint) {
				e.odd = map[string]answer.Answer{}
				for i := range 300 {
					e.odd[id("first", i)] = noRight
				}
			},
			StopCredentials, "CC.00050010", 16,
		},
		{
			"a proxy refuses", &endpoint{blind: answer.Answer{Fault: answer.FaultProxy, Status: 1}},
			func(_ *trial, e *endpoint) { e.blind = answer.Answer{Status: 1, Fault: answer.FaultProxy} },
			StopCredentials, "proxy", 0,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			try(t, 300, &tt.e.far, func(tr *trial) {
				tt.e.join(tr)
				tt.setup(tr, tt.e)
				p := tr.run(tr.Context())
				tr.want("stop", p.Stop.Kind, tt.kind)
				if !strings.Contains(p.Stop.Why, tt.says) {
					tr.Errorf("why: %s", p.Stop.Why)
				}
				tr.want("few requests", p.Requests <= tt.most, true)
				tr.want("pending", tr.counts().Pending, int64(300))
			})
		})
	}
}

// Without permission to look the pass goes on by the service's word, and says so.
func TestUnverifiedIsLoud(t *testing.T) {
	e := &endpoint{blind: noRight, again: coded(404, "CC.00059404")}
	try(t, 100, &e.far, func(tr *trial) {
		e.join(tr)
		p := tr.run(tr.Context())
		tr.want("deleted", p.Deleted, int64(100))
		tr.want("mode", p.Verification.Mode, ModeUnverified)
		if words := p.Verification.Words(p.Deleted); !strings.HasPrefix(words, "unverified: looks are answered CC.00050010 (HTTP 200): grant codeartscheck:task:get") {
			tr.Errorf("words %q", words)
		}
	})
}

// A middlebox that answers an empty 200 after the canaries deletes nothing, and is not
// believed: looks show the tasks, whose attempts are spent.
func TestEmptySuccessIsNotBelieved(t *testing.T) {
	for _, status := range []int{200, 204} {
		e := &endpoint{look: coded(404, "CC.00059404"), again: coded(404, "CC.00059404"), odd: map[string]answer.Answer{}, canaries: 3}
		try(t, 100, &e.far, func(tr *trial) {
			e.join(tr)
			for i := range 10 {
				e.odd[id("first", i*10)] = answer.Answer{Status: status, Body: answer.BodyEmpty}
			}
			p := tr.run(tr.Context())
			tr.want("deleted", p.Deleted, int64(len(e.gone)))
			tr.want("dead", p.Dead, e.left())
		})
	}
}

// What earlier passes learned of empty successes holds where a canary of this pass is answered
// so. Where the canary is confirmed otherwise, an empty answer may be a middlebox's that deletes
// nothing.
func TestEmptySuccessIsLearnedAnew(t *testing.T) {
	gone, empty := coded(404, "CC.00059404"), answer.Answer{Status: 204, Body: answer.BodyEmpty}
	for name, tt := range map[string]struct {
		success answer.Answer
		kept    bool
		odd     int
	}{
		"confirmed by null":  {ok, false, 10},
		"confirmed by empty": {empty, true, 0},
	} {
		t.Run(name, func(t *testing.T) {
			e := &endpoint{look: gone, again: gone, success: tt.success, odd: map[string]answer.Answer{}, canaries: 1}
			try(t, 100, &e.far, func(tr *trial) {
				e.join(tr)
				tr.opts.Calibration.Learned = policy.Learned{Look: policy.SignatureOf(gone), Delete: policy.SignatureOf(gone), Empty: true, Canaries: 3}
				for i := range tt.odd {
					e.odd[id("first", i*10)] = empty
				}
				p := tr.run(tr.Context())
				tr.want("deleted", p.Deleted, int64(len(e.gone)))
				tr.want("dead", p.Dead, e.left())
				tr.want("kept", p.Verification.Learned.Empty, tt.kept)
			})
		})
	}
}

// Deletions are looked at through the whole pass. One that stays there stops it; the
// bound is of those that were chosen at random.
func TestDeletionsAreLookedAt(t *testing.T) {
	e := &endpoint{look: coded(404, "CC.00059404"), again: coded(404, "CC.00059404")}
	try(t, 1000, &e.far, func(tr *trial) {
		e.join(tr)
		var n atomic.Int64
		tr.opts.Random = func() float64 { return float64(n.Add(1)%20) / 20 }
		p := tr.run(tr.Context())
		tr.want("deleted", p.Deleted, int64(1000))
		tr.want("looked at", p.Verification.Random >= 40, true)
		if words := p.Verification.Words(p.Deleted); !strings.HasPrefix(words, fmt.Sprintf("of 1000 deletions %d were looked at, all gone: with 95 %% confidence fewer than", p.Verification.Random)) {
			tr.Errorf("words %q", words)
		}
	})
	tr := Verification{Mode: ModeVerified, Random: 47}
	if got := tr.Words(4742); got != "of 4742 deletions 47 were looked at, all gone: with 95 % confidence fewer than 6.2 % remain" {
		t.Error(got)
	}
	// From some moment on nothing is deleted any more, although it is said so.
	e = &endpoint{look: coded(404, "CC.00059404"), again: coded(404, "CC.00059404"), odd: map[string]answer.Answer{}}
	e.latency = 100 * time.Millisecond
	try(t, 5000, &e.far, func(tr *trial) {
		e.join(tr)
		for i := range 4000 {
			e.odd[id("first", 1000+i)] = ok
		}
		var n atomic.Int64
		tr.opts.Random = func() float64 { return float64(n.Add(1)%100) / 100 }
		p := tr.run(tr.Context())
		tr.want("stop", p.Stop.Kind, StopCanary)
		tr.want("stopped within minutes", p.FinishedAt.Sub(p.StartedAt) < 3*time.Minute, true)
	})
}

// Where looks show a task for every ID they cannot tell: the pass goes on by the
// service's word, and says so. Where they change with the deletion they can.
func TestLooksAtMadeUpIDs(t *testing.T) {
	e := &endpoint{blind: there, again: ok}
	try(t, 100, &e.far, func(tr *trial) {
		e.join(tr)
		p := tr.run(tr.Context())
		tr.want("deleted", p.Deleted, int64(100))
		tr.want("mode", p.Verification.Mode, ModeUnverified)
	})
	e = &endpoint{look: coded(404, "CC.00059404"), again: coded(404, "CC.00059404"), all: true}
	try(t, 100, &e.far, func(tr *trial) {
		e.join(tr)
		p := tr.run(tr.Context())
		tr.want("deleted", p.Deleted, int64(100))
		tr.want("mode", p.Verification.Mode, ModeVerified)
	})
}
