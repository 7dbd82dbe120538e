package main

import (
	"context"
	"io"
)

// interruptible is a reader whose Read returns when ctx ends, although the
// reader below it blocks: standard input is often a pipe that nobody closes.
type interruptible struct {
	ctx context.Context
	r   io.Reader
}

// Read reads through a buffer of its own, as the read that was given up may
// still write into it.
func (i interruptible) Read(p []byte) (int, error) {
	type result struct {
		n   int
		err error
	}
	buf, done := make([]byte, len(p)), make(chan result, 1)
	go func() {
		n, err := i.r.Read(buf)
		done <- result{n, err}
	}()
	select {
	case r := <-done:
		return copy(p, buf[:r.n]), r.err
	case <-i.ctx.Done():
		return 0, context.Cause(i.ctx)
	}
}
