package metrics

import "cleaner/internal/policy"

// Op is what a request asks of the service.
type Op uint8

// The operations. OpLogin is counted by Login; the worker sends the others.
const (
	OpDelete Op = iota // delete a task
	OpStop             // stop the check that a task is running
	OpLook             // look whether a task is there
	OpLogin            // log in at IAM
	ops
)

// String is the value of the label op.
func (o Op) String() string { return [ops]string{"delete", "stop", "look", "login"}[o] }

// class is what an answer meant: its verdict; ok, when a stop, a look or a login
// brought what it asked for; none, when the request never left.
type class uint8

const (
	classDeleted class = iota
	classGone
	classAgain
	classLater
	classAuth
	classNever
	classHalt
	classOK
	classNone
	classes
)

func (c class) String() string {
	return [classes]string{"deleted", "gone", "again", "later", "auth", "never", "halt", "ok", "none"}[c]
}

// classesOf are the classes that an operation's answers can have. Only a DELETE
// can have deleted something, so that no sum over class="deleted" says more.
func classesOf(o Op) []class {
	switch o {
	case OpDelete:
		return []class{classDeleted, classGone, classAgain, classLater, classAuth, classNever, classHalt, classNone}
	case OpLogin:
		return []class{classLater, classHalt, classOK}
	default:
		return []class{classGone, classAgain, classLater, classAuth, classNever, classHalt, classOK, classNone}
	}
}

// classOf is the class of e.
func classOf(e *Exchange) class {
	switch {
	case !e.Fault.Sent():
		return classNone
	case e.Op != OpDelete && (e.Seen || e.Ruling.Verdict == policy.Deleted):
		return classOK
	}
	switch e.Ruling.Verdict {
	case policy.Deleted:
		return classDeleted
	case policy.Gone:
		return classGone
	case policy.Again:
		return classAgain
	case policy.Later:
		return classLater
	case policy.Auth:
		return classAuth
	case policy.Halt:
		return classHalt
	default:
		return classNever // what has no verdict is never a success
	}
}

// LoginResult is how a login ended.
type LoginResult uint8

// The results of a login.
const (
	LoginOK      LoginResult = iota // there is a new token
	LoginFailed                     // not now: busy, throttled, unreachable
	LoginRefused                    // for good: wrong password, locked, no such user
	loginResults
)

// String is the value of the label result.
func (r LoginResult) String() string {
	return [loginResults]string{"success", "failure", "refused"}[r]
}

// class is the class of the request that was the login.
func (r LoginResult) class() class {
	return [loginResults]class{LoginOK: classOK, LoginFailed: classLater, LoginRefused: classHalt}[r]
}

// Result is how a run ended. Its numbers are cleaner's exit codes.
type Result uint8

// The results.
const (
	Success     Result = iota // all settled well, or nothing to do
	Internal                  // a fault of cleaner's or of its machine
	Usage                     // usage, configuration or input
	DeadLetters               // finished, with dead letters
	Limit                     // a cap or the time box left work pending
	Belt                      // a safety belt stopped the run
	Credentials               // credentials or permission
	Locked                    // another process holds the queue
	Signal                    // stopped by a signal
	results
)

// ResultOf is the result that an exit code tells of; a code that is none of
// ours, as after a panic, is Internal.
func ResultOf(exitCode int) Result {
	if exitCode < 0 || exitCode >= int(results) {
		return Internal
	}
	return Result(exitCode)
}

// String is the value of the label result.
func (r Result) String() string {
	return [results]string{"success", "internal", "usage", "dead_letters", "limit", "belt", "credentials", "locked", "signal"}[r]
}
