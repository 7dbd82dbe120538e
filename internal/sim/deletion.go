package sim

import (
	"fmt"
	"net/http"
	"slices"
	"time"
)

// Deletion says how a DELETE is answered and when it takes effect. The zero value
// deletes at once and answers null, as documented.
type Deletion struct {
	// Success is the answer to a DELETE that does its work; the zero value is
	// SuccessNull.
	Success Success
	// Effect is how long after its DELETE a task is there no more, drawn for each
	// ID. Meanwhile looks show it.
	Effect Latency
	// Shown is for how long looks go on to show a task that is deleted, drawn for
	// each ID, as on a service that reads from a copy.
	Shown Latency
	// RepeatAbsent makes another DELETE of such a task, whose effect is to come or
	// that is still shown, be answered as for an absent one. Otherwise it is
	// answered as the first was.
	RepeatAbsent bool
	// Running deletes running tasks without complaint. Otherwise their DELETE
	// fails with CC.00050015 until they are stopped. The documentation has both.
	Running bool
}

// Success is the answer to a DELETE that does its work.
type Success string

// The successes. Those with status 202 say that the work is to come.
const (
	SuccessNull  Success = "200-null"  // the JSON literal null, as documented; the default
	SuccessEmpty Success = "200-empty" // 200 without a body
	Success204   Success = "204"       // 204, which has no body
	SuccessJob   Success = "202-job"   // 202 and the job that deletes
	Success202   Success = "202-empty" // 202 without a body
)

// Successes lists them all.
func Successes() []Success {
	return []Success{SuccessNull, SuccessEmpty, Success204, SuccessJob, Success202}
}

// reply is the answer that y names, or the zero reply when there is no such name.
// Only what says that the task is deleted settles its ID.
func (y Success) reply() reply {
	switch y {
	case SuccessNull:
		return deleted()
	case SuccessEmpty:
		return reply{status: http.StatusOK, final: true}
	case Success204:
		return reply{status: http.StatusNoContent, final: true}
	case SuccessJob:
		return reply{status: http.StatusAccepted, body: `{"job_id":"0b1c2d3e4f5061728394a5b6c7d8e9f0","status":"PENDING"}`}
	case Success202:
		return reply{status: http.StatusAccepted}
	}
	return reply{}
}

// validate refuses what is unknown or negative.
func (d Deletion) validate() error {
	if !slices.Contains(Successes(), d.Success) {
		return fmt.Errorf("success %q is unknown; use one of %v", d.Success, Successes())
	}
	if d.Effect.Min < 0 || d.Shown.Min < 0 {
		return fmt.Errorf("deletion has a negative time: effect %s, shown %s", d.Effect.Min, d.Shown.Min)
	}
	return nil
}

// check is CodeArts Check: it deletes, stops, shows and lists tasks.
type check struct {
	*world
	null    reply  // the answer to a stop
	success reply  // the answer to a deletion
	absent  reply  // the answer to a task that is not there
	missing reply  // the answer to a look at such a task, or to its stop
	spans   uint64 // the salt under which the times of deletions are drawn
}

// deleteTask is the effect of DELETE /v2/tasks/{task_id}. Whether the task is
// there, and its end, are one step under the lock of its record: however many
// requests come at once, one of them deletes it.
func (c check) deleteTask(x *exchange) (rep reply) {
	if !validID(x.taskID) {
		return coded(http.StatusOK, codeParameters, "parameters not valid")
	}
	c.tasks.update(x.ref, func(e entry) { rep = c.deleteEntry(x, e) })
	if x.took {
		c.count.effects.Add(1)
	}
	return rep
}

// deleteEntry decides upon one DELETE while its record is locked.
func (c check) deleteEntry(x *exchange, e entry) reply {
	now := time.Now()
	switch {
	case !c.exists(x.ref.key, e.flags):
		if !c.opt.Deletion.RepeatAbsent && c.stale.holds(x.ref, now) {
			return c.success
		}
		return c.absent
	case c.isRunning(x.ref.key, e.flags) && !c.opt.Deletion.Running:
		return coded(http.StatusOK, codeRunning, "task is running")
	case e.flags.has(leaving) && c.opt.Deletion.RepeatAbsent:
		rep := c.absent
		rep.final = false // it is there yet
		return rep
	case e.flags.has(leaving):
		return c.success
	}
	if x.late == 0 {
		x.late = c.opt.Deletion.Effect.of(draw(c.spans, x.ref.key))
	}
	if x.late > 0 {
		e.flags |= leaving
		c.later.add(x.ref, now.Add(x.late))
		return c.success
	}
	if d := c.opt.Deletion.Shown.of(draw(c.spans, x.ref.key)); d > 0 {
		c.stale.add(x.ref, now.Add(d))
	}
	e.flags |= gone
	e.effects++
	x.took = true
	return c.success
}

// of is the point at share u, from 0 to 1, of the way from Min to Max.
func (l Latency) of(u float64) time.Duration {
	if l.Max <= l.Min {
		return l.Min
	}
	return l.Min + time.Duration(u*float64(l.Max-l.Min))
}
