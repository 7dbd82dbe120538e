package report

import (
	"cmp"

	"cleaner/internal/worker"
)

// Verification is what a pass knows of the effect of its deletions. Report, status
// page and the status command show it.
type Verification struct {
	// Mode is off, verified or unverified; see worker.Mode.
	Mode string `json:"mode"`
	// Why says why deletions are unverified.
	Why string `json:"why,omitempty"`
	// Looked is how many deletions, chosen at random, were looked at and seen to be
	// gone. With 95 % confidence no more than the share RemainBelow of all deleted
	// tasks still exists; it is 1 when none was looked at.
	Looked      int64   `json:"looked"`
	RemainBelow float64 `json:"remain_below"`
	// Indistinct says that deleted and gone cannot be told apart by the answer.
	Indistinct bool `json:"indistinct"`
	// Look and Delete are how the service answers for tasks that are not there; empty
	// while that is not known.
	Look   string `json:"look,omitempty"`
	Delete string `json:"delete,omitempty"`
	// Words sums it up; empty when there is nothing to say.
	Words string `json:"words,omitempty"`
}

// VerificationOf returns what p knows of the effect of its deletions; nil when p looked
// at nothing and deleted nothing.
func VerificationOf(p worker.Pass) *Verification {
	v := p.Verification
	if v.Mode == worker.ModeNone {
		return nil
	}
	r := &Verification{
		Mode: string(v.Mode), Why: v.Why, Looked: v.Random, RemainBelow: v.Bound(), Indistinct: v.Indistinct(),
		Words: v.Words(p.Deleted),
	}
	if v.Learned.KnowsLook() {
		r.Look = v.Learned.Look.String()
	}
	if !v.Learned.Delete.IsZero() {
		r.Delete = v.Learned.Delete.String()
	}
	return r
}

// Effect says in a sentence what is known of the effect of deletions. A nil v knows
// nothing.
func (v *Verification) Effect() string {
	if v == nil {
		return "not known yet"
	}
	switch worker.Mode(v.Mode) {
	case worker.ModeOff:
		const off = "not looked at, as safety.canary is 0"
		if v.Words != "" {
			return off + "; " + v.Words
		}
		return off
	case worker.ModeUnverified:
		return cmp.Or(v.Words, "unverified: "+v.Why)
	default:
		return cmp.Or(v.Words, "a look can tell whether they took effect; none was looked at yet")
	}
}
