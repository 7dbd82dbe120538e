package main

import (
	"context"
	"path/filepath"

	"go.uber.org/zap"

	"cleaner/internal/queue/sqlite"
	"cleaner/internal/report"
)

// completeResults looks for a pass whose process died, and writes into its
// results file what the ledger has settled and the file does not tell. That comes
// before anything that forgets or changes what was settled. Where it cannot be
// done the work goes on: the ledger knows what the file lacks.
func completeResults(ctx context.Context, q *sqlite.Ledger, log *zap.Logger) {
	died, ok, err := q.Unfinished(ctx)
	if err == nil && !ok {
		return
	}
	added := int64(0)
	if err == nil && died.Results != "" {
		added, err = report.Restore(died.Results, q.SettledSince(ctx, died.Began))
	}
	if err == nil {
		err = q.End(ctx)
	}
	fields := []zap.Field{zap.Time("began", died.Began), zap.String("results", died.Results)}
	if err != nil {
		log.Error("a pass died, and its results file cannot be completed; the ledger has what it lacks", append(fields, zap.Error(err))...)
		return
	}
	log.Warn("a pass died; its results file is complete again", append(fields, zap.Int64("added", added))...)
}

// begin writes down that the pass begins, and which file is told of it.
func (p *pass) begin(ctx context.Context, q *sqlite.Ledger) error {
	if p.flags.dryRun {
		return nil
	}
	path := p.flags.resultsPath
	if path != "" {
		var err error
		if path, err = filepath.Abs(path); err != nil {
			return err
		}
	}
	return q.Begin(ctx, path)
}
