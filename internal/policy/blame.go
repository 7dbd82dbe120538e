package policy

import (
	"cmp"
	"fmt"
	"time"

	"cleaner/internal/answer"
)

// How many rejections, with no clearing answer between them, mean what.
const (
	// rejectedToSample is when IDs from elsewhere in the list are tried: IDs that stand
	// together may have the same fault.
	rejectedToSample = 3
	// rejectedAtFirst stops a run in which no answer has cleared yet. rejectedLater stops
	// one in which other IDs succeeded before, or in which the IDs were rejected in an
	// earlier pass already. Both count different IDs. unsentAtFirst is for requests that
	// did not reach the service: no ID causes that.
	unsentAtFirst   = 3
	rejectedAtFirst = 10
	rejectedLater   = 20
	// rejectedAgain stops a run in which so many rejections came from IDs that had
	// been rejected before: they come again only when no other ID is left to try. Where
	// others fared well and hardly any ID is left in question, these pay instead.
	rejectedAgain = 3
	// rejectedToRenew is how many rejections of a credential, with none accepted
	// between, show that it and not the ID is to blame.
	rejectedToRenew = 3
	// mostRenewals is how many credentials in a row may be had of which none is accepted:
	// then the credential is not to blame.
	mostRenewals = 2
)

// Blame decides whether the run or the task is to blame for a rejection. A rejection is
// an answer that could mean either: a run with bad credentials, no permission, another
// region or endpoint, or a quota that is used up; or a bad task. It blames the ID when the
// same run succeeds with other IDs. Only uninterrupted rejection stops the run.
//
// An ID is proven bad once an answer has cleared the run after the ID's first rejection.
// Each further rejection then costs it an attempt. Before that a rejection costs nothing,
// so a missing permission or a wrong password never makes dead letters.
//
// Only these answers clear the run: deleted, gone, accepted, and a task that is running.
// They alone show that the service accepted our identity, checked our permission and
// reached the task. Busy and inner errors may come from before those checks, and so may
// invalid parameters. Throttles and missing answers prove nothing.
//
// The zero value is ready, and stops at the first login that fails and at the first
// throttle. A Blame serves one pass and is not safe for concurrent use: its owner guards
// it with a mutex.
type Blame struct {
	// Patience is how long logins may keep failing, and how long the service may answer
	// nothing but throttles, before the run stops.
	Patience time.Duration

	suspects suspects
	rejected map[int64]bool // IDs whose DELETE was rejected in this pass
	fresh    int            // those rejected for the first time since the last clearing answer
	again    int            // rejections of others since then
	from     time.Time      // only rejections of requests sent after this count

	credential credentialRecord
	login      badStreak // logins keep failing
	throttled  badStreak // nothing but throttles
}

// credentialRecord is what is known of one credential.
type credentialRecord struct {
	number   uint64 // the credential
	accepted bool   // it was accepted at least once
	rejected int    // rejections since it was accepted last
	blamed   bool   // there was a rejection, in this record or before the renewal
	seq      int64  // the ID of the first rejection
	several  bool   // the rejections are of different IDs
	renewals int    // renewals since a credential was accepted last
	replaced uint64 // the newest credential that was replaced
}

// Finding is what follows from an answer for the run.
type Finding struct {
	// Spend says that a rejection costs the task an attempt: it is proven bad.
	Spend bool
	// Behind says that the task goes behind all others.
	Behind bool
	// Sample says that IDs from elsewhere in the list must be tried next.
	Sample bool
	// Stop says that the run must stop and leave everything pending, and
	// Throttled that it is the service's pace that stops it.
	Stop, Throttled bool
	// Why is a sentence for the operator; empty when nobody is blamed.
	Why string
}

// Suspected names the ID that an answer may blame.
type Suspected struct {
	// Seq is the ID's number.
	Seq int64
	// Before says that it was rejected in an earlier pass.
	Before bool
	// Sent is when the request left; zero when that is not known.
	Sent time.Time
}

