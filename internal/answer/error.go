package answer

import (
	"errors"
	"strings"

	"go.uber.org/zap/zapcore"
)

// Error says why there is no whole answer to a request. It is the only type of
// error that sending a request and getting a credential return, and it never holds
// a secret.
type Error struct {
	// Op is what was being done, as a verb phrase: "delete task 0af3".
	Op string
	// Fault is the reason, never FaultNone.
	Fault Fault
	// Answer is what is known all the same: the generation of the credential, the
	// request ID of an answer that broke off. With FaultLogin and FaultRefused it
	// is IAM's answer, not the service's. Its Fault is not set.
	Answer Answer
	// Err is the cause; nil when the fault says it all.
	Err error
}

// Error renders the operation, the fault, IAM's answer if there was one, and
// the cause, in this order.
func (e *Error) Error() string {
	parts := []string{e.Op, string(e.Fault)}
	if e.Answer.Status != 0 {
		parts = append(parts, e.Answer.Summary())
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

// Of returns the answer that stands for err: what is known all the same, with the
// fault, and the text of err as its message. It is the zero value when err is nil.
// An err that is no *Error is one of getting a credential, and a FaultLogin.
func Of(err error) Answer {
	if err == nil {
		return Answer{}
	}
	e, ok := errors.AsType[*Error](err)
	if !ok {
		e = &Error{Fault: FaultLogin, Err: err}
	}
	a := e.Answer
	a.Fault, a.Message = e.Fault, e.Error()
	return a
}
