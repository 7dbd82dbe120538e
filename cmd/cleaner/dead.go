package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"cleaner/internal/queue"
	"cleaner/internal/queue/sqlite"
)

func newDead(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "dead",
		Short: "List, requeue or drop dead letters: the IDs that were given up",
		Args:  cobra.NoArgs, // a mistyped command is an argument to this one
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newDeadList(a),
		newDeadChange(a, "requeue", "Make dead letters pending again, with all their attempts", "requeued", queue.Queue.Requeue),
		newDeadChange(a, "drop", "Forget dead letters; they may be loaded anew", "dropped", queue.Queue.Drop))
	return cmd
}

// withFilter adds the flags that choose dead letters.
func withFilter(cmd *cobra.Command, f *queue.Filter) *cobra.Command {
	cmd.Flags().StringVar(&f.Code, "code", "", "only those with this error `code`")
	cmd.Flags().StringVar(&f.Batch, "batch", "", "only those of this `batch`")
	cmd.Flags().Var((*minAge)(&f.OlderThan), "older-than", "only those that died longer ago than this")
	return cmd
}

// minAge is a flag's duration above 0: one below is older than nothing, and would
// choose every letter.
type minAge time.Duration

// Set takes over what was given.
func (a *minAge) Set(text string) error {
	d, err := time.ParseDuration(text)
	if err != nil {
		return fmt.Errorf("give hours, minutes or seconds, as 90m, or 24h for a day: %w", err)
	}
	if d <= 0 {
		return errors.New("it must be above 0; for letters of any age leave it out")
	}
	*a = minAge(d)
	return nil
}

// String is empty for no age, so that help shows no default.
func (a *minAge) String() string {
	if *a == 0 {
		return ""
	}
	return time.Duration(*a).String()
}

// Type is what help calls the value.
func (a *minAge) Type() string { return "duration" }

func newDeadList(a *app) *cobra.Command {
	var f queue.Filter
	var asJSON bool
	cmd := withFilter(&cobra.Command{
		Use:   "list --config F",
		Short: "List dead letters, the oldest first",
		Args:  cobra.NoArgs,
		RunE: do(func(cmd *cobra.Command, _ []string) error {
			return a.listDead(cmd.Context(), f, asJSON)
		}),
	}, &f)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON object a line")
	return a.withConfig(cmd)
}

func (a *app) listDead(ctx context.Context, f queue.Filter, asJSON bool) error {
	cfg, err := a.localConfig()
	if err != nil {
		return err
	}
	if _, err := os.Stat(ledgerPath(cfg)); errors.Is(err, os.ErrNotExist) {
		return nil // a ledger that was never made holds none
	}
	r, err := sqlite.OpenReader(ctx, ledgerPath(cfg))
	if err != nil {
		return err
	}
	if asJSON {
		return errors.Join(a.deadJSON(ctx, r, f), r.Close())
	}
	return errors.Join(a.deadTable(ctx, r, f), r.Close())
}

func (a *app) deadJSON(ctx context.Context, r *sqlite.Reader, f queue.Filter) error {
	enc := json.NewEncoder(a.stdout)
	for d, err := range r.Dead(ctx, f) {
		if err != nil {
			return err
		}
		if err := enc.Encode(d); err != nil {
			return err
		}
	}
	return nil
}

func (a *app) deadTable(ctx context.Context, r *sqlite.Reader, f queue.Filter) error {
	w := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "ID\tCODE\tSTATUS\tATTEMPTS\tLAST\tBATCH\tREASON")
	for d, err := range r.Dead(ctx, f) {
		if err != nil {
			return err
		}
		fmt.Fprintf(w, "%s\t%s\t%d\t%d\t%s\t%s\t%s\n", d.ID, d.Code, d.Status, d.Attempts, d.LastAt.Format(time.RFC3339), d.Batch, d.Reason)
	}
	return w.Flush()
}

// newDeadChange is requeue or drop. It wants a choice to be named, so that a
// forgotten flag does not touch every letter.
func newDeadChange(a *app, name, short, done string, change func(queue.Queue, context.Context, queue.Filter) (int64, error)) *cobra.Command {
	var f queue.Filter
	var all bool
	cmd := withFilter(&cobra.Command{
		Use:   name + " --config F (--code C | --batch B | --older-than D | --all)",
		Short: short,
		Args:  cobra.NoArgs,
		RunE: do(func(cmd *cobra.Command, _ []string) error {
			if (f == queue.Filter{}) != all {
				return &failure{code: exitUsage, err: errors.New("choose which: --code, --batch and --older-than narrow, or --all")}
			}
			return a.changeDead(cmd.Context(), name, f, done, change)
		}),
	}, &f)
	cmd.Flags().BoolVar(&all, "all", false, "all of them")
	return a.withConfig(cmd)
}

func (a *app) changeDead(ctx context.Context, name string, f queue.Filter, done string, change func(queue.Queue, context.Context, queue.Filter) (int64, error)) error {
	cfg, err := a.localConfig()
	if err != nil {
		return err
	}
	q, err := openLedger(ctx, cfg, sqlite.Options{Command: "dead " + name})
	if err != nil {
		return err
	}
	n := int64(0)
	if err = completeResults(ctx, q, newLog(cfg.Log, a.stderr)); err == nil {
		n, err = change(q, ctx, f)
	}
	if err := errors.Join(err, q.Close()); err != nil {
		return err
	}
	_, err = fmt.Fprintf(a.stdout, "%d dead letters %s\n", n, done)
	return err
}
