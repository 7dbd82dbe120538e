package worker

import (
	"errors"
	"fmt"
	"runtime/debug"
)

// Crash is a panic in a pass, with the stack of where it was. Run raises it again, so
// that its caller can write a report before the process ends.
type Crash struct {
	Value any
	Stack []byte
}

// NewCrash makes a Crash of what recover returned, in the deferred function that
// called it. A value that is a Crash already keeps its stack.
func NewCrash(v any) *Crash {
	if c, ok := v.(*Crash); ok {
		return c
	}
	return &Crash{Value: v, Stack: debug.Stack()}
}

// Error returns the value and the stack. A stack shows addresses, and no text.
func (c *Crash) Error() string { return fmt.Sprintf("panic: %v\n\n%s", c.Value, c.Stack) }

// errUnsettled is the error of the workers whose batch was not settled because of a
// panic: they must not take another ID.
var errUnsettled = errors.New("settle task IDs: a panic came in between")
