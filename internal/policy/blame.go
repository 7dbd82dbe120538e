package policy

import (
	"fmt"
	"time"
)

// How many blames, with no clearing answer between them, stop the run.
const (
	// blamesAtFirst is for a run in which nothing has cleared yet: it is
	// probably wrong as a whole.
	blamesAtFirst = 3
	// blamesLater is for a run that others have fared well in: a few bad IDs in
	// a row are no proof.
	blamesLater = 10
	// blamesOld is for IDs that were tried in an earlier pass and are seen for
	// the first time in this one. They come first, so that a few bad IDs left
	// from yesterday must not stop the run before a fresh one has been asked.
	blamesOld = 20
)

// Seen says how often a task ID had been tried when an answer came.
type Seen int

// The histories of an ID.
const (
	SeenNever  Seen = iota // never tried before
	SeenBefore             // tried in an earlier pass, and not yet in this one
	SeenInPass             // tried in this pass already
)

// Blame tells a run that is wrong (bad credentials, no permission, another
// region, another endpoint, a quota that is used up) from a task that is. It
// counts the answers that blame the run; an answer that shows the opposite
// clears them.
//
// What clears is narrow on purpose: deleted, gone, and a task that is running.
// Only these presuppose that the service took our identity, looked for our
// permission and reached the task. Busy and inner errors may come from before
// those checks, and so may invalid parameters; were they to clear, a missing
// permission between them would spend attempts and end in dead letters.
// Throttles and silence prove nothing either way.
//
// The zero value is ready, and stops at the first login that fails and at the
// first throttle. A Blame serves one pass and is not safe for many goroutines:
// whoever shares it guards it with a mutex.
type Blame struct {
	// Patience is how long logins may keep failing, and how long throttles may
	// be all that is answered, before the run stops.
	Patience time.Duration

	cleared   bool    // some answer of this pass has cleared
	counted   int     // blames since the last clearing answer, of IDs that count at once
	old       int     // the same, of IDs seen before this pass
	login     drought // logins keep failing
	throttled drought // nothing but throttles
}

// Finding is what an answer says about the run.
type Finding struct {
	// Spend says that a blame costs the task an attempt, because others have
	// fared well in this pass: so one bad ID among good ones ends as a dead
	// letter, while a wrong password never spends any.
	Spend bool
	// Stop says that the run must stop and leave everything pending, and
	// Throttled that it is the service's pace that stops it.
	Stop, Throttled bool
	// Why is a sentence for the operator; empty when nobody is blamed.
	Why string
}

// Note takes the answer to one request into account. An Auth ruling is to be
// noted only when the credential had already been renewed for this task: the
// first one blames nobody.
func (b *Blame) Note(rl Ruling, a Answer, seen Seen, now time.Time) Finding {
	if f, over := b.droughts(rl, a, now); over {
		return f
	}
	switch {
	case a.Fault == FaultRefused:
		return Finding{Stop: true, Why: sentence(rl, a)}
	case clears(rl, a):
		b.cleared, b.counted, b.old = true, 0, 0
		return Finding{}
	case rl.Verdict == Auth, rl.Verdict == Halt:
		return b.blame(rl, a, seen)
	default:
		return Finding{}
	}
}

// blame counts one blame.
func (b *Blame) blame(rl Ruling, a Answer, seen Seen) Finding {
	most := blamesAtFirst
	if b.cleared {
		most = blamesLater
	}
	if seen == SeenBefore {
		b.old++
	} else {
		b.counted++
	}
	return Finding{
		Spend: b.cleared,
		Stop:  b.counted >= most || b.old >= blamesOld,
		Why:   sentence(rl, a),
	}
}

// droughts reports whether logins have failed, or throttles have been all that
// was answered, for longer than the patience.
func (b *Blame) droughts(rl Ruling, a Answer, now time.Time) (Finding, bool) {
	silent := a.Fault == FaultCanceled || a.Fault == FaultStopped || a.Fault == FaultInvalid || a.Fault == FaultDryRun
	if silent {
		return Finding{}, false // nobody was asked for anything
	}
	if a.Fault == FaultLogin {
		failing := b.login.lasts(now)
		return Finding{Stop: failing >= b.Patience, Why: fmt.Sprintf("no login for %v: %s", failing.Round(time.Second), sentence(rl, a))}, true
	}
	b.login.end()
	if a.Fault != FaultNone {
		return Finding{}, false
	}
	if rl.Verdict != Later || !rl.Slow {
		b.throttled.end()
		return Finding{}, false
	}
	throttled := b.throttled.lasts(now)
	if throttled < b.Patience {
		return Finding{}, true
	}
	return Finding{Stop: true, Throttled: true, Why: fmt.Sprintf("the service has answered nothing but throttles for %v: a quota is used up, run again later", throttled.Round(time.Second))}, true
}

// drought is a time without any good answer of some kind. The zero value has
// not begun.
type drought struct{ since time.Time }

// lasts begins the drought, if need be, and returns how long it has lasted.
func (d *drought) lasts(now time.Time) time.Duration {
	if d.since.IsZero() {
		d.since = now
	}
	return now.Sub(d.since)
}

func (d *drought) end() { d.since = time.Time{} }

// clears reports whether the answer shows that the run is not to blame.
func clears(rl Ruling, a Answer) bool {
	switch rl.Verdict {
	case Deleted, Gone:
		return true
	case Later:
		return a.Fault == FaultNone && !rl.Slow && isService(rl.Code, "CC")
	default:
		return false
	}
}

// sentence says what was answered, what it means and what to do.
func sentence(rl Ruling, a Answer) string {
	do := rl.Do
	if do == "" {
		do = "check the credentials, the permission, the region and the endpoint"
	}
	return fmt.Sprintf("%s: %s; %s", Subject(rl, a), rl.Why, do)
}

// Subject names the answer by the best name it has.
func Subject(rl Ruling, a Answer) string {
	switch {
	case a.Fault != FaultNone:
		if a.Message != "" {
			return "no answer (" + a.Message + ")"
		}
		return "no answer (" + string(a.Fault) + ")"
	case rl.Code != "":
		return fmt.Sprintf("%s (HTTP %d)", rl.Code, a.Status)
	default:
		return fmt.Sprintf("HTTP %d", a.Status)
	}
}
