package sim

import (
	"encoding/binary"
	"encoding/hex"
	"io"
	"math/rand/v2"
	"net/http"
	"strconv"
	"time"
)

// exchange is one request on its way through the stations. It belongs to the
// goroutine of its request.
type exchange struct {
	sim       *Sim
	w         http.ResponseWriter
	r         *http.Request
	op        Op
	taskID    string // from the path; "" when the operation has none
	ref       ref    // of taskID
	requestID string
	late      time.Duration // not 0 puts a deletion off for so long
	took      bool          // the deletion took effect in this exchange
	left      bool          // it is no longer counted among the concurrent ones
}

// handle makes a handler of an operation's effect.
func (s *Sim) handle(op Op, effect func(*exchange) reply) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		id := r.PathValue("task_id")
		x := &exchange{sim: s, w: w, r: r, op: op, taskID: id, ref: refOf(id)}
		s.settleLate()
		x.arrive()
		defer x.leave()
		if rep, refused := s.gateway(x); refused {
			x.answer(rep)
			return
		}
		x.act(s.fault(x), effect)
	}
}

// arrive counts the request, before anything is decided about it.
func (x *exchange) arrive() {
	c := &x.sim.count
	n := c.requests.Add(1)
	x.requestID = requestID(x.sim.opt.Seed, uint64(n))
	c.enter()
	switch x.op {
	case OpStop:
		c.stops.Add(1)
		return
	case OpProgress:
		c.looks.Add(1)
		return
	case OpDelete:
	default:
		return
	}
	c.deletes.Add(1)
	c.arrivals.hit()
	x.sim.tasks.update(x.ref, func(e entry) {
		e.requests++
		if e.flags.has(answered) {
			e.repeats++
			c.repeats.Add(1)
		}
	})
}

// leave ends the request's share of the concurrency, once. It comes before the
// answer: as soon as that is out the client may rightly send its next request.
func (x *exchange) leave() {
	if !x.left {
		x.left = true
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
	if err := x.write(rep); err != nil {
		x.unsettle(rep, first)
		panic(http.ErrAbortHandler)
	}
}

// settle records rep as the last answer. It reports whether rep is the first
// final one.
func (x *exchange) settle(rep reply) (first bool) {
	if rep.status == http.StatusTooManyRequests {
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

// write puts rep on the wire and returns when the kernel has all of it.
func (x *exchange) write(rep reply) error {
	h := x.w.Header()
	h.Set("Content-Type", "application/json;charset=UTF-8")
	h.Set("Content-Length", strconv.Itoa(len(rep.body)))
	// These names are in canonical form already, and Set would allocate.
	h["X-Request-Id"] = []string{x.requestID}
	for name, values := range rep.header {
		h[http.CanonicalHeaderKey(name)] = values
	}
	x.w.WriteHeader(rep.status)
	// net/http would write the answer after the handler's end, where an error
	// goes unseen; so it is flushed here.
	if _, err := io.WriteString(x.w, rep.body); err != nil {
		return err
	}
	return http.NewResponseController(x.w).Flush()
}

// wait returns after d, or as soon as the client leaves.
func (x *exchange) wait(d time.Duration) {
	if d <= 0 {
		return
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-x.r.Context().Done():
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