// Note takes the answer to one request into account. An Auth ruling must be noted only
// when the credential was not renewed after it.
func (b *Blame) Note(rl Ruling, a answer.Answer, of Suspected, now time.Time) Finding {
	if f, over := b.streaks(rl, a, now); over {
		return f
	}
	b.Accept(rl, a)
	switch {
	case a.Fault == answer.FaultRefused, a.Fault == answer.FaultProxy:
		return Finding{Stop: true, Why: Sentence(rl, a)}
	case clears(rl, a):
		b.Clear(of.Seq, now)
		return Finding{}
	case rl.Verdict == Auth, rl.Verdict == Halt:
		return b.reject(rl, a, of, now)
	default:
		return Finding{}
	}
}

// Clear notes that the service accepted the run's identity and permission, and reached
// the task seq. Requests that were sent before and are rejected later do not count, since
// rejection was interrupted.
func (b *Blame) Clear(seq int64, now time.Time) {
	delete(b.suspects.byID, seq)
	delete(b.rejected, seq)
	b.suspects.clears++
	b.fresh, b.again, b.from = 0, 0, now
}

// Sampling reports whether the next IDs must come from elsewhere in the list.
func (b *Blame) Sampling() bool { return b.fresh >= rejectedToSample }

// Accept notes what an answer, also to a look, says of the credential that the request
// carried.
func (b *Blame) Accept(rl Ruling, a answer.Answer) {
	if a.Fault != answer.FaultNone {
		return
	}
	c := &b.credential
	b.newer(a)
	if a.Credential == c.number && (clears(rl, a) || a.Body == answer.BodyTask) {
		*c = credentialRecord{number: c.number, accepted: true, replaced: c.replaced}
		b.suspects.accepts++
	}
}

// Accepted reports whether the credential of the request that a answers was accepted at
// least once, or a newer one was.
func (b *Blame) Accepted(a answer.Answer) bool {
	return a.Credential < b.credential.number || a.Credential == b.credential.number && b.credential.accepted
}

// Replaced reports whether the credential of the request that a answers has a successor
// that was answered.
func (b *Blame) Replaced(a answer.Answer) bool { return a.Credential < b.credential.number }

// Renews reports whether the credential must be renewed after an answer that rejects it,
// and counts the rejection. One rejection is not enough, because other requests may be
// accepted with the same credential. An ID that is proven bad never counts, and one that
// is rejected again counts only where the credential was not accepted in between.
func (b *Blame) Renews(a answer.Answer, of Suspected) bool {
	c := &b.credential
	switch {
	case a.Credential < c.number, c.renewals > 0 && a.Credential <= c.replaced:
		return true // there is a newer one already
	case b.suspects.proven(of):
		return false
	}
	b.newer(a)
	if b.suspects.rejected(of); b.suspects.contradicted(of) {
		return false
	}
	c.blame(of.Seq)
	if c.rejected < rejectedToRenew || c.renewals >= c.most() {
		return false
	}
	c.rejected = 0
	return true
}

// blame counts a rejection of the ID seq.
func (c *credentialRecord) blame(seq int64) {
	if !c.blamed {
		c.blamed, c.seq = true, seq
	}
	c.several = c.several || c.seq != seq
	c.rejected++
}

// most is how often it may be renewed. When a single ID is rejected, one renewal shows
// that it is to blame.
func (c *credentialRecord) most() int {
	if c.several {
		return mostRenewals
	}
	return 1
}

// Renewed notes that another credential replaces the one that was rejected with a.
func (b *Blame) Renewed(a answer.Answer) {
	c := &b.credential
	if c.renewals == 0 || a.Credential > c.replaced {
		c.renewals++
		c.replaced = a.Credential
	}
}

// WasRenewed reports whether another credential was had in place of a rejected one, and
// none was accepted since.
func (b *Blame) WasRenewed() bool { return b.credential.renewals > 0 }

// newer begins the record of a newer credential than the one known.
func (b *Blame) newer(a answer.Answer) {
	if c := &b.credential; a.Credential > c.number {
		*c = credentialRecord{number: a.Credential, renewals: c.renewals, replaced: c.replaced, blamed: c.blamed, seq: c.seq, several: c.several}
	}
}

