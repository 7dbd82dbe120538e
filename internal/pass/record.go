package pass

import (
	"go.uber.org/zap"

	"cleaner/internal/policy"
	"cleaner/internal/queue"
	"cleaner/internal/report"
)

// recorder is the recorder of a worker: it writes each outcome to the log and to the
// results file, and keeps what was learned.
type recorder struct {
	log     *zap.Logger
	results *report.Results // nil when none was asked for
	records func(queue.Outcome) bool
	keep    func(policy.Learned) error // keeps what was learned for later passes
	pending int64                      // recorded IDs that went back
	lines   []queue.Outcome            // those of a batch that the results file gets
}

// newRecorder opens the results file at path; an empty path is none. records says of
// which outcomes go to the file.
func newRecorder(log *zap.Logger, path string, records func(queue.Outcome) bool) (*recorder, error) {
	r := &recorder{log: log, records: records}
	if path == "" {
		return r, nil
	}
	var err error
	r.results, err = report.OpenResults(path)
	return r, err
}

// Learn keeps what was learned of the endpoint.
func (r *recorder) Learn(l policy.Learned) error {
	r.log.Info("learned how the service answers", zap.String("learned", l.String()))
	return r.keep(l)
}

// Record records a batch of outcomes.
func (r *recorder) Record(outcomes []queue.Outcome) error {
	r.lines = r.lines[:0]
	for _, o := range outcomes {
		r.logOutcome(o)
		if !r.records(o) {
			continue
		}
		r.lines = append(r.lines, o)
		if o.State == queue.Pending {
			r.pending++
		}
	}
	if r.results == nil || len(r.lines) == 0 {
		return nil
	}
	return r.results.Write(r.lines...)
}

// DeadLetter is the message of the log about an ID that was given up.
const DeadLetter = "dead letter"

// logOutcome writes at most one line: dead letters always, the rest at debug.
func (r *recorder) logOutcome(o queue.Outcome) {
	level, message := zap.DebugLevel, "settled"
	switch o.State {
	case queue.Dead:
		level, message = zap.WarnLevel, DeadLetter
	case queue.Pending:
		message = "stays pending"
	}
	line := r.log.Check(level, message)
	if line == nil {
		return
	}
	line.Write(zap.String("task", o.Delivery.ID), zap.Stringer("outcome", o.State), zap.String("reason", o.Reason),
		zap.String("code", o.Code), zap.Int("status", o.Status), zap.Int("attempts", o.Attempts),
		zap.String("request_id", o.RequestID), zap.String("batch", o.Delivery.Batch))
}

// close writes out the results, and returns where they end; nil when there are none.
func (r *recorder) close() (*report.Head, error) {
	if r.results == nil {
		return nil, nil
	}
	head := r.results.Head()
	return &head, r.results.Close()
}
