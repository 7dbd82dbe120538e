package api

import (
	"context"
	"errors"
	"testing"

	"cleaner/internal/answer"
)

func TestAsError(t *testing.T) {
	own := &answer.Error{Op: "a", Fault: answer.FaultRefused}
	if got := asError(t.Context(), "b", own); got != own {
		t.Errorf("got %v, want the same", got)
	}
	foreign := errors.New("no")
	got := asError(t.Context(), "b", foreign)
	if got.Op != "b" || got.Fault != answer.FaultLogin || !errors.Is(got, foreign) {
		t.Errorf("got %v", got)
	}
	ended, end := context.WithCancel(t.Context())
	end()
	if got := asError(ended, "b", foreign); got.Fault != answer.FaultStopped || !errors.Is(got, foreign) {
		t.Errorf("stopped: got %v", got)
	}
}
