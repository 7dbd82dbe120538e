package pass

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"go.uber.org/zap"

	"cleaner/internal/queue"
	"cleaner/internal/report"
)

// resume makes sure that the ledger can be worked with, completes what a pass that
// died left undone, and begins the pass in the ledger. From then on its numbers mean
// something.
func (p *pass) resume(ctx context.Context) (err error) {
	if err := p.ledger.Check(ctx); err != nil {
		return err
	}
	if err := CompleteResults(ctx, p.ledger, p.Log); err != nil {
		return err
	}
	path := p.Results
	if path != "" {
		if path, err = filepath.Abs(path); err != nil {
			return err
		}
	}
	if p.journal, err = p.ledger.Begin(ctx, path); err != nil {
		return err
	}
	p.book.began()
	p.live.requeues.admit(p.ledger, p.journal, p.Safety.Cap)
	return nil
}

// Past is what a ledger knows of passes that are over, or were cut short.
type Past interface {
	queue.Journal
	queue.History
}

// CompleteResults looks for passes whose process died, and writes into their results
// files what the ledger has settled and the files do not tell. It must come before
// anything that forgets or changes what was settled: what is owed to a file would be
// forgotten.
func CompleteResults(ctx context.Context, q Past, log *zap.Logger) error {
	died, err := q.Unfinished(ctx)
	if err != nil {
		return fmt.Errorf("look for a pass that was cut short: %w", err)
	}
	for _, d := range died {
		if err := complete(ctx, q, d, log); err != nil {
			return fmt.Errorf("end the pass that was cut short, begun %s: %w", d.Began.Format(time.RFC3339), err)
		}
	}
	return nil
}

// complete completes the results file of one pass, and ends the pass.
func complete(ctx context.Context, q Past, died queue.PassInfo, log *zap.Logger) (err error) {
	said, added := "it wrote no results file", int64(0)
	switch {
	case isOwed(died.Results):
		said = "its results file is complete"
		added, err = report.Restore(died.Results, q.SettledSince(ctx, died.Began))
		err = stillOwed(died.Results, err)
	case died.Results != "":
		said = "its results file is gone with its folder, or is no file, so what it may lack is written nowhere"
	}
	if err == nil {
		err = errors.Join(keepDied(ctx, q, died), q.Finish(ctx, died.ID))
	}
	if err != nil {
		return err
	}
	log.Warn("a pass was cut short; "+said,
		zap.Time("began", died.Began), zap.String("results", died.Results), zap.Int64("added", added))
	return nil
}

// stillOwed says what to do about a results file that cannot be completed. What else may
// fail, such as the ledger, says so itself.
func stillOwed(path string, err error) error {
	if err == nil {
		return nil
	}
	err = fmt.Errorf("complete its results file %s: %w", path, err)
	if file, ok := errors.AsType[*fs.PathError](err); ok && file.Op == "open" && file.Path == path {
		return fmt.Errorf("%w; make it writable or move it away, then run again", err)
	}
	return err
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
