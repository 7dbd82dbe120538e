package source

import (
	"context"
	"errors"
	"io"
)

// steady is a reader whose Read returns when ctx ends, although the reader below
// it may block for ever, as a pipe does that nobody closes. After the end, or an
// error, it does not read again: at a terminal the end must be typed only once.
type steady struct {
	ctx  context.Context
	in   io.Reader
	buf  []byte      // a read that was given up may still write into it
	rest []byte      // of buf: what has been read and not been asked for
	done chan result // of the read under way
	err  error       // the end
}

// result is what a read gave.
type result struct {
	n   int
	err error
}

func newSteady(ctx context.Context, in io.Reader) *steady {
	return &steady{ctx: ctx, in: in, buf: make([]byte, 64<<10), done: make(chan result, 1)}
}

// Read implements io.Reader.
func (s *steady) Read(p []byte) (int, error) {
	for len(s.rest) == 0 {
		if s.err != nil {
			return 0, s.err
		}
		s.fill()
	}
	n := copy(p, s.rest)
	s.rest = s.rest[n:]
	return n, nil
}

// fill reads once, or gives up when the context ends.
func (s *steady) fill() {
	if s.ctx.Err() != nil {
		s.err = stop(s.ctx)
		return
	}
	go func() {
		n, err := s.in.Read(s.buf)
		s.done <- result{n, err}
	}()
	select {
	case r := <-s.done:
		s.rest, s.err = s.buf[:r.n], r.err
	case <-s.ctx.Done():
		s.err = stop(s.ctx)
	}
}

// counted counts what is read from in, and ends with past when that is more than
// most bytes.
type counted struct {
	in   io.Reader
	most int64
	past error
	n    int64
}

// Read implements io.Reader.
func (c *counted) Read(p []byte) (int, error) {
	n, err := c.in.Read(p)
	if c.n += int64(n); c.n > c.most {
		return 0, c.past
	}
	return n, err
}

// even ends with an error where an odd number of bytes has been read.
type even struct {
	in  io.Reader
	odd bool
}

// Read implements io.Reader.
func (e *even) Read(p []byte) (int, error) {
	n, err := e.in.Read(p)
	e.odd = e.odd != (n%2 == 1)
	if errors.Is(err, io.EOF) && e.odd {
		err = errTorn
	}
	return n, err
}
