package worker

import (
	"context"
	"testing"
	"time"
)

// A pass whose requests hang does not go on, and that shows; one that waits for a
// permit, or for an ID that is due later, has nothing to be blamed for.
func TestProgressing(t *testing.T) {
	for _, row := range []struct {
		name  string
		far   *far
		pause time.Duration
		want  bool
	}{
		{"requests hang", &far{latency: time.Hour}, 0, false},
		{"the service asked for a pause", &far{}, time.Hour, true},
		{"requests come and go", &far{latency: 10 * time.Second}, 0, true},
	} {
		t.Run(row.name, func(t *testing.T) {
			try(t, 1_000, row.far, func(tr *trial) {
				tr.opts.Grace = time.Second
				tr.opts.Pacer.Pause(row.pause)
				w := New(tr.opts)
				ctx, stop := context.WithCancelCause(tr.Context())
				ended := make(chan error, 1)
				go func() {
					_, err := w.Run(ctx, tr.Context())
					ended <- err
				}()
				time.Sleep(30 * time.Second)
				tr.want("progressing at first", w.Progressing(time.Minute), true)
				time.Sleep(5 * time.Minute)
				tr.want("progressing", w.Progressing(time.Minute), row.want)
				if !row.want {
					tr.want("in flight", w.InFlight(), tr.opts.Workers)
				}
				stop(&Stop{Kind: StopSignal})
				if err := <-ended; err != nil {
					t.Error(err)
				}
				tr.want("in flight at the end", w.InFlight(), 0)
			})
		})
	}
}
