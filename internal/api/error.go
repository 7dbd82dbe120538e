package api

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"go.uber.org/zap/zapcore"
)

// Error says why there is no whole answer to a request. It is the only type of
// error that the methods of Client and the Credentials of this package return,
// and it never holds a secret.
type Error struct {
	// Op is what was being done, as a verb phrase: "delete task 0af3".
	Op string
	// Fault is the reason, never FaultNone.
	Fault Fault
	// Answer is what is known all the same: the generation of the credential, the
	// request ID of an answer that broke off. With FaultLogin and FaultRefused it
	// is IAM's answer, not the service's.
	Answer Answer
	// Err is the cause; nil when the fault says it all.
	Err error
}

// Error renders the operation, the fault, IAM's answer if there was one, and
// the cause, in this order.
func (e *Error) Error() string {
	parts := []string{e.Op, string(e.Fault)}
	if e.Answer.Status != 0 {
		parts = append(parts, e.Answer.summary())
	}
	if e.Err != nil {
		parts = append(parts, e.Err.Error())
	}
	return strings.Join(parts, ": ")
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// MarshalLogObject writes the error as fields of a log entry. It implements
// zapcore.ObjectMarshaler and never fails.
func (e *Error) MarshalLogObject(enc zapcore.ObjectEncoder) error {
	enc.AddString("op", e.Op)
	enc.AddString("fault", string(e.Fault))
	if e.Answer.Status != 0 {
		enc.AddInt("status", e.Answer.Status)
		enc.AddString("code", strings.Join(e.Answer.Codes, " "))
		enc.AddString("message", e.Answer.Message)
	}
	if e.Answer.RequestID != "" {
		enc.AddString("request_id", e.Answer.RequestID)
	}
	if e.Err != nil {
		enc.AddString("cause", e.Err.Error())
	}
	return nil
}

// summary renders an answer for people: "HTTP 401 IAM.0062 The password is wrong".
func (a Answer) summary() string {
	s := fmt.Sprintf("HTTP %d", a.Status)
	if len(a.Codes) > 0 {
		s += " " + strings.Join(a.Codes, " ")
	}
	if a.Message != "" {
		s += " " + a.Message
	}
	return s
}

// asError makes an *Error of whatever credentials returned. No request was sent:
// what is no *Error yet becomes FaultStopped if ctx has ended, else FaultLogin.
func asError(ctx context.Context, op string, err error) *Error {
	if e, ok := errors.AsType[*Error](err); ok {
		return e
	}
	if ctx.Err() != nil {
		return &Error{Op: op, Fault: FaultStopped, Err: err}
	}
	return &Error{Op: op, Fault: FaultLogin, Err: err}
}
