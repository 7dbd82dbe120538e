package api

import (
	"context"
	"net/http"

	"cleaner/internal/answer"
	"cleaner/internal/httpanswer"
	"cleaner/internal/secret"
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
// whatever it says. Otherwise it is an *answer.Error, and the answer is the one that
// stands for it, see answer.Of: its fault tells whether the request may have taken
// effect. It never waits for a login: without a token, see Ready, nothing is sent and the fault is
// FaultLogin.
func (c *Client) DeleteTask(ctx context.Context, id string) (answer.Answer, error) {
	return c.ask(ctx, callDelete, id)
}

// StopTask asks the service to stop the check that the task id is running, once.
// The documented success is BodyNull, as for DeleteTask, and it says that the
// check was told to stop, not that it has. Answer and error are as there.
func (c *Client) StopTask(ctx context.Context, id string) (answer.Answer, error) {
	return c.ask(ctx, callStop, id)
}

// LookAtTask asks how the last check of the task id is going, and so whether the
// task is still there: then the answer is a 2xx with BodyTask. What says that it
// is not there is for others to judge; no documented answer does. BodyNull and
// BodyEmpty, which confirm a deletion, say nothing here. It changes nothing.
// Answer and error are as from DeleteTask.
func (c *Client) LookAtTask(ctx context.Context, id string) (answer.Answer, error) {
	return c.ask(ctx, callLook, id)
}

// ask makes one call about one task.
func (c *Client) ask(ctx context.Context, what call, id string) (answer.Answer, error) {
	if err := CheckID(id); err != nil {
		return unanswered(&answer.Error{Op: what.op, Fault: answer.FaultInvalid, Err: err})
	}
	req := c.request(what.method, tasksPath, id, what.after)
	h, err := c.authorize(ctx, req, what.method != http.MethodGet)
	if err != nil {
		return unanswered(asError(ctx, "authorize request to "+what.op+" "+id, err))
	}
	r, fault, err := c.pool.Exchange(ctx, req)
	if fault != answer.FaultNone {
		known := answer.Answer{RequestID: httpanswer.RequestID(r.Header, h.secrets), Credential: h.generation}
		return unanswered(&answer.Error{Op: what.op + " " + id, Fault: fault, Answer: known, Err: secret.Scrub(err, h.secrets)})
	}
	a := httpanswer.Read(r, h.secrets)
	a.Credential = h.generation
	return c.learn(a, r.Header), nil
}

// unanswered returns e, and the answer that stands for it.
func unanswered(e *answer.Error) (answer.Answer, error) { return answer.Of(e), e }
