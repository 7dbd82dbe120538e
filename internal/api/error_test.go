package api

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/zap/zapcore"
)

func TestError(t *testing.T) {
	refused := Answer{Status: 401, Codes: []string{"IAM.0062"}, Message: "wrong password", RequestID: "r1"}
	for _, row := range []struct {
		name   string
		err    Error
		want   string
		fields map[string]any
	}{
		{
			"transport",
			Error{Op: "delete task a", Fault: FaultTimeout, Err: context.DeadlineExceeded},
			"delete task a: timeout: context deadline exceeded",
			map[string]any{"op": "delete task a", "fault": "timeout", "cause": "context deadline exceeded"},
		},
		{
			"login",
			Error{Op: opLogin, Fault: FaultRefused, Answer: refused, Err: errors.New("correct it")},
			"log in to IAM: refused: HTTP 401 IAM.0062 wrong password: correct it",
			map[string]any{
				"op": opLogin, "fault": "refused", "status": 401, "code": "IAM.0062",
				"message": "wrong password", "request_id": "r1", "cause": "correct it",
			},
		},
		{
			"no cause",
			Error{Op: "a", Fault: FaultCut},
			"a: cut",
			map[string]any{"op": "a", "fault": "cut"},
		},
		{
			"bare status",
			Error{Op: "a", Fault: FaultLogin, Answer: Answer{Status: 503}},
			"a: login: HTTP 503",
			map[string]any{"op": "a", "fault": "login", "status": 503, "code": "", "message": ""},
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			if got := row.err.Error(); got != row.want {
				t.Errorf("Error() = %q, want %q", got, row.want)
			}
			enc := zapcore.NewMapObjectEncoder()
			if err := row.err.MarshalLogObject(enc); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(row.fields, enc.Fields); diff != "" {
				t.Errorf("fields (-want +got):\n%s", diff)
			}
		})
	}
}

func TestErrorUnwrap(t *testing.T) {
	if !errors.Is(&Error{Err: context.Canceled}, context.Canceled) {
		t.Error("the cause is not found")
	}
	if (&Error{}).Unwrap() != nil {
		t.Error("no cause is one")
	}
}

func TestAsError(t *testing.T) {
	own := &Error{Op: "a", Fault: FaultRefused}
	if got := asError(t.Context(), "b", own); got != own {
		t.Errorf("got %v, want the same", got)
	}
	foreign := errors.New("no")
	got := asError(t.Context(), "b", foreign)
	if got.Op != "b" || got.Fault != FaultLogin || !errors.Is(got, foreign) {
		t.Errorf("got %v", got)
	}
	ended, end := context.WithCancel(t.Context())
	end()
	if got := asError(ended, "b", foreign); got.Fault != FaultStopped || !errors.Is(got, foreign) {
		t.Errorf("stopped: got %v", got)
	}
}
