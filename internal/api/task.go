package api

import (
	"context"
	"net/http"
)

// call is one of the things that are asked about a task.
type call struct {
	// op is a verb phrase; the task's ID is its object: "delete task".
	op     string
	method string
	// after is what follows the task's ID in the path.
	after string
}

// The calls (API Reference, DeleteTask, StopTaskById and ShowProgressDetail).
var (
	callDelete = call{"delete task", http.MethodDelete, ""}
	callStop   = call{"stop task", http.MethodPost, "/stop"}
	callLook   = call{"look at task", http.MethodGet, "/progress"}
)

// DeleteTask asks the service to delete the task id, once: nothing is sent
// again, whatever happens. The error is nil whenever a whole answer arrived,
// whatever it says. Otherwise it is an *Error, whose fault tells whether the
// request may have taken effect, and whose Answer is returned too. It never waits
// for a login: without a token, see Ready, nothing is sent and the fault is
// FaultLogin.
func (c *Client) DeleteTask(ctx context.Context, id string) (Answer, error) {
	return c.ask(ctx, callDelete, id)
}

// StopTask asks the service to stop the check that the task id is running, once.
// The documented success is BodyNull, as for DeleteTask, and it says that the
// check was told to stop, not that it has. Answer and error are as there.
func (c *Client) StopTask(ctx context.Context, id string) (Answer, error) {
	return c.ask(ctx, callStop, id)
}

// LookAtTask asks how the last check of the task id is going, and so whether the
// task is still there: then the answer is a 2xx with BodyTask. What says that it
// is not there is for others to judge; no documented answer does. BodyNull and
// BodyEmpty, which confirm a deletion, say nothing here. It changes nothing.
// Answer and error are as from DeleteTask.
func (c *Client) LookAtTask(ctx context.Context, id string) (Answer, error) {
	return c.ask(ctx, callLook, id)
}

// ask makes one call about one task.
func (c *Client) ask(ctx context.Context, what call, id string) (Answer, error) {
	if err := CheckID(id); err != nil {
		return Answer{}, &Error{Op: what.op, Fault: FaultInvalid, Err: err}
	}
	req := c.request(what.method, tasksPath, id, what.after)
	d, err := c.authorize(ctx, req, what.method != http.MethodGet)
	if err != nil {
		e := asError(ctx, "authorize request to "+what.op+" "+id, err)
		return e.Answer, e
	}
	r, fault, err := c.wire.exchange(ctx, req)
	if fault != FaultNone {
		known := Answer{RequestID: requestID(r.header, d.secrets), Credential: d.generation}
		return known, &Error{Op: what.op + " " + id, Fault: fault, Answer: known, Err: scrub(err, d.secrets)}
	}
	answer := r.answer(d.secrets)
	answer.Credential = d.generation
	return answer, nil
}
