package pass

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"time"

	"cleaner/internal/answer"
	"cleaner/internal/knowledge"
	"cleaner/internal/queue"
	"cleaner/internal/report"
	"cleaner/internal/worker"
)

// This file has everything that a rehearsal does differently.

// Rehearse is Run that sends nothing and keeps nothing: a dry run. Its report says
// what would be deleted. Of d it uses neither Dial nor Look, and is measured nowhere.
func Rehearse(taking, sending context.Context, d Deps, s Spec) (Report, error) {
	open := d.Open
	d.Open = func(ctx context.Context, _ bool) (queue.Ledger, error) {
		q, err := open(ctx, true)
		if err != nil {
			return nil, err
		}
		return withoutUnfinished{q}, nil
	}
	d.Dial = func() (Service, error) { return noService{}, nil }
	d.Look, d.Metrics, d.Span = nil, nil, nil
	s.Limits.Rate, s.Limits.Floor, s.Limits.Burst = math.Inf(1), math.Inf(1), 1 // nothing is sent, so nothing is waited for
	s.Safety.Canaries, s.Scope = 0, knowledge.Scope{}                           // nothing is learned, and no wait counts
	r, err := run(taking, sending, d, s, rehearsal{})
	r.DryRun = true
	r.Known = r.Known && err == nil // what a rehearsal found that failed is not what would be deleted
	return r, err
}

// passKind is what differs between a real pass and a rehearsal beside the parts that
// they are given.
type passKind interface {
	// goesOn reports whether the pass goes on in spite of a stop that came before
	// anything was sent; the zero Stop forbids nothing.
	goesOn(worker.Stop) bool
	// records reports whether an outcome goes to the results file.
	records(queue.Outcome) bool
	// conclude ends the report of a pass without an error. capped is the stop that it
	// has gone on in spite of.
	conclude(r *Report, capped worker.Stop)
	// summary is the report in one line for people.
	summary(r *report.Report) string
}

// realPass is the kind of a pass that deletes.
type realPass struct{}

func (realPass) goesOn(s worker.Stop) bool { return s.Kind == worker.StopNone }

func (realPass) records(o queue.Outcome) bool { return o.State != queue.Pending }

func (realPass) conclude(r *Report, _ worker.Stop) {
	switch {
	case r.StoppedBy != "" || r.InScope() == 0:
	case r.Held > 0:
		r.StoppedBy, r.Reason = string(worker.StopHeld), cmp.Or(r.holds, "what is left was held when the pass began")
	default:
		r.StoppedBy, r.Reason = string(worker.StopLater), "what is left is due after this pass"
	}
}

func (realPass) summary(r *report.Report) string { return r.Summary() }

// rehearsal is the kind of a dry run: it goes on where a real pass stops, and says so at
// the end.
type rehearsal struct{}

func (rehearsal) goesOn(worker.Stop) bool { return true }

// records has the file also hold an ID that went back after it was asked for: it
// would have been deleted.
func (rehearsal) records(o queue.Outcome) bool {
	return o.State != queue.Pending || !o.FirstAt.IsZero()
}

func (rehearsal) conclude(r *Report, capped worker.Stop) {
	if kind := worker.StopKind(r.StoppedBy); capped.Kind != worker.StopNone && (kind == worker.StopNone || kind == worker.StopMaxDeletes) {
		r.StoppedBy, r.Reason = string(capped.Kind), capped.Why // what a real pass would have been stopped by
	}
	if r.StoppedBy == "" && r.Held > 0 {
		r.StoppedBy, r.Reason = string(worker.StopHeld), r.holds
	}
	switch worker.StopKind(r.StoppedBy) {
	case worker.StopNone, worker.StopCap, worker.StopMaxDeletes, worker.StopHeld, worker.StopPaused:
		r.Well = true
	}
}

func (rehearsal) summary(r *report.Report) string { return r.DryRunSummary() }

// withoutUnfinished hides the passes that died from a rehearsal: only a real pass writes
// the lines that their results files lack.
type withoutUnfinished struct{ queue.Ledger }

// Unfinished returns none.
func (withoutUnfinished) Unfinished(context.Context) ([]queue.PassInfo, error) { return nil, nil }

// noService is the service of a rehearsal. It has no connection.
type noService struct{}

var _ Service = noService{}

// Ready reports that requests can be made.
func (noService) Ready(context.Context) answer.Answer { return answer.Answer{} }

// DeleteTask sends nothing.
func (noService) DeleteTask(context.Context, string) answer.Answer {
	return answer.Answer{Fault: answer.FaultDryRun}
}

// StopTask sends nothing.
func (noService) StopTask(context.Context, string) answer.Answer {
	return answer.Answer{Fault: answer.FaultDryRun}
}

// LookAtTask sends nothing.
func (noService) LookAtTask(context.Context, string) answer.Answer {
	return answer.Answer{Fault: answer.FaultDryRun}
}

// Renew does nothing.
func (noService) Renew(context.Context, uint64) answer.Answer { return answer.Answer{} }

// Logins returns 0.
func (noService) Logins() int64 { return 0 }

// WatchLogins has nothing to watch.
func (noService) WatchLogins(func(error, time.Duration, time.Time)) {}

// Close does nothing.
func (noService) Close() {}

// Resize has nothing to change.
func (noService) Resize(int) {}

// lostSummary returns what it means that the summary could not be written, by err: a dry run
// has come to nothing else. What a pass in earnest has done, it has done; its ledger tells it.
func (r *Report) lostSummary(err error) error {
	if err == nil || !r.DryRun {
		return nil
	}
	return fmt.Errorf("tell what would be deleted: %w", err)
}

// lostReport is err, by which the report could not be written, with where else its reader
// finds what it would say.
func (r *Report) lostReport(err error) error {
	switch {
	case r.DryRun:
		return r.lostSummary(err)
	case r.Known:
		return fmt.Errorf("%w; the report is lost, and the ledger has what became of each task ID: see cleaner status", err)
	default:
		return err
	}
}
