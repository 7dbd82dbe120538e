package worker

import (
	"errors"
	"fmt"
	"runtime/debug"
)

// Crash is a panic in a pass, with the stack of where it was. It is raised again
// out of Run, so that whoever called Run can leave word before the process ends.
type Crash struct {
	Value any
	Stack []byte
}

// NewCrash makes a Crash of what recover returned, in the deferred function that
// called it. What is a Crash already keeps its stack.
func NewCrash(v any) *Crash {
	if c, ok := v.(*Crash); ok {
		return c
	}
	return &Crash{Value: v, Stack: debug.Stack()}
}

// Error returns the value and the stack. A stack shows addresses, and no text.
func (c *Crash) Error() string { return fmt.Sprintf("panic: %v\n\n%s", c.Value, c.Stack) }

// errUnsettled is what the workers of a group are told whose writing panicked: they
// must not take another ID.
var errUnsettled = errors.New("settle task IDs: a panic came in between")

// catch is deferred where a goroutine of the pass begins: a panic there would end
// the process before anybody is told. Nothing more is taken, and the first panic
// goes to drive.
func (w *Worker) catch() {
	v := recover()
	if v == nil {
		return
	}
	c := NewCrash(v)
	select {
	case w.crash <- c:
	default: // it is not the first
	}
	w.fail(c)
}

// drive has the pool work, and returns when all have ended or one has crashed. The
// others are not waited for then: nobody knows what the panic has left locked.
func (w *Worker) drive(work func()) *Crash {
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		w.pool.run(func() {
			defer w.catch()
			work()
		})
	}()
	select {
	case c := <-w.crash:
		return c
	case <-ended:
	}
	select {
	case c := <-w.crash:
		return c
	default:
		return nil
	}
}
