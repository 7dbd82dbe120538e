package trace

import (
	"testing"

	"cleaner/internal/answer"
	"cleaner/internal/policy"
	"cleaner/internal/worker"
)

// Every request of the worker's has a span with a name.
func TestEveryOpHasAName(t *testing.T) {
	for op := worker.OpDelete; op <= worker.OpCalibrate; op++ {
		if names[op] == "" {
			t.Errorf("operation %d has no name", op)
		}
	}
}

func TestFailed(t *testing.T) {
	halt := policy.Ruling{Verdict: policy.Halt}
	for _, tt := range []struct {
		name string
		e    worker.Exchange
		want bool
	}{
		{"deleted", worker.Exchange{Ruling: policy.Ruling{Verdict: policy.Deleted}}, false},
		{"busy", worker.Exchange{Ruling: policy.Ruling{Verdict: policy.Again}}, false},
		{"in doubt", worker.Exchange{Ruling: policy.Ruling{Verdict: policy.Doubt}}, false},
		{"no permission", worker.Exchange{Ruling: halt}, true},
		{"no answer", worker.Exchange{Fault: answer.FaultTimeout}, true},
		{"a look without permission", worker.Exchange{Op: worker.OpLook, Ruling: halt}, true},
		{"a look that shows absence by a 403", worker.Exchange{Op: worker.OpLook, Ruling: halt, Absent: true}, false},
	} {
		if got := failed(tt.e); got != tt.want {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
}
