package main

import (
	"errors"

	"cleaner/internal/config"
	"cleaner/internal/queue/sqlite"
	"cleaner/internal/worker"
)

// The exit codes. They are an interface: scripts and alerts depend on them.
const (
	exitOK          = 0 // everything settled well, or nothing to do
	exitInternal    = 1 // a fault of cleaner's or of its machine
	exitUsage       = 2 // usage, configuration or input
	exitDead        = 3 // finished, with dead letters
	exitLimit       = 4 // a cap or the time box left work pending
	exitBelt        = 5 // a safety belt stopped the run
	exitCredentials = 6 // credentials or permission
	exitLocked      = 7 // another process holds the queue
	exitSignal      = 8 // stopped by a signal after draining
)

// failure is an error with its exit code. A nil err has been told already.
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
	if _, ok := err.(*failure); ok { //nolint:errorlint // one that is wrapped wants its wrapping told
		return err
	}
	return &failure{code: codeOf(err), err: err}
}

// codeOf is the exit code for err.
func codeOf(err error) int {
	if f, ok := errors.AsType[*failure](err); ok {
		return f.code
	}
	if _, ok := errors.AsType[*config.Error](err); ok {
		return exitUsage
	}
	if _, ok := errors.AsType[*sqlite.LockedError](err); ok {
		return exitLocked
	}
	if stop, ok := stopIn(err); ok {
		return codeOfStop(stop.Kind)
	}
	return exitInternal
}

// codeOfPass is the exit code of a pass that ran to its end or its stop.
func codeOfPass(kind worker.StopKind, dead, pending int64) int {
	switch {
	case pending > 0 && kind != worker.StopNone: // else it stopped with nothing left to do
		return codeOfStop(kind)
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
	case worker.StopGuard, worker.StopUnreachable, worker.StopFailedShare, worker.StopNotFoundShare, worker.StopCanary:
		return exitBelt
	default:
		return exitLimit
	}
}
