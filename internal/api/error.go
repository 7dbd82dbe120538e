package api

import (
	"context"
	"errors"

	"cleaner/internal/answer"
)

// asError makes an *Error of whatever credentials returned. No request was sent:
// what is no *Error yet becomes FaultStopped if ctx has ended, else FaultLogin.
func asError(ctx context.Context, op string, err error) *answer.Error {
	if e, ok := errors.AsType[*answer.Error](err); ok {
		return e
	}
	if ctx.Err() != nil {
		return &answer.Error{Op: op, Fault: answer.FaultStopped, Err: err}
	}
	return &answer.Error{Op: op, Fault: answer.FaultLogin, Err: err}
}
