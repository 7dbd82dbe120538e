package api

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// fakeLink is a link that answers as it is told.
type fakeLink struct {
	answer func(*http.Request) (*http.Response, error)
	closed atomic.Bool
}

func (l *fakeLink) RoundTrip(r *http.Request) (*http.Response, error) { return l.answer(r) }
func (l *fakeLink) Close() error                                      { l.closed.Store(true); return nil }

func (l *fakeLink) Available() int {
	if l.closed.Load() {
		return 0
	}
	return 1
}

// fakeLines returns a wire with one seat whose lines are made of links, in turn.
func fakeLines(links ...*fakeLink) wire {
	ls := &lines{limits: limits{20 * time.Second, time.Minute}, seats: 1, kept: 1}
	ls.dial = func(context.Context) (*line, error) {
		l := &line{link: links[0], sent: new(atomic.Bool)}
		links = links[1:]
		return l, nil
	}
	return wire{lines: ls, maxBody: maxBody}
}

func null(*http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: http.StatusOK, ContentLength: 4, Body: io.NopCloser(strings.NewReader("null"))}, nil
}

// failing answers well, once, and fails the next request.
func failing() func(*http.Request) (*http.Response, error) {
	n := 0
	return func(r *http.Request) (*http.Response, error) {
		if n++; n == 1 {
			return null(r)
		}
		return nil, errors.New("it is broken")
	}
}

// A connection that was idle may be closed when it is used again: as long as
// nothing was written, another takes its place. What was written is not sent again.
func TestBrokenWhileIdle(t *testing.T) {
	for written, want := range map[bool]Fault{false: FaultNone, true: FaultReset} {
		var l *line
		broken := &fakeLink{}
		answer := failing()
		broken.answer = func(r *http.Request) (*http.Response, error) {
			l.sent.Store(written)
			return answer(r)
		}
		w := fakeLines(broken, &fakeLink{answer: null})
		dial := w.lines.dial
		w.lines.dial = func(ctx context.Context) (_ *line, err error) {
			l, err = dial(ctx)
			return l, err
		}
		if _, got, err := w.exchange(t.Context(), newRequest(t)); got != FaultNone {
			t.Fatal(err)
		}
		if _, got, err := w.exchange(t.Context(), newRequest(t)); got != want || !broken.closed.Load() && !written {
			t.Errorf("written %v: got %s, %v, want %s", written, got, err, want)
		}
		w.lines.close()
	}
}

// A line ends at the first limit that is reached: the one for the header, that for
// the whole exchange, or that for being idle, also when its timer was set for
// another.
func TestLineLapses(t *testing.T) {
	const idle, header, body = "idle", "header", "body"
	for phase, want := range map[string]time.Duration{header: 20 * time.Second, body: time.Minute, idle: idleTimeout} {
		synctest.Test(t, func(t *testing.T) {
			link := &fakeLink{answer: null}
			w := fakeLines(link)
			l, err := w.lines.take(t.Context(), time.Now())
			if err != nil {
				t.Fatal(err)
			}
			if phase != header {
				l.answered()
			}
			if phase == idle {
				w.lines.inUse++
				w.lines.giveBack(l)
			}
			time.Sleep(want - time.Nanosecond)
			synctest.Wait()
			if link.closed.Load() {
				t.Errorf("%s: closed before %v", phase, want)
			}
			time.Sleep(time.Nanosecond)
			synctest.Wait()
			if late := l.end(); !link.closed.Load() || late != (phase != idle) {
				t.Errorf("%s: after %v closed %v, late %v", phase, want, link.closed.Load(), late)
			}
			l.hangUp()
		})
	}
}

// A line ends with the caller that uses it, and with none that used it before.
func TestLineEndsWithItsCaller(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		link := &fakeLink{answer: null}
		w := fakeLines(link)
		first, endFirst := context.WithCancel(t.Context())
		second, endSecond := context.WithCancel(t.Context())
		for _, ctx := range []context.Context{first, second} {
			if _, got, err := w.exchange(ctx, newRequest(t)); got != FaultNone {
				t.Fatal(err)
			}
		}
		endFirst()
		synctest.Wait()
		if link.closed.Load() {
			t.Error("closed with a caller that had gone")
		}
		endSecond()
		synctest.Wait()
		if !link.closed.Load() {
			t.Error("still open when its caller has ended")
		}
		w.lines.close()
	})
}

// What is in use when the lines are closed is closed afterwards, and not kept.
func TestCloseWhileInUse(t *testing.T) {
	link := &fakeLink{}
	w := fakeLines(link, &fakeLink{answer: null})
	link.answer = func(r *http.Request) (*http.Response, error) {
		w.lines.close()
		return null(r)
	}
	if _, got, err := w.exchange(t.Context(), newRequest(t)); got != FaultNone || !link.closed.Load() {
		t.Errorf("%s, %v, closed %v", got, err, link.closed.Load())
	}
	if _, got, err := w.exchange(t.Context(), newRequest(t)); got != FaultNone || len(w.lines.idle) != 1 {
		t.Errorf("afterwards: %s, %v, %d kept", got, err, len(w.lines.idle))
	}
	w.lines.close()
}
