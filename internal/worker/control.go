package worker

import (
	"context"

	"cleaner/internal/answer"
	"cleaner/internal/policy"
	"cleaner/internal/queue"
)

// control is a live task that the canaries of one calibration are compared with. It
// must be seen before and after, since an outage must not look like absence.
type control struct {
	*calibrator
	taking, sending context.Context

	madeUp lookResult      // the last look at an ID that nobody has; zero when there was none
	task   *queue.Delivery // nil when there is none
}

// take takes the last of several live tasks as the control, and returns the others.
func (x *control) take(live []queue.Delivery) []queue.Delivery {
	n := len(live)
	if n < 2 {
		return live
	}
	x.task = &live[n-1]
	return live[:n-1]
}

// isThere reports whether a look at the control shows it. When it does not, another
// task takes its place if that is seen to be there: somebody else may have deleted it.
func (x *control) isThere() bool {
	s := x.looker.look(x.taking, x.sending, *x.task)
	if s.sight == policy.There || !s.teaches() {
		return s.sight == policy.There
	}
	ds, err := x.stages.handout().sample(x.taking, 1)
	if err != nil && x.taking.Err() == nil {
		x.fail(err)
	}
	if len(ds) == 0 {
		return false
	}
	if o, ok := x.stages.admission.guard(ds[0]); !ok {
		x.settle(o)
		return false
	}
	if x.looker.look(x.taking, x.sending, ds[0]).sight != policy.There {
		x.giveBack(ds[0])
		return false
	}
	x.giveBack(*x.task)
	x.task = &ds[0]
	return true
}

// seesMadeUpID reports whether a look shows a task for an ID that nobody has. One answer
// may be odd, so others are asked for before it says no.
func (x *control) seesMadeUpID() bool {
	for range looksToRenew {
		if x.madeUp.sight == policy.There {
			return true
		}
		x.madeUp = x.looker.look(x.taking, x.sending, queue.Delivery{ID: x.madeUpID()})
	}
	return x.madeUp.sight == policy.There
}

// mayBeGone reports whether a look shows something other than a task, and may be how the
// service answers for one that is not there.
func mayBeGone(s lookResult) bool { return s.sight != policy.There && s.teaches() }

// provesGone reports whether a look at a canary shows something other than a task,
// while the control is there.
func (x *control) provesGone(s lookResult) bool {
	return mayBeGone(s) && x.task != nil && x.isThere() && x.comparable(s)
}

// comparable reports whether a look can be compared with a later one at the control: with
// another credential it may be answered otherwise.
func (x *control) comparable(s lookResult) bool { return !x.looker.blame.replaced(s.answer) }

// looksFail reports whether looks at a canary were answered by the same fault of the
// service, so many in a row, while there is a control to compare with.
func (x *control) looksFail(s lookResult, alike int) bool {
	return x.task != nil && alike > looksToRenew && s.answer.Fault == answer.FaultNone && s.sight == policy.Unclear && !s.teaches() && !s.ruling.Slow
}

// changed reports whether a look that cannot be compared with a control shows absence,
// when so many in a row were answered alike. An answer that may also mean a fault or a
// rejected credential must last until that would have been renewed.
func changed(s lookResult, alike int) bool {
	return mayBeGone(s) && (alike > looksToRenew || !policy.NeedsControl(s.ruling, s.answer))
}

// keep keeps the control for the end of the pass.
func (x *control) keep() {
	if x.task != nil {
		x.looker.controls.keep(x.task.Seq)
		x.stages.handout().keep(*x.task)
	}
}
