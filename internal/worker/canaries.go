package worker

import (
	"fmt"
	"time"

	"cleaner/internal/answer"
	"cleaner/internal/policy"
	"cleaner/internal/queue"
)

// canaries are the first tasks that a pass deletes and watches go.
type canaries struct {
	*control
	round *round // what came of them
}

// canary is a task whose DELETE was answered.
type canary struct {
	queue.Delivery
	made exchange
	sign policy.Signature // the answer to its last look
	seen time.Time        // when it was seen to be gone
	// opaque is how looks are answered when they can never tell whether it is gone;
	// empty otherwise.
	opaque string
	end    queue.Outcome // what becomes of it, once it is concluded
}

// try deletes live tasks side by side, and watches them go.
func (c *canaries) try(live []queue.Delivery, known policy.Learned) {
	ends := make([]ending, len(live))
	c.ask(len(live), func(i int) { ends[i] = c.delete(live[i]) })
	var sent []canary
	for _, e := range ends {
		if e.sent {
			sent = append(sent, e.canary)
		}
		c.round.failed = c.round.failed || e.failed
	}
	c.learnLook(known, sent)
}

// ending is how the DELETE of a task ended.
type ending struct {
	canary
	sent   bool // it is a canary: its DELETE was answered, and may have deleted it
	failed bool // the service failed at it
}

// delete deletes a task. When the service fails it is tried again a few times, here and
// now, and then put back at no cost; an ID that fares otherwise is settled or put back
// as in the pool. Neither is a canary.
func (c *canaries) delete(d queue.Delivery) ending {
	judge := c.stages.judge
	for n := 1; ; n++ {
		e, o, sent := c.stages.sender.send(c.taking, c.sending, d)
		if !sent {
			c.stages.gate.giveBack(e.ticket)
			c.settle(o)
			return ending{}
		}
		switch v := e.ruling.Verdict; {
		case v == policy.Deleted || v == policy.Doubt:
			c.stop(judge.find(e, d, c.now()).stop) // now: later it would clear what is rejected after it
			return ending{canary: canary{Delivery: d, made: e}, sent: true}
		case !failedOrBusy(e.ruling):
			c.end(e, judge.conclude(d, e))
			return ending{}
		}
		o = judge.excuse(d, e)
		c.observers.exchange(e.made, returns(o))
		failed := returns(o) && (n == looksToRenew || c.taking.Err() != nil)
		if failed || !returns(o) {
			c.settle(o)
			return ending{failed: failed}
		}
		c.sleep(c.taking, o.Due.Sub(c.now()))
		d.Attempts, d.FirstAt, d.LastAt, d.Lost = o.Attempts, o.FirstAt, o.At, o.Lost
	}
}

// end observes a DELETE that is concluded, and settles its ID.
func (c *canaries) end(e exchange, o queue.Outcome) {
	c.observers.exchange(e.made, returns(o))
	c.settle(o)
}

// failedOrBusy reports whether the service failed at a DELETE, or was too busy for it.
func failedOrBusy(rl policy.Ruling) bool {
	return rl.Verdict == policy.Again && !rl.Behind || rl.Verdict == policy.Later && rl.Slow
}

// learnLook watches the canaries go, and learns how a look is answered for a task that is
// not there. When none of them was a deletion, others are tried.
func (c *canaries) learnLook(known policy.Learned, sent []canary) {
	gone := c.watchAll(sent)
	conflict := conflictOf(known, gone)
	if conflict != "" {
		c.lookOnceMore(gone)
		conflict = conflictOf(known, gone)
	}
	if conflict != "" || len(gone) == 0 {
		for _, can := range gone {
			c.settle(c.inDoubt(can))
		}
		if c.task != nil {
			c.giveBack(*c.task)
		}
		c.round.conflict = conflict
		c.round.unseen = conflict == "" && c.findings.verification().Mode == ModeNone
		return
	}
	c.round.unseen = false // whatever running tasks were found before
	c.remember(known, gone)
	for i, can := range gone {
		gone[i].end = c.deleted(can)
	}
	if c.findings.know().KnowsLook() && c.task != nil {
		c.findings.learning.Store(true) // before the pool is at work
		c.background.Go(func() {
			defer c.catch()
			c.learnDelete(gone)
		})
		return
	}
	for _, can := range gone {
		c.settle(can.end)
	}
	c.keep()
}

// lookOnceMore looks again, after a while, at canaries that were seen to be gone by
// answers that differ: a service may answer otherwise while it is still deleting.
func (c *canaries) lookOnceMore(gone []canary) {
	for i := range gone {
		can := &gone[i]
		c.sleep(c.taking, can.seen.Add(c.Settle).Sub(c.now()))
		if s := c.looker.look(c.taking, c.sending, can.Delivery); c.provesGone(s) {
			can.sign, can.seen = policy.SignatureOf(s.answer), c.now()
		}
	}
}

// conflictOf says how the canaries differ from each other, or from what was known;
// empty when they agree.
func conflictOf(known policy.Learned, gone []canary) string {
	for _, can := range gone {
		want := gone[0].sign
		if known.KnowsLook() {
			want = known.Look
		}
		if !can.sign.Equal(want) {
			return fmt.Sprintf("a look at one was answered %s, at another %s", want, can.sign)
		}
	}
	return ""
}

// remember learns from canaries that agree. With a single live task there is no
// control: then nothing is kept for later passes, and nothing is concluded for other
// IDs.
func (c *canaries) remember(known policy.Learned, gone []canary) {
	c.findings.note(func(v *Verification) {
		v.Mode = ModeVerified
		v.Checked = true
	})
	l := known
	l.Empty = emptyConfirms(known.Empty, gone)
	if c.task == nil {
		if known.Empty && !l.Empty {
			c.learn(l)
		}
		return
	}
	l.Look, l.Canaries, l.At = gone[0].sign, max(known.Canaries, len(gone)), c.now().Round(0).UTC()
	c.learn(l)
}

// emptyConfirms reports whether an empty success confirms a deletion, by the canaries of this
// pass: where they were confirmed otherwise, what earlier passes learned does not hold any
// more, and an empty answer may come from something else than the service.
func emptyConfirms(known bool, gone []canary) bool {
	for _, can := range gone {
		e := can.made
		e.ruling = e.table // before what was learned corrected it
		switch {
		case confirmedEmpty(e):
			return true
		case e.ruling.Verdict == policy.Deleted:
			known = false
		}
	}
	return known
}

// confirmedEmpty reports whether a DELETE was answered with an empty success.
func confirmedEmpty(e exchange) bool {
	return e.ruling.Verdict == policy.Doubt && e.answer.Body == answer.BodyEmpty && !e.ruling.Accepted
}
