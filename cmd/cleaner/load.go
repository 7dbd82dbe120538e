package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"cleaner/internal/api"
	"cleaner/internal/config"
	"cleaner/internal/queue"
	"cleaner/internal/queue/sqlite"
	"cleaner/internal/source"
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
			q, err := openLedger(cmd.Context(), cfg, sqlite.Options{})
			if err != nil {
				return err
			}
			return errors.Join(a.loadAll(cmd.Context(), cfg, q, paths), q.Close())
		}),
	})
}

func (a *app) loadAll(ctx context.Context, cfg *config.Config, q queue.Queue, paths []string) error {
	ctx, _, done := stopping(ctx, a.stderr)
	defer done()
	for _, path := range paths {
		l, err := a.load(ctx, cfg, q, path)
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

// load puts one input into the queue, whole or not at all.
func (a *app) load(ctx context.Context, cfg *config.Config, q queue.Queue, path string) (l loaded, err error) {
	rejects := source.NewRejects(rejectsPath(cfg))
	defer func() { err = errors.Join(err, rejects.Close()) }()
	s, err := source.Open(path, source.Options{
		Check:        api.CheckID,
		InvalidShare: cfg.Safety.InvalidShare,
		Rejects:      rejects,
		Stdin:        a.stdin,
	})
	if err != nil {
		return l, &failure{code: exitUsage, err: err}
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	l.batch = batchName(path, time.Now())
	l.Loaded, err = q.Load(ctx, queue.Batch{Name: l.batch, Source: path}, s.IDs())
	l.rejected = int64(s.Stats().Rejected)
	return l, err
}

// batchName names one load of path: its base name and the moment.
func batchName(path string, now time.Time) string {
	base := filepath.Base(path)
	if path == "-" {
		base = "stdin"
	}
	return base + "-" + now.UTC().Format("20060102T150405.000Z")
}

// ledgerPath is the file of the ledger.
func ledgerPath(cfg *config.Config) string { return strings.TrimPrefix(cfg.Queue.URL, "sqlite:") }

// rejectsPath is where invalid lines are kept: beside the ledger.
func rejectsPath(cfg *config.Config) string { return ledgerPath(cfg) + ".rejects.jsonl" }

// openLedger opens the ledger for writing and locks it.
func openLedger(ctx context.Context, cfg *config.Config, o sqlite.Options) (*sqlite.Ledger, error) {
	return sqlite.Open(ctx, ledgerPath(cfg), o)
}
