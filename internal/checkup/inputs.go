package checkup

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"

	"cleaner/internal/assemble"
	"cleaner/internal/queue"
)

// inputs reads what every pass reads, files and lists at servers, to the end and by the
// rules of a pass. Nothing is loaded, and no reject is kept.
func (c *checkup) inputs(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, patience/2) // the far side is to be asked too
	defer cancel()
	for _, path := range assemble.Standing(c.Config) {
		l, err := c.Process.File(c.Config, path, assemble.Reading{}, "").Load(ctx, counter{})
		name := assemble.NameOf(path)
		switch {
		case err == nil && l.Empty:
			c.add(Machine, "input", OK, name+": there is no task ID in it")
		case err == nil:
			c.add(Machine, "input", OK, fmt.Sprintf("%s: %d task IDs, %d rejected lines; nothing was loaded", name, l.New, l.Rejected))
		case ctx.Err() != nil:
			c.add(Machine, "input", Unknown, fmt.Sprintf("%s: it was not read to its end within %v", name, patience/2))
		case errors.Is(err, fs.ErrNotExist):
			c.add(Machine, "input", Unknown, name+" is not there; until it is, a pass of serve goes on without it and ends with exit code 2")
		default:
			c.add(Machine, "input", Mend, err.Error())
		}
	}
}

// counter is a loader that only counts.
type counter struct{}

// Load implements queue.Loader.
func (counter) Load(_ context.Context, _ queue.Batch, ids iter.Seq2[string, error]) (l queue.Loaded, err error) {
	for _, err := range ids {
		if err != nil {
			return l, err
		}
		l.New++
	}
	return l, nil
}
