package policy

import (
	"errors"
	"math"
	"strings"
	"testing"
)

func TestCap(t *testing.T) {
	tests := []struct {
		name         string
		max, planned int64
		admits       bool
	}{
		{"below", 10, 9, true},
		{"at", 10, 10, true},
		{"above", 10, 11, false},
		{"nothing planned", 10, 0, true},
		{"no cap", 0, math.MaxInt64, true},
		{"negative", -1, 1, false},
		{"negative, nothing planned", -1, 0, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := Cap{Max: tt.max}.Admit(tt.planned)
			if (err == nil) != tt.admits {
				t.Fatalf("got %v", err)
			}
			if err == nil {
				return
			}
			over, ok := errors.AsType[*OverCap](err)
			if !ok || over.Planned != tt.planned || !strings.Contains(err.Error(), "safety.refuse_above") {
				t.Errorf("got %v", err)
			}
		})
	}
}
