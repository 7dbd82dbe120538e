package pass

import (
	"context"
	"fmt"

	"cleaner/internal/queue"
)

// Source is where a pass takes task IDs from. File is one.
type Source interface {
	// Name names the source for people.
	Name() string
	// Load puts the task IDs into q, all of them or none. An error that the input
	// itself is to blame for is an *InputError: the input is refused. One that the
	// machine could not read is an *UnreadError, one that is not whole yet an
	// *UnreadyError, and one that cannot be reached an *UnavailableError. After these and
	// any other error the input may be loaded later.
	Load(ctx context.Context, q queue.Loader) (Loaded, error)
}

// Loaded is what one source brought.
type Loaded struct {
	queue.Loaded
	// Rejected is how many lines named no valid task ID.
	Rejected int64
	// Empty says that the source holds no task ID.
	Empty bool
	// Unsaid says that the source gives reasons, or who asked, which are not kept.
	Unsaid bool
}

// Warnings says what whoever gave the source may not expect, as predicates of "the input".
func (l Loaded) Warnings() (all []string) {
	if l.Empty {
		all = append(all, "holds no task ID")
	}
	if l.Unsaid {
		all = append(all, "has columns or keys \"reason\" or \"requested_by\": what they say is not kept; cleaner load --to keeps it for JSON objects that it sends to a serve")
	}
	return all
}

// InputError says that an input is at fault, and that nothing of it was loaded.
type InputError struct{ Err error }

// Error returns the reason.
func (e *InputError) Error() string { return e.Err.Error() }

// Unwrap returns the reason.
func (e *InputError) Unwrap() error { return e.Err }

// UnreadError says that the machine could not read an input, and that nothing of it was
// loaded. The ledger is well.
type UnreadError struct{ Err error }

// Error returns the reason.
func (e *UnreadError) Error() string { return e.Err.Error() }

// Unwrap returns the reason.
func (e *UnreadError) Unwrap() error { return e.Err }

// UnavailableError says that a source cannot be reached, or broke off: what it brought until
// then is in the ledger, and the rest may come later. It holds up no pass.
type UnavailableError struct{ Err error }

// Error returns the reason.
func (e *UnavailableError) Error() string { return e.Err.Error() }

// Unwrap returns the reason.
func (e *UnavailableError) Unwrap() error { return e.Err }

// UnreadyError says that an input is being written, and that nothing of it was loaded. A
// pass goes on without it, and a later one loads it: nobody is at fault.
type UnreadyError struct{ Err error }

// Error returns the reason.
func (e *UnreadyError) Error() string { return e.Err.Error() }

// Unwrap returns the reason.
func (e *UnreadyError) Unwrap() error { return e.Err }

// Unreadable is a source that cannot even be opened: a pass without it ends as one
// without any other input.
func Unreadable(name string, err error) Source { return unreadable{name, err} }

type unreadable struct {
	name string
	err  error
}

func (u unreadable) Name() string { return u.name }

func (u unreadable) Load(context.Context, queue.Loader) (Loaded, error) {
	return Loaded{}, &InputError{fmt.Errorf("load %s: %w", u.name, u.err)}
}
