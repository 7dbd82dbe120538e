package metrics

import "cleaner/internal/policy"

// Op is what a request asks of the service.
type Op uint8

// The operations. OpLogin is counted by Login; the worker sends the others.
const (
	OpDelete    Op = iota // delete a task
	OpStop                // stop the check that a task is running
	OpLook                // look whether a task is there
	OpCalibrate           // delete a task again that is known to be gone
	OpLogin               // log in at IAM
	ops
)

// String is the value of the label op.
func (o Op) String() string { return [ops]string{"delete", "stop", "look", "calibrate", "login"}[o] }

// class is what an answer meant: its verdict, where doubt counts as again; ok when a
// stop or a login succeeded, a look has seen its task, or the DELETE of a task known to
// be gone was answered like a deletion; none when the request was never sent.
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
	case e.Op == OpLook && (e.Seen || e.Absent):
		return classOfSight(e)
	}
	switch e.Ruling.Verdict {
	case policy.Deleted:
		return classOfSuccess(e.Op)
	case policy.Gone:
		return classGone
	case policy.Again, policy.Doubt:
		return classAgain
	case policy.Later:
		return classLater
	case policy.Auth:
		return classAuth
	case policy.Halt:
		return classHalt
	default:
		return classNever // an answer without a verdict is never a success
	}
}

// classOfSight is the class of a look that shows whether its task is there. The verdict
// table does not matter: the pass has learned what such an answer means.
func classOfSight(e *Exchange) class {
	if e.Seen {
		return classOK
	}
	return classGone
}

// classOfSuccess is the class of an answer that confirms a deletion. Such an answer to a
// look shows nothing.
func classOfSuccess(o Op) class {
	switch o {
	case OpDelete:
		return classDeleted
	case OpLook:
		return classAgain
	default:
		return classOK
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
