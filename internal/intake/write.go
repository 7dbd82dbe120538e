package intake

import (
	"context"
	"errors"
	"fmt"
	"time"

	"cleaner/internal/queue"
	"cleaner/internal/source"
)

// writer writes down what messages say.
type writer struct {
	name, kind string // of the entry
	rejects    string // the file of the rejects
	to         queue.Loader
}

// write writes rejects and IDs down. The rejects come first: a broker may drop what is
// acknowledged as rejected.
func (w writer) write(ctx context.Context, j judged) (sum queue.Loaded, err error) {
	if len(j.rejects) > 0 && w.rejects != "" {
		if err := source.AddRejects(w.rejects, w.name, j.rejects); err != nil {
			return sum, fmt.Errorf("keep rejected messages: %w", err)
		}
	}
	for _, l := range loads(j.items) {
		n, err := w.load(ctx, l)
		if err != nil {
			return sum, err
		}
		sum.New += n.New
		sum.Duplicates += n.Duplicates
	}
	return sum, nil
}

// load loads one batch, under the first of its names that is free.
func (w writer) load(ctx context.Context, l load) (n queue.Loaded, err error) {
	for _, b := range batches(w.name, l.batch, time.Now()) {
		ids, asked := l.ids()
		b.Source, b.Asked = w.kind+" "+w.name, asked
		n, err = w.to.Load(ctx, b, ids)
		if !errors.Is(err, queue.ErrBatchExists) {
			return n, err
		}
	}
	return n, err
}
