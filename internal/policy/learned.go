package policy

import (
	"fmt"
	"slices"
	"time"

	"cleaner/internal/answer"
)

// Learned is what calibration found out about an endpoint: the answers that no document
// gives. The zero value knows nothing, and changes no verdict.
type Learned struct {
	// Look is how a look at a task that is not there is answered; zero while that is
	// unknown.
	Look Signature `json:"look,omitzero"`
	// Delete is how a DELETE is answered for a task that is not there; zero while
	// that is unknown, and when it is answered like a success.
	Delete Signature `json:"delete,omitzero"`
	// Idempotent says that a DELETE of a task that is not there is answered like a
	// success: the answers cannot tell deleted from gone.
	Idempotent bool `json:"idempotent,omitempty"`
	// Empty says that a success may be an empty 2xx: canaries that were seen to be gone
	// were answered so.
	Empty bool `json:"empty,omitempty"`
	// Canaries is how many deletions this rests on, and At when it was learned.
	Canaries int       `json:"canaries"`
	At       time.Time `json:"at"`
}

// KnowsLook reports whether a look can tell that a task is not there.
func (l Learned) KnowsLook() bool { return !l.Look.IsZero() }

// KnowsDelete reports whether it is known how a DELETE of a task that is not there is
// answered.
func (l Learned) KnowsDelete() bool { return l.Idempotent || !l.Delete.IsZero() }

// Rows of rulings that come from what was learned, and not from the table.
const (
	rowLearnedGone   = "learned-gone"
	rowLearnedEmpty  = "learned-empty"
	rowLearnedDoubt  = "learned-doubt"
	rowLearnedHidden = "learned-hidden"
)

// Judge corrects the table's ruling on the answer to a DELETE by what was learned.
//
// The signature of a DELETE of a task that is not there means gone. When it is also a
// documented fault or a rejection, or has no code, so that a gateway may have answered
// instead of the service, it is in doubt, and a look must decide. When it is a permission
// code, a task that is not there cannot be told from one that is forbidden, and the ruling
// stays. An empty success counts where canaries were answered so. An answer that the table
// only guesses to mean gone is in doubt where the signature is another one.
func (l Learned) Judge(rl Ruling, a answer.Answer) Ruling {
	switch {
	case rl.Own || a.Fault != answer.FaultNone:
		return rl // an operator's row stands above what was learned
	case l.Empty && rl.Verdict == Doubt && a.Body == answer.BodyEmpty && !rl.Accepted:
		rl.Verdict, rl.Lost, rl.Row = Deleted, false, rowLearnedEmpty
		rl.Why = "the service confirms deletions with an empty answer"
		return rl
	case l.Delete.Matches(a):
		return l.absent(rl, a)
	case rl.Verdict == Gone && !l.Delete.IsZero():
		rl.Verdict, rl.Lost, rl.Row = Doubt, false, rowLearnedDoubt
		rl.Why = "the service answers otherwise for tasks that are not there: a look decides"
		return rl
	default:
		return rl
	}
}

// absent is the ruling on the signature of a DELETE of a task that is not there.
func (l Learned) absent(rl Ruling, a answer.Answer) Ruling {
	switch ambiguityOf(rl, a) {
	case mayBeForbidden:
		rl.Row = rowLearnedHidden
		return rl
	case mayBeFault:
		rl.Verdict, rl.Row = Doubt, rowLearnedDoubt
		rl.Why = "the service answers so for tasks that are not there, and for faults too: a look decides"
	default:
		rl.Verdict, rl.Row = Gone, rowLearnedGone
		rl.Why = "the service answers so for tasks that are not there"
	}
	rl.Slow, rl.Lost, rl.Do = false, false, ""
	return rl
}

// ambiguity is what a signature of absence may mean besides absence.
type ambiguity int

const (
	unambiguous    ambiguity = iota
	mayBeFault               // a fault, a rejection, a page, or an answer without a code
	mayBeForbidden           // a missing permission
)

// ambiguityOf says what else an answer that was learned as absence may mean.
func ambiguityOf(rl Ruling, a answer.Answer) ambiguity {
	switch {
	case rl.Blames == SuspectPermission, rl.Blames == SuspectAccount:
		return mayBeForbidden
	case rl.Verdict == Again, rl.Verdict == Auth, rl.Verdict == Halt, len(a.Codes) == 0, a.Status == 401,
		rl.Blames == SuspectCredential, slices.Contains(pages(), a.Body):
		return mayBeFault
	default:
		return unambiguous
	}
}

// See says what the answer to a look at a task shows, by what was learned. An answer that
// is also a documented fault shows absence only together with a look at a live task, see
// NeedsControl.
func (l Learned) See(a answer.Answer) Sight {
	switch {
	case a.Fault != answer.FaultNone:
		return Unclear
	case a.Body == answer.BodyTask:
		return There
	case l.Look.Matches(a):
		return Absent
	default:
		return Unclear
	}
}

// NeedsControl reports whether a look with this answer proves absence only when a live task
// was seen shortly before or after, because the answer may also mean a fault.
func NeedsControl(rl Ruling, a answer.Answer) bool { return ambiguityOf(rl, a) != unambiguous }

// MayBeForbidden reports whether an answer that was learned as absence may also mean that
// this one task is forbidden. Then it proves absence only for a task whose deletion was
// confirmed.
func MayBeForbidden(rl Ruling, a answer.Answer) bool { return ambiguityOf(rl, a) == mayBeForbidden }

// String sums up what was learned, in a sentence for people.
func (l Learned) String() string {
	if !l.KnowsLook() {
		return "nothing is known of how this endpoint answers for tasks that are not there"
	}
	s := fmt.Sprintf("a look at a task that is not there is answered %s", l.Look)
	switch {
	case l.Idempotent:
		s += ", a DELETE like a success: deleted and gone cannot be told apart by the answer"
	case l.KnowsDelete():
		s += fmt.Sprintf(", a DELETE %s", l.Delete)
	default:
		s += ", what a DELETE is answered is not known yet"
	}
	return s
}

// DeleteWords says how a DELETE of a task that is not there is answered, for people.
func (l Learned) DeleteWords() string {
	if l.Idempotent {
		return "like a success"
	}
	return l.Delete.String()
}