// unsettled reports whether a rejected credential may still be renewed. Until then its
// rejections do not count against the run.
func (b *Blame) unsettled(rl Ruling, a answer.Answer, of Suspected) bool {
	return rl.Verdict == Auth && a.Fault == answer.FaultNone && b.credential.renewals < b.credential.most() && !b.suspects.contradicted(of)
}

// reject counts one rejection. Requests that were under way when IDs from elsewhere began
// to be tried, or when the last answer cleared, are not counted: their IDs may stand
// together.
func (b *Blame) reject(rl Ruling, a answer.Answer, of Suspected, now time.Time) Finding {
	f := Finding{Behind: true, Why: Sentence(rl, a)}
	if f.Spend = b.suspects.proven(of) && a.Fault.Sent(); f.Spend {
		return f
	}
	b.suspects.suspect(of)
	if b.unsettled(rl, a, of) || of.Sent.Before(b.from) && !of.Sent.IsZero() {
		return f
	}
	if b.rejected[of.Seq] {
		b.again++
	} else {
		b.fresh++
		if b.rejected == nil {
			b.rejected = map[int64]bool{}
		}
		b.rejected[of.Seq] = true
		if b.fresh == rejectedToSample {
			b.from = now
		}
	}
	f.Sample = b.Sampling()
	again := b.again >= rejectedAgain
	few := b.suspects.clears > 0 && b.fresh < rejectedToSample
	f.Stop = b.fresh >= b.most(a, of) || again && !few
	f.Spend = again && few && a.Fault.Sent()
	return f
}

// most is how many different IDs may be rejected with no clearing answer in between.
func (b *Blame) most(a answer.Answer, of Suspected) int {
	switch {
	case b.suspects.clears > 0 || of.Before:
		return rejectedLater
	case !a.Fault.Sent():
		return unsentAtFirst
	default:
		return rejectedAtFirst
	}
}

// streaks finds whether logins have failed, or the service has answered nothing but
// throttles, for longer than the patience. It reports whether the answer is thereby taken
// into account.
func (b *Blame) streaks(rl Ruling, a answer.Answer, now time.Time) (Finding, bool) {
	if a.Fault.Own() || a.Fault == answer.FaultInvalid {
		return Finding{}, false // nobody was asked for anything
	}
	if a.Fault == answer.FaultLogin {
		failing := b.login.lasts(now)
		return Finding{Stop: failing >= b.Patience, Why: fmt.Sprintf("no login for %v: %s", failing.Round(time.Second), Sentence(rl, a))}, true
	}
	b.login.end()
	if a.Fault != answer.FaultNone {
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

// badStreak is a time in which no good answer of some kind came. The zero value has not
// begun.
type badStreak struct{ since time.Time }

// lasts begins the streak, if need be, and returns how long it has lasted.
func (d *badStreak) lasts(now time.Time) time.Duration {
	if d.since.IsZero() {
		d.since = now
	}
	return now.Sub(d.since)
}

func (d *badStreak) end() { d.since = time.Time{} }

// clears reports whether the answer shows that the run is not to blame.
func clears(rl Ruling, a answer.Answer) bool {
	switch rl.Verdict {
	case Deleted, Gone:
		return true
	case Doubt:
		return rl.Accepted
	case Later:
		return a.Fault == answer.FaultNone && !rl.Slow && isService(rl.Code, "CC")
	default:
		return false
	}
}

// Sentence says what was answered, what it means and what to do.
func Sentence(rl Ruling, a answer.Answer) string {
	do := rl.Do
	if do == "" {
		do = "check the credentials, the permission, the region and the endpoint"
	}
	return fmt.Sprintf("%s: %s; %s", Subject(rl, a), rl.Why, do)
}

// Subject names the answer by the best name it has.
func Subject(rl Ruling, a answer.Answer) string {
	switch {
	case a.Message != "" && (a.Fault == answer.FaultLogin || a.Fault == answer.FaultRefused):
		return a.Message // it says what was answered
	case a.Fault != answer.FaultNone:
		return "no answer (" + cmp.Or(a.Message, string(a.Fault)) + ")"
	case rl.Code != "":
		return fmt.Sprintf("%s (HTTP %d)", rl.Code, a.Status)
	default:
		return fmt.Sprintf("HTTP %d", a.Status)
	}
}
