package admin

import (
	"context"
	"io"

	"cleaner/internal/queue"
	"cleaner/internal/report"
)

// Archive reads what is kept of passes and task IDs, for the pages that are not shown all
// the time.
type Archive interface {
	// Ended returns at most n passes whose ID is below before, or any when that is 0, the
	// latest first.
	Ended(ctx context.Context, before int64, n int) ([]Ended, error)
	// Pass returns what is kept of a pass; nil when nothing is.
	Pass(ctx context.Context, id int64) (*Kept, error)
	// Letters calls each with the dead letters that f chooses, the oldest first, until it
	// returns false.
	Letters(ctx context.Context, f queue.Filter, each func(queue.DeadLetter) bool) error
	// Batches returns what was loaded, the oldest first.
	Batches(ctx context.Context) ([]queue.BatchInfo, error)
	// Results opens the results file, and says its name.
	Results() (file io.ReadSeekCloser, name string, err error)
}

// Kept is what is kept of a pass.
type Kept struct {
	Ended
	Report  []byte // as JSON
	Samples []report.Sample
}
