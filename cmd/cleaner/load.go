package main

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"cleaner/internal/api"
	"cleaner/internal/config"
	"cleaner/internal/queue"
	"cleaner/internal/queue/sqlite"
	"cleaner/internal/source"
	"cleaner/internal/worker"
)

func newLoad(a *app) *cobra.Command {
	return a.withConfig(&cobra.Command{
		Use:   "load --config F FILE|-...",
		Short: "Put task IDs into the queue and return; deletes nothing",
		Args:  cobra.MinimumNArgs(1),
		RunE: do(func(cmd *cobra.Command, paths []string) error {
			cfg, err := a.config()
			if err != nil {
				return err
			}
			q, err := openLedger(cmd.Context(), cfg, sqlite.Options{Command: "load"})
			if err != nil {
				return err
			}
			return errors.Join(a.loadAll(cmd.Context(), cfg, q, paths), q.Close())
		}),
	})
}

func (a *app) loadAll(ctx context.Context, cfg *config.Config, q queue.Queue, paths []string) error {
	ctx, _, done := stopping(ctx, a.stderr, endings()...)
	defer done()
	for _, path := range paths {
		l, err := a.load(ctx, cfg, q, path, source.NewRejects(rejectsPath(cfg)), new(pulse))
		if err != nil {
			return err
		}
		fmt.Fprintf(a.stdout, "%s: %d new, %d duplicates, %d rejected, as batch %s\n", path, l.New, l.Duplicates, l.rejected, l.batch)
	}
	return nil
}

// loaded is what one input brought.
type loaded struct {
	queue.Loaded
	batch    string
	rejected int64
}

// load puts one input into the queue, whole or not at all. Its invalid lines go
// to rejects, which load closes; nil keeps none. The pulse beats as it goes on.
func (a *app) load(ctx context.Context, cfg *config.Config, q queue.Queue, path string, rejects *source.Rejects, p *pulse) (l loaded, err error) {
	o := source.Options{
		Check:        api.CheckID,
		InvalidShare: cfg.Safety.InvalidShare,
		Stdin:        interruptible{ctx: ctx, r: a.stdin},
	}
	if rejects != nil {
		o.Rejects = rejects
		defer func() { err = joinClose(err, rejects.Close()) }()
	}
	s, err := source.Open(path, o)
	if err != nil {
		return l, inputError(err)
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	l.batch = batchName(path, time.Now())
	var unreadable error
	l.Loaded, err = q.Load(ctx, queue.Batch{Name: l.batch, Source: path}, noting(p.along(s.IDs()), &unreadable))
	l.rejected = int64(s.Stats().Rejected)
	return l, loadError(ctx, path, err, unreadable)
}

// noting passes ids on and notes the error that ends them.
func noting(ids iter.Seq2[string, error], failed *error) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		for id, err := range ids {
			if err != nil {
				*failed = err
			}
			if !yield(id, err) {
				return
			}
		}
	}
}

// loadError tells whose fault it is that a load failed: the operator's who
// stopped it, the input's, the machine's, or the ledger's. Nothing of the input was loaded.
func loadError(ctx context.Context, path string, err, unreadable error) error {
	if stop, ok := errors.AsType[*worker.Stop](context.Cause(ctx)); ok && err != nil {
		return &failure{code: codeOfStop(stop.Kind), err: fmt.Errorf("load %s: stopped, nothing of it was loaded: %w", path, stop)}
	}
	if _, refused := errors.AsType[*source.RefusedError](unreadable); refused {
		unreadable = fmt.Errorf("%w (safety.invalid_share)", unreadable)
	}
	if unreadable != nil {
		return inputError(fmt.Errorf("load %s: %w", path, unreadable))
	}
	return err
}

// inputError gives an error of an input its exit code: a fault of the machine is
// none of the input, which stays where it is and may be tried again.
func inputError(err error) error {
	if source.MachineFault(err) {
		return &failure{code: exitInternal, err: err}
	}
	return &failure{code: exitUsage, err: err}
}

// joinClose adds what went wrong when the rejects were closed. What was not kept
// is no fault of the input either, even if that was refused.
func joinClose(err, closing error) error {
	if closing == nil {
		return err
	}
	return &failure{code: exitInternal, err: errors.Join(err, closing)}
}

// batchName names one load of path: its base name and the moment, to the
// nanosecond, so that no two loads share a name.
func batchName(path string, now time.Time) string {
	base := filepath.Base(path)
	if path == "-" {
		base = "stdin"
	}
	return base + "-" + now.UTC().Format("20060102T150405.000000000Z")
}

// ledgerPath is the file of the ledger.
func ledgerPath(cfg *config.Config) string { return strings.TrimPrefix(cfg.Queue.URL, "sqlite:") }

// rejectsPath is where invalid lines are kept: beside the ledger.
func rejectsPath(cfg *config.Config) string { return ledgerPath(cfg) + ".rejects.jsonl" }

// openLedger opens the ledger for writing and locks it.
func openLedger(ctx context.Context, cfg *config.Config, o sqlite.Options) (*sqlite.Ledger, error) {
	return sqlite.Open(ctx, ledgerPath(cfg), o)
}
