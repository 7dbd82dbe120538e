package main

import (
	"context"
	"errors"
	"os"
	"time"

	"cleaner/internal/report"
	"cleaner/internal/worker"
)

// A panic in a pass is taken for the process being killed, which leaves word
// first: nothing more is sent, the ledger is neither written nor closed, and the
// next process finds in it what was under way. The report, the metrics and the
// stack are handed over, and the process ends with exit code 1.

// lastWord is how long a process in which something has panicked may take to end:
// what it still has to do may wait for ever for what the panic left locked.
const lastWord = 30 * time.Second

// guarded calls body and makes a panic in it an error that holds a *worker.Crash.
func (p *pass) guarded(body func() error) (err error) {
	defer func() {
		if v := recover(); v != nil {
			time.AfterFunc(lastWord, func() { os.Exit(exitInternal) })
			crash := worker.NewCrash(v)
			p.countCrashed()
			err = &failure{code: exitInternal, err: crash}
		}
	}()
	return body()
}

// countCrashed makes the report of a pass that has panicked. Its numbers are the
// ledger's, read from the file: what was counted on the way may lack what was
// being settled. Without them the report has none.
func (p *pass) countCrashed() {
	r := &p.report
	if w := p.worker.Load(); w != nil {
		r.Add(w.Snapshot())
	}
	r.StoppedBy, r.Reason = string(worker.StopPanic), "a fault of cleaner's own cut the pass short; the next pass goes on"
	if !p.began || r.DryRun {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), lastWord/6)
	defer cancel()
	before := p.before
	before.Dead -= p.requeued.Load()
	after, err := ledgerFile(ledgerPath(p.cfg)).Counts(ctx)
	if err != nil {
		p.began = false
		r.Reason += "; its numbers are not known: " + err.Error()
		return
	}
	r.Loaded = before.Pending + after.Loaded() - before.Loaded()
	r.Deleted, r.Gone = after.Deleted-before.Deleted, after.Gone-before.Gone
	r.Protected, r.Dead = after.Protected-before.Protected, after.Dead-before.Dead
	r.Pending, r.Ledger = after.Pending, report.LedgerOf(after)
}

// crashed reports whether err tells of a panic.
func crashed(err error) bool {
	_, ok := errors.AsType[*worker.Crash](err)
	return ok
}
