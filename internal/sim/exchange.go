package sim

import (
	"encoding/binary"
	"encoding/hex"
	"math/rand/v2"
	"net/http"
	"time"
)

// exchange is one request on its way through the stations. It belongs to the
// goroutine of its request.
type exchange struct {
	sim *Sim
	client
	op        Op
	taskID    string // from the path; "" when the operation has none
	ref       ref    // of taskID
	requestID string
	nth       uint64        // which request it is: of its ID for a DELETE, of all for others
	late      time.Duration // not 0 puts a deletion off for so long
	took      bool          // the deletion took effect in this exchange
	admission admission     // among the concurrent ones
}

// admission is what lets a request in among those that are under way, until it is over.
type admission struct {
	over    bool
	limiter *limiter // that has let it through; nil when none has
}

// handle makes a handler of an operation's effect.
func (s *Sim) handle(op Op, effect func(*exchange) reply) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		id := r.PathValue("task_id")
		x := &exchange{sim: s, client: client{w, r}, op: op, taskID: id, ref: refOf(id)}
		s.settleLate()
		x.arrive()
		defer x.leave()
		if rep, refused := s.refuses(x); refused {
			x.answer(rep)
			return
		}
		if rep, held := s.middlebox.holds(x); held {
			x.pause()
			x.answer(rep)
			return
		}
		x.act(s.fault(x), effect)
	}
}

// arrive counts the request, before anything is decided about it.
func (x *exchange) arrive() {
	c := x.sim.count
	n := c.requests.Add(1)
	x.nth = uint64(n)
	x.requestID = requestID(x.sim.opt.Seed, uint64(n))
	c.enter()
	switch x.op {
	case OpStop:
		c.stops.Add(1)
		return
	case OpProgress:
		c.looks.Add(1)
		if rec, _, _ := x.sim.tasks.look(x.ref); x.sim.madeUp(rec.flags) {
			c.madeUpLooks.Add(1)
		}
		return
	case OpDelete:
	default:
		return
	}
	c.deletes.Add(1)
	c.arrivals.hit()
	x.sim.tasks.update(x.ref, func(e entry) {
		e.requests++
		x.nth = uint64(e.requests)
		if x.sim.madeUp(e.flags) {
			c.madeUpDeletes.Add(1)
		}
		if e.flags.has(answered) {
			e.repeats++
			c.repeats.Add(1)
		}
	})
}

// madeUp reports whether an ID with these flags was never added, while others
// were.
func (w *world) madeUp(f flags) bool { return !f.has(added) && w.count.added.Load() > 0 }

// leave ends the request's share of the concurrency, once. It comes before the
// answer: as soon as that is out the client may rightly send its next request.
func (x *exchange) leave() {
	if !x.admission.over {
		x.admission.over = true
		if x.admission.limiter != nil {
			x.admission.limiter.leave()
		}
		x.sim.count.inFlight.Add(-1)
	}
}

// answer sends rep, unless the client has left. The record is written first,
// and taken back when the answer does not get out, so that a repeat is never
// overlooked.
func (x *exchange) answer(rep reply) {
	if x.r.Context().Err() != nil {
		// To return without an answer would let net/http send an empty 200.
		x.drop()
		return
	}
	x.leave()
	first := x.settle(rep)
	if err := x.write(rep, x.requestID, x.sim.opt.now()); err != nil {
		x.unsettle(rep, first)
		panic(http.ErrAbortHandler)
	}
}

// settle records rep as the last answer. It reports whether rep is the first
// final one.
func (x *exchange) settle(rep reply) (first bool) {
	if rep.throttled || rep.status == http.StatusTooManyRequests {
		x.sim.count.throttled.Add(1)
	}
	if x.op != OpDelete {
		return false
	}
	x.sim.tasks.update(x.ref, func(e entry) {
		e.note(outcome{rep.status, rep.code})
		if rep.final && !e.flags.has(answered) {
			first = true
			e.flags |= answered
		}
	})
	if !rep.final {
		x.lose()
	}
	return first
}

// unsettle takes an answer back that was not written.
func (x *exchange) unsettle(rep reply, first bool) {
	if x.op != OpDelete {
		return
	}
	x.sim.tasks.update(x.ref, func(e entry) {
		e.note(outcome{})
		if first {
			e.flags &^= answered
		}
	})
	if rep.final {
		x.lose()
	}
}

// lose counts an effect of which the client was not told.
func (x *exchange) lose() {
	if x.took {
		x.sim.tasks.update(x.ref, func(e entry) { e.lost++ })
		x.sim.count.lost.Add(1)
	}
}

// draw is how long this answer takes.
func (l Latency) draw() time.Duration {
	if l.Max <= l.Min {
		return l.Min
	}
	return l.Min + rand.N(l.Max-l.Min+1)
}

// requestID names the n-th request under a seed.
func requestID(seed, n uint64) string {
	var raw [16]byte
	binary.BigEndian.PutUint64(raw[:8], mix(seed))
	binary.BigEndian.PutUint64(raw[8:], n)
	return hex.EncodeToString(raw[:])
}
