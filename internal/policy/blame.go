package policy

import (
	"fmt"
	"time"
)

// blamesInARow is how many answers in a row must blame the run to stop it.
const blamesInARow = 3

// Blame tells a run that is wrong (bad credentials, no permission, another
// region, another endpoint) from a task that is. It counts the answers that
// blame the run; an answer that shows the opposite clears them.
//
// What clears is narrow on purpose: deleted, gone, and a task that is running.
// Only these presuppose that the service took our identity, looked for our
// permission and reached the task. Busy and inner errors may come from before
// those checks, and so may invalid parameters; were they to clear, a missing
// permission between them would spend attempts and end in dead letters.
// Throttles and silence prove nothing either way.
//
// The zero value is ready, and stops at the first login that fails. A Blame is
// not safe for many goroutines: whoever shares it guards it with a mutex.
type Blame struct {
	// Patience is how long logins may keep failing before the run stops.
	Patience time.Duration

	cleared    bool      // an answer has cleared since the last blame
	inARow     int       // blames since the last clearing answer
	loginSince time.Time // when logins began to fail; zero when they do not
}

// Note takes the answer to one request into account. An Auth ruling is to be
// noted only when the credential had already been renewed for this task: the
// first one blames nobody.
//
// spend says that the blame costs the task an attempt, because others fared
// well since the last blame: so one bad ID among good ones ends as a dead
// letter, while a wrong password never spends any. stop says that the run must
// stop and leave everything pending, and why is then, and for every blame, a
// sentence for the operator.
func (b *Blame) Note(rl Ruling, a Answer, now time.Time) (spend, stop bool, why string) {
	if b.noteLogin(a.Fault, now); a.Fault == FaultLogin {
		failing := now.Sub(b.loginSince)
		return false, failing >= b.Patience, fmt.Sprintf("no login for %v: %s", failing.Round(time.Second), sentence(rl, a))
	}
	switch {
	case a.Fault == FaultRefused:
		return false, true, sentence(rl, a)
	case clears(rl, a):
		b.cleared, b.inARow = true, 0
		return false, false, ""
	case rl.Verdict == Auth, rl.Verdict == Halt:
		spend, b.cleared = b.cleared, false
		b.inARow++
		return spend, b.inARow >= blamesInARow, sentence(rl, a)
	default:
		return false, false, ""
	}
}

// noteLogin keeps when logins began to fail. Any exchange that carried a
// credential, or would have, ends the failing.
func (b *Blame) noteLogin(f Fault, now time.Time) {
	switch f {
	case FaultLogin:
		if b.loginSince.IsZero() {
			b.loginSince = now
		}
	case FaultCanceled, FaultInvalid, FaultDryRun: // nobody asked for a credential
	default:
		b.loginSince = time.Time{}
	}
}

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
	return fmt.Sprintf("%s: %s; %s", subject(rl, a), rl.Why, do)
}

// subject names the answer by the best name it has.
func subject(rl Ruling, a Answer) string {
	switch {
	case a.Fault != FaultNone:
		return "no answer (" + string(a.Fault) + ")"
	case rl.Code != "":
		return fmt.Sprintf("%s (HTTP %d)", rl.Code, a.Status)
	default:
		return fmt.Sprintf("HTTP %d", a.Status)
	}
}
