package worker

import (
	"sync/atomic"
	"testing"
	"time"

	"cleaner/internal/answer"
	"cleaner/internal/queue"
)

// Whenever the far side goes down during calibration, and whatever it answers then,
// to all requests or to DELETEs alone, nothing is recorded as gone that is there, and
// nothing dies.
func TestOutagesDuringCalibration(t *testing.T) {
	page404 := answer.Answer{Status: 404, Body: answer.BodyEmpty}
	for name, a := range map[string]answer.Answer{"fault": coded(200, "CC.00050002"), "{}": {Status: 200, Body: answer.BodyJSON}, "busy": busy, "404": page404, "gateway 404": coded(404, "APIG.0101"), "401": expired} {
		for _, from := range []time.Duration{0, 2500 * time.Millisecond, 4500 * time.Millisecond, 8500 * time.Millisecond} {
			for _, onlyDelete := range []bool{true, false} {
				t.Run(name+" "+from.String(), func(t *testing.T) {
					e := plain()
					e.latency = time.Second
					e.look = coded(404, "CC.00059404")
					try(t, 300, &e.far, func(tr *trial) {
						for i := range 30 {
							e.missing[id("first", i*10)] = true
						}
						e.join(tr)
						began := time.Now()
						down := func() bool { s := time.Since(began); return s >= from && s < from+10*time.Minute }
						reply, see := e.answer, e.see
						e.answer = func(i string, n int) answer.Answer {
							if down() {
								return a
							}
							return reply(i, n)
						}
						e.see = func(i string, n int) answer.Answer {
							if down() && !onlyDelete {
								return a
							}
							return see(i, n)
						}
						tr.run(tr.Context())
						for _, o := range tr.recorded {
							if _, was := e.gone[o.Delivery.ID]; o.State == queue.Deleted && !was || o.State == queue.Gone && !was && !e.missing[o.Delivery.ID] || o.State == queue.Dead {
								tr.Errorf("%s is recorded as %v: %s", o.Delivery.ID, o.State, o.Reason)
							}
						}
					})
				})
			}
		}
	}
}

// An outage that answers as the service does for what is not there hides nothing.
func TestOutageLikeAbsence(t *testing.T) {
	for name, a := range map[string]answer.Answer{
		"404": {Status: 404, Body: answer.BodyEmpty}, "400 json": {Status: 400, Body: answer.BodyJSON}, "404 html": {Status: 404, Body: answer.BodyHTML}, "403": {Status: 403, Body: answer.BodyEmpty}, "410": {Status: 410, Body: answer.BodyEmpty},
		"302": {Status: 302, Body: answer.BodyEmpty}, "400 empty": {Status: 400, Body: answer.BodyEmpty},
		"fault": coded(200, "CC.00050002"), "200 null": ok, "200 {}": {Status: 200, Body: answer.BodyJSON},
	} {
		t.Run(name, func(t *testing.T) {
			e := plain()
			e.look, e.again = a, a
			e.latency = time.Second
			try(t, 300, &e.far, func(tr *trial) {
				e.join(tr)
				began := time.Now()
				down := func() bool { s := time.Since(began); return s >= 30*time.Second && s < 10*time.Minute }
				reply, see := e.answer, e.see
				e.answer = func(i string, n int) answer.Answer {
					if down() {
						return a
					}
					return reply(i, n)
				}
				e.see = func(i string, n int) answer.Answer {
					if down() {
						return a
					}
					return see(i, n)
				}
				tr.run(tr.Context())
				for _, o := range tr.recorded {
					if _, was := e.gone[o.Delivery.ID]; o.State != queue.Pending && !was && a.Body != answer.BodyNull {
						tr.Errorf("%s is recorded as %v: %s", o.Delivery.ID, o.State, o.Reason)
						break
					}
				}
			})
		})
	}
}

// The protect list changes at any moment: what it protects is never sent again.
func TestProtectedInMidCalibration(t *testing.T) {
	for ms := 0; ms < 12000; ms += 500 {
		e := plain()
		e.latency = 300 * time.Millisecond
		try(t, 30, &e.far, func(tr *trial) {
			e.join(tr)
			began := time.Now()
			var asked atomic.Int64
			tr.opts.Guard = guardFunc(func(string) (string, bool, error) {
				asked.Add(1)
				return "r", time.Since(began) >= time.Duration(ms)*time.Millisecond, nil
			})
			tr.run(tr.Context())
			for i, at := range e.sent {
				for _, a := range at {
					if a.Sub(began) >= time.Duration(ms)*time.Millisecond {
						tr.Errorf("%s sent at %v, protected from %d ms", i, a.Sub(began), ms)
					}
				}
			}
		})
	}
}

// A canary that comes back stays pending.
func TestACanaryThatComesBackStaysPending(t *testing.T) {
	e := plain()
	try(t, 50, &e.far, func(tr *trial) {
		e.join(tr)
		began, see := time.Now(), e.see
		e.see = func(i string, n int) answer.Answer {
			if time.Since(began) > 4*time.Second && i != madeUp {
				return there
			}
			return see(i, n)
		}
		p := tr.run(tr.Context())
		tr.want("stop", p.Stop.Kind, StopCanary)
		for _, o := range tr.recorded {
			if o.Delivery.ID == p.Stop.Why[len("the service confirmed that it deleted task "):][:len(id("first", 0))] && o.State != queue.Pending {
				tr.Errorf("%s is recorded as %v", o.Delivery.ID, o.State)
			}
		}
	})
}
