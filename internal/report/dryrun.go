package report

import (
	"fmt"

	"cleaner/internal/worker"
)

// DryRunSummary is Summary for the report of a dry run: what a pass in earnest would do.
func (r *Report) DryRunSummary() string {
	by := "stopped by "
	switch worker.StopKind(r.StoppedBy) { // a dry run goes on
	case worker.StopCap, worker.StopPaused:
		by = "a real pass would delete nothing, " + by
	}
	held := ""
	if r.Held > 0 {
		held = fmt.Sprintf(", %d held", r.Held)
	}
	return fmt.Sprintf("dry run: %d of %d task IDs would be deleted, %d protected%s; nothing was sent",
		r.WouldDelete, r.Loaded, r.Protected, held) + r.Carried.words() + r.lines() + r.stop(by)
}
