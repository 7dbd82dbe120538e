package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"cleaner/internal/worker"
)

// stopping returns two contexts. The first of some signals ends taking, with a Stop as its
// cause, and the pass drains; the second ends sending, and the pass aborts.
func stopping(ctx context.Context, stderr io.Writer, which ...os.Signal) (taking, sending context.Context, done func()) {
	taking, stop := context.WithCancelCause(ctx)
	sending, abort := context.WithCancel(context.WithoutCancel(ctx))
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, which...)
	finished := make(chan struct{})
	go func() {
		for n := 0; ; n++ {
			select {
			case s := <-signals:
				if n == 0 {
					fmt.Fprintf(stderr, "cleaner: got %v: finishing what is under way; once more to abort it\n", s)
					stop(&worker.Stop{Kind: worker.StopSignal, Why: fmt.Sprintf("stopped by signal %v", s)})
				} else {
					abort()
				}
			case <-finished:
				return
			}
		}
	}()
	return taking, sending, func() {
		signal.Stop(signals)
		close(finished)
		stop(nil)
		abort()
	}
}

// endings are the signals that stop a pass. A hangup that nohup has the process
// ignore stays ignored.
func endings() []os.Signal {
	all := []os.Signal{syscall.SIGTERM, syscall.SIGINT}
	if !signal.Ignored(syscall.SIGHUP) {
		all = append(all, syscall.SIGHUP)
	}
	return all
}
