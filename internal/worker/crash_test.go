package worker

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"cleaner/internal/answer"
)

// A panic in any goroutine of the pass comes out of Run with its stack; nothing is
// sent after it, and what was not settled can be taken again.
func TestPanicComesOutOfRun(t *testing.T) {
	tests := map[string]struct {
		where string // a function that the stack names
		spoil func(o *Options)
	}{
		"in a request": {"DeleteTask", func(o *Options) { o.Service = &panickingFar{o.Service.(*far)} }},
		"in a look beside others": {"LookAtTask", func(o *Options) {
			o.Calibration.Canaries = 3
			o.Service = &blinded{far: o.Service.(*far)}
		}},
		"in deciding": {"conclude", func(o *Options) {
			o.Jitter = func() float64 { panic("a planted fault") }
		}},
		"in recording, where the batch is complete": {"Record", func(o *Options) {
			o.Workers = 1
			o.Recorder = recording(func() error { panic("a planted fault") })
		}},
		"in recording, where the batch has waited": {"attend", func(o *Options) {
			var answered atomic.Bool // the first outcome waits for others while the others are under way
			o.Service.(*far).answer = func(string, int) answer.Answer {
				if answered.Swap(true) {
					time.Sleep(time.Minute)
				}
				return ok
			}
			o.Recorder = recording(func() error { panic("a planted fault") })
		}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			far := &far{latency: time.Second}
			try(t, 100, far, func(tr *trial) {
				tr.opts.Workers = 8
				tt.spoil(&tr.opts)
				c := crashOf(func() { _, _ = New(tr.opts).Run(tr.Context(), tr.Context()) })
				if c == nil || c.Value != "a planted fault" || !strings.Contains(c.Error(), tt.where) {
					t.Fatalf("Run raised %v", c)
				}
				sent := far.requests()
				time.Sleep(time.Hour)
				tr.want("requests after the panic", far.requests()-sent, 0)
				if n := tr.counts(); n.Pending == 0 || n.Loaded() != 100 {
					t.Errorf("the ledger holds %+v", n)
				}
			})
		})
	}
}

// panickingFar has a far side with a mistake in it.
type panickingFar struct{ *far }

// crashOf is what f panics with.
func crashOf(f func()) (c *Crash) {
	defer func() { c, _ = recover().(*Crash) }()
	f()
	return nil
}

// DeleteTask panics in the middle of the pass.
func (c *panickingFar) DeleteTask(ctx context.Context, id string) answer.Answer {
	if c.requests() > 20 {
		panic("a planted fault")
	}
	return c.far.DeleteTask(ctx, id)
}

// blinded is a far side with a mistake in its second look.
type blinded struct {
	*far
	looks atomic.Int64
}

// LookAtTask panics in the middle of the calibration.
func (b *blinded) LookAtTask(ctx context.Context, id string) answer.Answer {
	if b.looks.Add(1) == 2 {
		panic("a planted fault")
	}
	return b.far.LookAtTask(ctx, id)
}
