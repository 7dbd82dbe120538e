// Package main shows what the pace reaches against limits that it does not know: in
// virtual time, `make pace`, and with whole passes of the binary over real HTTP, `make
// pace-http`.
package main

import (
	"container/heap"
	"math/rand/v2"
	"time"

	"cleaner/internal/policy"
	"cleaner/internal/quota"
)

// event is something that happens at a moment.
type event struct {
	at   time.Duration
	seq  int
	does func()
}

type events []event

func (e events) Len() int { return len(e) }
func (e events) Less(i, j int) bool {
	return e[i].at < e[j].at || e[i].at == e[j].at && e[i].seq < e[j].seq
}
func (e events) Swap(i, j int) { e[i], e[j] = e[j], e[i] }
func (e *events) Push(x any)   { *e = append(*e, x.(event)) }
func (e *events) Pop() any {
	last := (*e)[len(*e)-1]
	*e = (*e)[:len(*e)-1]
	return last
}

// pacer decides when requests leave.
type pacer interface {
	Next(now time.Duration) (time.Duration, bool)
	Sent(now time.Duration)
	Note(now time.Duration, r policy.PaceReply)
}

// world is a pace, a gate and the way between them.
type world struct {
	scene
	pace   pacer
	gate   *quota.Gate
	random *rand.Rand
	now    time.Duration
	events events
	seq    int
	out    int
	lookers
	woken time.Duration // when the next try to send is due; negative for none
	seen
	sent int
}

func newWorld(s scene, seed uint64, known pacer) *world {
	w := &world{scene: s, gate: quota.NewGate(s.limits, s.script...), random: rand.New(rand.NewPCG(seed, 7)), woken: -1, pace: known}
	if known == nil {
		w.pace = policy.NewPace(s.rules(), policy.PaceLearned{})
	}
	if s.rival > 0 {
		w.gate.Compete(s.rival, seed)
	}
	return w
}

// rules are those of the pace.
func (s scene) rules() policy.PaceRules {
	return policy.PaceRules{Ceiling: s.ceiling, Floor: 0.05, Leave: s.leave}
}

func (w *world) after(d time.Duration, does func()) {
	w.seq++
	heap.Push(&w.events, event{w.now + d, w.seq, does})
}

// between draws a time.
func (w *world) between(least, most time.Duration) time.Duration {
	if most <= least {
		return least
	}
	return least + time.Duration(w.random.Int64N(int64(most-least)))
}

// run lets the time go by until end, or until enough were accepted.
func (w *world) run(end time.Duration, enough int) {
	if w.seq == 0 {
		w.try()
	}
	for len(w.events) > 0 && (enough == 0 || len(w.done) < enough) {
		if w.events[0].at > end {
			return
		}
		e := heap.Pop(&w.events).(event)
		w.now = e.at
		e.does()
	}
}

// try sends what may be sent now, and has itself called when more may. Looks go first.
func (w *world) try() {
	for w.looking > 0 {
		if at, ok := w.lookNext(); !ok || at > w.now {
			w.wake(at, ok)
			return
		}
		w.look()
	}
	for w.out < w.workers {
		if at, ok := w.pace.Next(w.now); !ok || at > w.now {
			w.wake(at, ok)
			return
		}
		w.send()
	}
}

// wake has try called at a moment, if that is known.
func (w *world) wake(at time.Duration, known bool) {
	if !known || w.woken > w.now && w.woken <= at {
		return
	}
	w.woken = at
	w.after(at-w.now, func() {
		if w.woken == w.now {
			w.woken = -1
			w.try()
		}
	})
}

func (w *world) send() {
	sent := w.now
	w.pace.Sent(sent)
	w.sent++
	w.out++
	w.after(w.between(w.net[0], w.net[1]), func() {
		a := w.gate.Admit(w.now)
		back := w.between(w.net[0], w.net[1])
		if w.late > 0 && w.random.Float64() < w.late {
			back += w.between(50*time.Millisecond, 400*time.Millisecond)
		}
		r := policy.PaceReply{Sent: sent}
		hold := a.Wait
		if w.fails() {
			r.End, hold = policy.PaceFailed, 0
		} else if !a.OK {
			r.End = policy.PaceRefused
			hold = w.tarpit
			w.shape(&r, a)
		} else {
			hold += w.between(w.service[0], w.service[1])
		}
		if w.says == "quota" && a.Limit.Window > 0 {
			r.Quota, r.Left, r.Reset = a.Limit.N, max(a.Left, 0), a.Reset.Truncate(time.Second)+time.Second
		}
		w.after(hold, func() {
			if a.OK {
				w.gate.Leave()
			}
			w.after(back, func() { w.answered(r) })
		})
	})
}

func (w *world) answered(r policy.PaceReply) {
	w.out--
	if r.End == policy.PaceAccepted {
		w.done = append(w.done, w.now)
		w.looks()
	} else if !(w.failing(r.Sent) || w.faults > 0 && r.End == policy.PaceFailed) {
		w.refused = append(w.refused, w.now)
	}
	w.pace.Note(w.now, r)
	w.try()
}

// failing reports whether the service was down at a moment.
func (w *world) failing(at time.Duration) bool { return at >= w.outage[0] && at < w.outage[1] }

// fails decides whether the service fails at a call.
func (w *world) fails() bool {
	return w.failing(w.now) || w.faults > 0 && w.random.Float64() < w.faults
}

// shape adds to a refusal what it says.
func (w *world) shape(r *policy.PaceReply, a quota.Answer) {
	switch w.says {
	case "text":
		r.Limit, r.Window = a.Limit.N, a.Limit.Window
	case "503":
		r.End = policy.PaceFailed
	case "quota":
		r.Wait = a.Reset.Truncate(time.Second) + time.Second
	case "retry-after":
		r.Wait = max((a.Wait + time.Second - 1).Truncate(time.Second), time.Second)
	case "text+retry-after":
		r.Limit, r.Window = a.Limit.N, a.Limit.Window
		r.Wait = max((a.Wait + time.Second - 1).Truncate(time.Second), time.Second)
	}
}
