package admin

import (
	"cleaner/internal/report"
	"cleaner/internal/worker"
)

// modeOf is how far deletions are verified; none when that is not known.
func modeOf(v *report.Verification) worker.Mode {
	if v == nil {
		return worker.ModeNone
	}
	return worker.Mode(v.Mode)
}

// levelOf is how bad it is that no more is known of the effect of deletions than v says.
func levelOf(v *report.Verification) string {
	switch modeOf(v) {
	case worker.ModeNone, worker.ModeOff:
		return "note"
	case worker.ModeUnverified:
		return "warn"
	default:
		return "ok"
	}
}

// unverifiedProblem says that the deletions of the pass under way, or of the last one
// that deleted, are unverified; empty when they are not.
func unverifiedProblem(s Status) string {
	if p := s.Pass; p != nil && p.Verification != nil {
		return unverified("Deletions", p.Verification)
	}
	for _, e := range s.Passes {
		if e.Deleted > 0 && e.Verification != nil {
			return unverified("The deletions of the pass of "+clock(e.Began), e.Verification)
		}
	}
	return ""
}

// unverified says that the deletions named are unverified; empty when they are not.
func unverified(deletions string, v *report.Verification) string {
	if modeOf(v) != worker.ModeUnverified {
		return ""
	}
	return deletions + " are unverified, the service's word is all there is: " + sentence(v.Why)
}
