package sim

import (
	"fmt"
	"net/http"
	"time"
)

// Action is what a Fault does with a request.
type Action string

// The actions. The name says whether the deletion takes effect; where it does
// not say, the comment does.
const (
	ActionAnswer      Action = "answer"              // the canned answer, and no effect; the zero value means this
	ActionAnswerAfter Action = "answer-after-effect" // the canned answer, although the task is deleted
	ActionAcceptLie   Action = "accept-lie"          // as "answer", of an answer that looks like success: a 2xx without effect
	ActionSlow        Action = "slow"                // Delay, then effect and answer as without the fault
	ActionHang        Action = "hang"                // no answer and no effect; reset after Delay
	ActionHangAfter   Action = "hang-after-effect"   // no answer, although the task is deleted
	ActionReset       Action = "reset"               // TCP reset before the effect
	ActionResetAfter  Action = "reset-after-effect"  // TCP reset in place of the answer
	ActionCut         Action = "cut"                 // after the effect, half of the answer's body, then TCP reset
	ActionLate        Action = "late-effect"         // the true answer at once, and the deletion only after Delay
)

// Actions lists them all.
func Actions() []Action {
	return []Action{
		ActionAnswer, ActionAnswerAfter, ActionAcceptLie, ActionSlow, ActionHang,
		ActionHangAfter, ActionReset, ActionResetAfter, ActionCut, ActionLate,
	}
}

// How long a fault lasts that does not say so.
const (
	defaultSlow = 2 * time.Second
	defaultHang = time.Minute
)

// act takes the effect and answers, as f says; nil is the normal course.
func (x *exchange) act(f *fault, effect func(*exchange) reply) {
	if f == nil {
		x.pass(effect)
		return
	}
	switch f.Action {
	case ActionSlow:
		// A client that leaves meanwhile does not call the deletion back.
		x.wait(f.delay())
		x.pass(effect)
	case ActionHang, ActionReset:
		x.wait(f.delay())
		x.drop()
	case ActionHangAfter, ActionResetAfter:
		effect(x)
		x.wait(f.delay())
		x.drop()
	case ActionCut:
		rep := f.over(effect(x))
		x.pause()
		x.cut(rep)
	case ActionLate:
		x.late = f.delay()
		x.pass(effect)
	case ActionAnswerAfter:
		effect(x)
		x.pause()
		x.answer(f.reply)
	default:
		x.pause()
		x.answer(f.reply)
	}
}

// pass is the normal course: effect, latency, answer.
func (x *exchange) pass(effect func(*exchange) reply) {
	rep := effect(x)
	x.pause()
	x.answer(rep)
}

// pause waits for as long as the service's latency.
func (x *exchange) pause() { x.wait(x.sim.opt.Latency.draw()) }

// drop ends the exchange without an answer.
func (x *exchange) drop() {
	x.leave()
	x.silent()
	x.hijack("")
}

// cut sends rep's header and half of its body, and then breaks the connection.
func (x *exchange) cut(rep reply) {
	x.leave()
	x.silent()
	x.hijack(fmt.Sprintf("HTTP/1.1 %d %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s",
		rep.status, http.StatusText(rep.status), len(rep.body), rep.body[:len(rep.body)/2]))
}

// silent records that the client was told nothing.
func (x *exchange) silent() {
	if x.op == OpDelete {
		x.sim.tasks.update(x.ref, func(e entry) { e.note(outcome{}) })
		x.lose()
	}
}
