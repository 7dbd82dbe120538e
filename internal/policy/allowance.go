package policy

import "fmt"

// Cap is the most IDs that one pass may set out to delete.
type Cap struct {
	// Max is that number; 0 is no cap, and a negative one admits nothing.
	Max int64
}

// Admit says whether a pass that would delete planned IDs may begin. Over the cap nothing
// at all may be deleted, since a plan that is too large is probably wrong. The error is
// an *OverCap.
func (c Cap) Admit(planned int64) error {
	if c.Max == 0 || planned <= max(c.Max, 0) {
		return nil
	}
	return &OverCap{Planned: planned, Max: c.Max}
}

// OverCap is the error of a pass that would delete more than its cap.
type OverCap struct{ Planned, Max int64 }

// Error says what to raise.
func (e *OverCap) Error() string {
	return fmt.Sprintf("delete %d tasks: the cap is %d, so nothing is deleted; if that many are meant, raise safety.refuse_above",
		e.Planned, e.Max)
}
