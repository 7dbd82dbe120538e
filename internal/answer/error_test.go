package answer

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

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
			Error{Op: "log in to IAM", Fault: FaultRefused, Answer: refused, Err: errors.New("correct it")},
			"log in to IAM: refused: HTTP 401 IAM.0062 wrong password: correct it",
			map[string]any{
				"op": "log in to IAM", "fault": "refused", "status": 401, "code": "IAM.0062",
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

// TestOf: what stands for an error is all that is known, its fault and its text.
func TestOf(t *testing.T) {
	foreign := errors.New("no")
	refused := Answer{Status: 401, Codes: []string{"IAM.0062"}, RetryAfter: time.Second, RequestID: "r1", Credential: 3}
	whole := refused
	whole.Fault, whole.Message = FaultLogin, "a: login: HTTP 401 IAM.0062: no"
	for _, row := range []struct {
		name string
		err  error
		want Answer
	}{
		{"none", nil, Answer{}},
		{"login", &Error{Op: "a", Fault: FaultLogin, Answer: refused, Err: foreign}, whole},
		{"wrapped", fmt.Errorf("b: %w", &Error{Op: "a", Fault: FaultReset}), Answer{Fault: FaultReset, Message: "a: reset"}},
		{"foreign", foreign, Answer{Fault: FaultLogin, Message: ": login: no"}},
	} {
		if diff := cmp.Diff(row.want, Of(row.err)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", row.name, diff)
		}
	}
}
