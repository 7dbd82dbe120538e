package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"cleaner/internal/assemble"
	"cleaner/internal/pass"
	"cleaner/internal/queue"
	"cleaner/internal/terminal"
)

func newDead(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "dead",
		Short: "List, requeue or drop dead letters: the IDs that were given up",
		Args:  cobra.NoArgs, // a mistyped command is an argument to this one
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newDeadList(a),
		newDeadChange(a, "requeue", "Make dead letters pending again, with all their attempts", "requeued", queue.DeadLetters.Requeue),
		newDeadChange(a, "drop", "Forget dead letters; they may be loaded anew", "dropped", queue.DeadLetters.Drop))
	return cmd
}

// withFilter adds the flags that choose dead letters.
func withFilter(cmd *cobra.Command, f *queue.Filter) *cobra.Command {
	narrows(&f.Code, cmd, "code", "only those with this error `code`")
	narrows(&f.Batch, cmd, "batch", "only those of this `batch`")
	cmd.Flags().Var((*minAge)(&f.OlderThan), "older-than", "only those that died longer ago than this")
	return cmd
}

// narrows adds a flag that narrows a choice. An empty one, as of a variable that a script
// never set, would choose everything.
func narrows(to *string, cmd *cobra.Command, name, usage string) {
	cmd.Flags().Func(name, usage, func(text string) error {
		if *to = text; text == "" {
			return errors.New("it must not be empty; to narrow nothing leave it out")
		}
		return nil
	})
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
	return assemble.Ledger(cfg).Look(ctx, func(r queue.Reader) error { // a ledger that was never made holds none
		if asJSON {
			return terminal.LettersJSON(ctx, a.stdout, r, f)
		}
		return terminal.Letters(ctx, a.stdout, r, f)
	})
}

// newDeadChange is requeue or drop. It wants a choice to be named, so that a
// forgotten flag does not touch every letter.
func newDeadChange(a *app, name, short, done string, change func(queue.DeadLetters, context.Context, queue.Filter) (int64, error)) *cobra.Command {
	var f queue.Filter
	var all, yes bool
	cmd := withFilter(&cobra.Command{
		Use:   name + " --config F (--code C | --batch B | --older-than D | --all)",
		Short: short,
		Args:  cobra.NoArgs,
		RunE: do(func(cmd *cobra.Command, _ []string) error {
			if (f == queue.Filter{}) != all {
				return &failure{code: exitUsage, err: errors.New("choose which: --code, --batch and --older-than narrow, or --all")}
			}
			return a.changeDead(cmd.Context(), name, f, yes, done, change)
		}),
	}, &f)
	cmd.Flags().BoolVar(&all, "all", false, "all of them")
	addYes(&yes, cmd)
	return a.withConfig(cmd)
}

func (a *app) changeDead(ctx context.Context, name string, f queue.Filter, yes bool, done string, change func(queue.DeadLetters, context.Context, queue.Filter) (int64, error)) error {
	cfg, err := a.localConfig()
	if err != nil {
		return err
	}
	shown, err := agreeLetters(ctx, a, cfg, f, yes, done)
	if err != nil {
		return err
	}
	log := newLog(cfg.Log, a.stderr)
	n, err := pass.Between(ctx, assemble.Opener(cfg, "dead "+name), log, func(q queue.Ledger) (int64, error) {
		if err := pass.AtMost(ctx, q, f, shown); err != nil {
			return 0, err
		}
		if name == "drop" {
			standing := a.process().Sources(cfg, cfg.Inputs.Files, assemble.Reading{}, "")
			if err := pass.WarnStillNamed(ctx, q, f, standing, log); err != nil {
				return 0, err
			}
		}
		return change(q, ctx, f)
	})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(a.stdout, "%d dead letters %s\n", n, done)
	return err
}
