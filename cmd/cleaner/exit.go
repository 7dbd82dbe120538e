package main

import (
	"errors"
	"fmt"
	"strings"

	"cleaner/internal/assemble"
	"cleaner/internal/config"
	"cleaner/internal/exitcode"
	"cleaner/internal/pass"
	"cleaner/internal/prompt"
	"cleaner/internal/queue"
	"cleaner/internal/serve"
	"cleaner/internal/worker"
)

// The exit codes, which this package alone gives to errors.
const (
	exitOK          = exitcode.OK
	exitInternal    = exitcode.Internal
	exitUsage       = exitcode.Usage
	exitDead        = exitcode.DeadLetters
	exitLimit       = exitcode.Limit
	exitBelt        = exitcode.Belt
	exitCredentials = exitcode.Credentials
	exitLocked      = exitcode.Locked
	exitSignal      = exitcode.Signal
)

// exitCodes returns the table of the codes, a row a line, each with a tab before it.
func exitCodes() string {
	var b strings.Builder
	for _, r := range exitcode.Table() {
		fmt.Fprintf(&b, "\n\t%d  %s", r.Code, r.Meaning)
	}
	return b.String()
}

// failure is an error with its exit code. A nil err has been reported already.
type failure struct {
	code int
	err  error
}

func (f *failure) Error() string {
	if f.err == nil {
		return "already reported"
	}
	return f.err.Error()
}

func (f *failure) Unwrap() error { return f.err }

// asFailure gives err the exit code of its kind, unless it has one.
func asFailure(err error) error {
	if err == nil {
		return nil
	}
	if _, ok := err.(*failure); ok { //nolint:errorlint // one that is wrapped keeps its wrapping
		return err
	}
	return &failure{code: codeOf(err), err: err}
}

// codeOf is the exit code for err.
func codeOf(err error) int {
	if f, ok := errors.AsType[*failure](err); ok {
		return f.code
	}
	switch {
	case is[*prompt.Misuse](err), is[*assemble.UsageError](err), is[*serve.StartError](err), is[*config.Error](err), is[*queue.NoBatchError](err):
		return exitUsage
	case is[*pass.BalanceError](err):
		return exitInternal
	case is[*pass.InputError](err):
		return exitUsage
	case is[*pass.ProtectError](err):
		return exitBelt
	case is[*queue.LockedError](err):
		return exitLocked
	}
	if stop, ok := errors.AsType[*worker.Stop](err); ok {
		return codeOfStop(stop.Kind)
	}
	return exitInternal
}

// is reports whether err is, or wraps, an error of this type.
func is[T error](err error) bool {
	_, ok := errors.AsType[T](err)
	return ok
}

// codeOfReport is the exit code of a pass that ended with r and err. A pass that went
// without an input has failed, unless it ended in what somebody must mend first: the
// ends that the next pass mends, and dead letters, which are shown elsewhere, would
// hide it.
func codeOfReport(r *pass.Report, err error) int {
	if err != nil {
		return codeOf(err)
	}
	if r.Well {
		return exitOK
	}
	code := codeOfPass(worker.StopKind(r.StoppedBy), r.Dead, r.InScope())
	if r.StoppedBy == string(worker.StopHeld) && r.Loaded-r.Pending+r.InScope() > r.Held { // the rest was worked off
		code = exitLimit
	}
	switch {
	case len(r.Without) == 0 || code == exitBelt || code == exitCredentials:
		return code
	case r.Unread:
		return exitInternal
	}
	return exitUsage
}

// asPassed is the failure of a command that has made a pass: what the report tells
// needs no error.
func asPassed(r *pass.Report, err error) error {
	if err == nil && r.ExitCode == exitOK {
		return nil
	}
	return &failure{code: r.ExitCode, err: err}
}

// codeOfPass is the exit code of a pass that ran to its end or its stop.
func codeOfPass(kind worker.StopKind, dead, pending int64) int {
	stopped := codeOfStop(kind)
	switch {
	case kind != worker.StopNone && (pending > 0 || stopped == exitBelt): // else it stopped with nothing left to do
		return stopped
	case dead > 0:
		return exitDead
	default:
		return exitOK
	}
}

// codeOfStop is the exit code of a stop that left work undone.
func codeOfStop(kind worker.StopKind) int {
	switch kind {
	case worker.StopSignal:
		return exitSignal
	case worker.StopCredentials:
		return exitCredentials
	case worker.StopGuard, worker.StopUnreachable, worker.StopFailedShare, worker.StopNotFoundShare, worker.StopCanary, worker.StopHeld:
		return exitBelt
	default:
		return exitLimit
	}
}
