package sim

import (
	"errors"
	"fmt"
	"math"
	"net/http"
	"slices"
	"time"
)

// maxTimes is the largest Fault.Times; see record.
const maxTimes = math.MaxUint16

// Fault is one thing that goes wrong, for a share of the IDs or for a while.
//
// A fault with neither After nor For is bound to IDs: the seed, its name and
// the ID decide, the same way in every run, whether it hits an ID, and no ID is
// hit by two of them. A fault with After or For is open in that window of time
// and goes before the bound ones while it is.
type Fault struct {
	// Name tells it from the others; it takes part in the choice of IDs.
	Name string
	// On is the operation it applies to; empty is OpDelete.
	On Op
	// Share is the share of IDs it hits, from 0 to 1; 0 hits none. A login, a
	// list and a question to IAM have no ID, so that their faults have a Share of 0
	// or 1.
	Share float64
	// Times is how many requests for an ID it hits, logins and lists being
	// counted as if they were one ID each; 0 is all. A fault with a window has
	// none.
	Times int
	// After is when it begins, counted from New; For is how long it lasts, and
	// 0 is for ever.
	After, For time.Duration
	// Delay is how long ActionSlow waits and ActionLate puts the deletion off (0 is
	// 2 s), and after how long a hang (0 is one minute) or a reset (0 is at once)
	// breaks the connection.
	Delay time.Duration
	// Status, Header and Body are the canned answer. A Status of 0 is 200; for
	// ActionCut an empty Body is that of the answer that is cut.
	Status int
	Header http.Header
	Body   string
	// Action is what it does; empty is ActionAnswer.
	Action Action
	// Looks makes a fault of DELETE that is bound to IDs hit the looks at them too,
	// which a fault on OpProgress, whose IDs are drawn apart, cannot do. For any
	// other fault it changes nothing.
	Looks bool
}

// timed reports whether f has a window rather than a bond to IDs.
func (f Fault) timed() bool { return f.After > 0 || f.For > 0 }

// open reports whether f's window is open so long after the start.
func (f Fault) open(since time.Duration) bool {
	return since >= f.After && (f.For == 0 || since < f.After+f.For)
}

// delay is f.Delay or what stands for its zero value.
func (f Fault) delay() time.Duration {
	switch {
	case f.Delay > 0:
		return f.Delay
	case f.Action == ActionSlow, f.Action == ActionLate:
		return defaultSlow
	case f.Action == ActionHang, f.Action == ActionHangAfter:
		return defaultHang
	}
	return 0
}

// validate reports all that is wrong with f, under its name.
func (f Fault) validate() error {
	var errs []error
	refuse := func(bad bool, format string, args ...any) {
		if bad {
			errs = append(errs, fmt.Errorf("fault %q: "+format, append([]any{f.Name}, args...)...))
		}
	}
	refuse(f.Name == "", "has no name")
	refuse(!isShare(f.Share), "share %v is not between 0 and 1", f.Share)
	refuse(f.Times < 0 || f.Times > maxTimes, "times %d is not between 0 and %d", f.Times, maxTimes)
	refuse(f.After < 0 || f.For < 0 || f.Delay < 0, "has a negative time")
	refuse(f.timed() && f.Times > 0, "has both a window and a number of times; use one")
	refuse(f.Status != 0 && (f.Status < 200 || f.Status > 599), "status %d is not between 200 and 599", f.Status)
	bare := f.Status == http.StatusNoContent || f.Status == http.StatusNotModified
	refuse(bare && f.Body != "", "status %d cannot have a body", f.Status)
	refuse(!slices.Contains(Actions(), f.action()), "action %q is unknown; use one of %v", f.Action, Actions())
	refuse(!slices.Contains(append(ops(), OpAll), f.op()), "operation %q is unknown; use one of %v or %s", f.On, ops(), OpAll)
	noID := f.On == OpLogin || f.On == OpList || f.On == OpIAM
	refuse(noID && f.Share != 0 && f.Share != 1, "share of a %s is neither 0 nor 1", f.On)
	return errors.Join(errs...)
}

// ops lists the operations that a fault can be on.
func ops() []Op { return []Op{OpDelete, OpLogin, OpProgress, OpStop, OpList, OpIAM} }

// op is f.On or what stands for its zero value.
func (f Fault) op() Op {
	if f.On == "" {
		return OpDelete
	}
	return f.On
}

// action is f.Action or what stands for its zero value.
func (f Fault) action() Action {
	if f.Action == "" {
		return ActionAnswer
	}
	return f.Action
}
