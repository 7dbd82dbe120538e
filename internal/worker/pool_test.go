package worker

import (
	"testing"
	"testing/synctest"
	"time"
)

// inFlight is how many requests are under way.
func (f *far) inFlight() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.now
}

// The pool grows and shrinks within a pass: no ID is lost or sent twice, and what
// is in flight is as many as it should be, exactly.
func TestResize(t *testing.T) {
	far := &far{latency: 10 * time.Second}
	try(t, 600, far, func(tr *trial) {
		w := New(tr.opts)
		ended := make(chan error, 1)
		go func() {
			_, err := w.Run(tr.Context(), tr.Context())
			ended <- err
		}()
		for _, size := range []int{4, 12, 2, 1, 30, 3} {
			w.Resize(size)
			time.Sleep(15 * time.Second) // what was in hand is finished
			synctest.Wait()
			tr.want("in flight", far.inFlight(), size)
			tr.want("progressing", w.Progressing(time.Minute), true)
		}
		w.Resize(50)
		if err := <-ended; err != nil {
			t.Fatal(err)
		}
		w.Resize(60) // nobody is left, and nobody begins
		tr.want("deleted", tr.counts().Deleted, int64(600))
		tr.want("requests", far.requests(), 600)
		tr.want("most in flight", far.max, 50)
	})
}

// A pool that was changed before its pass begins has the new size.
func TestResizeBeforehand(t *testing.T) {
	far := &far{latency: time.Second}
	try(t, 100, far, func(tr *trial) {
		w := New(tr.opts)
		w.Resize(9)
		if _, err := w.Run(tr.Context(), tr.Context()); err != nil {
			t.Fatal(err)
		}
		tr.want("most in flight", far.max, 9)
	})
}

// Calibration holds also for a pool that grows.
func TestResizeHeedsTheCalibration(t *testing.T) {
	far := &far{latency: 10 * time.Second}
	try(t, 100, far, func(tr *trial) {
		tr.opts.Calibration.Canaries = 2
		w := New(tr.opts)
		ended := make(chan error, 1)
		go func() {
			_, err := w.Run(tr.Context(), tr.Context())
			ended <- err
		}()
		w.Resize(20)
		time.Sleep(5 * time.Second)
		tr.want("in flight before the canaries are confirmed", far.inFlight(), 2)
		if err := <-ended; err != nil {
			t.Fatal(err)
		}
		tr.want("most in flight", far.max, 20)
		tr.want("deleted", tr.counts().Deleted, int64(100))
	})
}
