package main

import (
	"fmt"
	"io"
	"time"

	"github.com/schollz/progressbar/v3"
	"go.uber.org/zap"

	"cleaner/internal/queue"
	"cleaner/internal/report"
	"cleaner/internal/worker"
)

// teller passes each outcome to all who read it: the log, the results file and
// the progress shown. The worker calls it one group of outcomes at a time.
type teller struct {
	log       *zap.Logger
	results   *report.Results // nil when none was asked for
	report    *report.Report  // is told where the results end
	rehearsed int64           // IDs a dry run would have sent
	dryRun    bool
	total     int64
	screen    *screen
	lines     []queue.Outcome // those of a group that the results file gets
}

func (p *pass) newTeller(total int64) (*teller, error) {
	t := &teller{log: p.log, report: &p.report, dryRun: p.flags.dryRun, total: total, screen: p.app.stderr}
	if p.flags.resultsPath == "" {
		return t, nil
	}
	var err error
	t.results, err = report.OpenResults(p.flags.resultsPath)
	return t, err
}

// tell tells a group of outcomes. In a dry run an ID that went back is one that
// would have been deleted.
func (t *teller) tell(outcomes []queue.Outcome) error {
	t.lines = t.lines[:0]
	for _, o := range outcomes {
		settled := o.State != queue.Pending
		rehearsed := t.dryRun && !settled && !o.FirstAt.IsZero()
		if rehearsed {
			t.rehearsed++
		}
		t.logOutcome(o, settled)
		if settled || rehearsed {
			t.lines = append(t.lines, o)
		}
	}
	if t.results == nil || len(t.lines) == 0 {
		return nil
	}
	return t.results.Write(t.lines...)
}

// logOutcome writes at most one line: dead letters always, the rest at debug.
func (t *teller) logOutcome(o queue.Outcome, settled bool) {
	level, message := zap.DebugLevel, "settled"
	switch {
	case o.State == queue.Dead:
		level, message = zap.WarnLevel, "dead letter"
	case !settled:
		message = "stays pending"
	}
	line := t.log.Check(level, message)
	if line == nil {
		return
	}
	line.Write(zap.String("task", o.Delivery.ID), zap.Stringer("outcome", o.State), zap.String("reason", o.Reason),
		zap.String("code", o.Code), zap.Int("status", o.Status), zap.Int("attempts", o.Attempts),
		zap.String("request_id", o.RequestID), zap.String("batch", o.Delivery.Batch))
}

// show shows progress until the returned function is called: a bar on a
// terminal, elsewhere a log line now and then. Meanwhile look is called every
// lookEvery.
func (t *teller) show(snapshot func() worker.Pass, look func()) (stop func()) {
	every, draw, finish := 10*time.Second, t.drawLine, func() {}
	if t.screen.isTerminal() {
		bar := t.newBar()
		every = 200 * time.Millisecond
		draw = func(p worker.Pass) { drawBar(bar, p) }
		finish = func() { drawBar(bar, snapshot()); _ = bar.Exit() }
	}
	done, gone := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(gone)
		tick := time.NewTicker(every)
		defer tick.Stop()
		looks := time.NewTicker(lookEvery)
		defer looks.Stop()
		for {
			select {
			case <-tick.C:
				draw(snapshot())
			case <-looks.C:
				look()
			case <-done:
				return
			}
		}
	}()
	return func() { close(done); <-gone; finish() }
}

func (t *teller) newBar() *progressbar.ProgressBar {
	return progressbar.NewOptions64(t.total,
		progressbar.OptionSetWriter(barWriter{t.screen}),
		progressbar.OptionShowCount(),
		progressbar.OptionShowIts(),
		progressbar.OptionSetItsString("IDs"),
		progressbar.OptionSetPredictTime(true),
		progressbar.OptionSetWidth(25),
		progressbar.OptionOnCompletion(func() { _, _ = io.WriteString(barWriter{t.screen}, "\n") }),
	)
}

// drawBar brings the bar up to date. A bar that cannot be drawn harms nothing.
func drawBar(bar *progressbar.ProgressBar, p worker.Pass) {
	bar.Describe(describe(p))
	_ = bar.Set64(p.Settled())
}

func (t *teller) drawLine(p worker.Pass) {
	t.log.Info("progress", zap.Int64("settled", p.Settled()), zap.Int64("of", t.total), zap.Int64("dead", p.Dead),
		zap.Int64("requests", p.Requests), zap.Int64("retries", p.Retries), zap.Int64("throttled", p.Throttled))
}

// close writes out the results, and says in the report where they end.
func (t *teller) close() error {
	if t.results == nil {
		return nil
	}
	head := t.results.Head()
	t.report.Results = &head
	return t.results.Close()
}

// describe says beside the bar what its numbers do not.
func describe(p worker.Pass) string {
	return fmt.Sprintf("%d dead, %d throttled", p.Dead, p.Throttled)
}
