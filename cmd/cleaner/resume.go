package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"go.uber.org/zap"

	"cleaner/internal/queue/sqlite"
	"cleaner/internal/report"
)

// completeResults looks for a pass whose process died, and writes into its
// results file what the ledger has settled and the file does not tell. That comes
// before anything that forgets or changes what was settled, and before anything
// new: what is owed to the file would be forgotten.
func completeResults(ctx context.Context, q *sqlite.Ledger, log *zap.Logger) error {
	died, ok, err := q.Unfinished(ctx)
	if err != nil {
		return fmt.Errorf("look for a pass that was cut short: %w", err)
	}
	if !ok {
		return nil
	}
	said, added := "it wrote no results file", int64(0)
	switch {
	case isOwed(died.Results):
		said = "its results file is complete"
		added, err = report.Restore(died.Results, q.SettledSince(ctx, died.Began))
	case died.Results != "":
		said = "its results file is gone with its folder, or is no file, so what it may lack is written nowhere"
	}
	if err == nil {
		err = q.End(ctx)
	}
	if err != nil {
		return fmt.Errorf("complete results file %s of the pass that was cut short, begun %s: %w; make it writable or move it away, then run again",
			died.Results, died.Began.Format(time.RFC3339), err)
	}
	log.Warn("a pass was cut short; "+said,
		zap.Time("began", died.Began), zap.String("results", died.Results), zap.Int64("added", added))
	return nil
}

// isOwed reports whether a results file can be completed. One that went away with
// its folder, like those of a container that was replaced, cannot, nor can what
// is no file.
func isOwed(path string) bool {
	if path == "" {
		return false
	}
	if _, err := os.Stat(filepath.Dir(path)); errors.Is(err, fs.ErrNotExist) {
		return false
	}
	info, err := os.Lstat(path)
	return err != nil || info.Mode().IsRegular() || info.Mode()&fs.ModeSymlink != 0 // a link is refused, with a reason
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
