package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"cleaner/internal/assemble"
	"cleaner/internal/pass"
	"cleaner/internal/prompt"
	"cleaner/internal/queue"
	"cleaner/internal/terminal"
)

func newDead(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "dead",
		Short: "List, show, requeue or drop dead letters: the IDs that were given up",
		Args:  prompt.NoArguments, // a mistyped command is an argument to this one
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newDeadList(a), newDeadShow(a),
		newDeadChange(a, "requeue", "Make dead letters pending again, with all their attempts", "requeued", queue.DeadLetters.Requeue),
		newDeadChange(a, "drop", "Forget dead letters; they may be loaded anew", "dropped", queue.DeadLetters.Drop))
	return cmd
}

// withFilter adds the flags that choose dead letters.
func withFilter(cmd *cobra.Command, f *queue.Filter) *cobra.Command {
	prompt.Choice(&f.Code, cmd, "code", "only those with this error `code`")
	prompt.Choice(&f.Batch, cmd, "batch", "only those of this `batch`")
	cmd.Flags().Var((*prompt.Age)(&f.OlderThan), "older-than", "only those that died longer ago than this")
	return cmd
}

func newDeadList(a *app) *cobra.Command {
	var f queue.Filter
	var most int
	by := terminal.Order("oldest")
	cmd := withFilter(&cobra.Command{
		Use:   "list",
		Short: "List dead letters, the oldest first",
		Args:  prompt.NoArguments,
		RunE: do(func(cmd *cobra.Command, _ []string) error {
			if most < 0 {
				return &failure{code: exitUsage, err: errors.New("--limit must not be below 0")}
			}
			letters, err := readLetters(cmd.Context(), a, f, by, most)
			switch {
			case err != nil:
				return err
			case a.common.JSON:
				return terminal.LettersJSON(a.stdout, letters)
			}
			return terminal.LettersTable(letters).Write(a.stdout, terminal.Width(a.stdout))
		}),
	}, &f)
	cmd.Flags().IntVar(&most, "limit", 0, "list at most `N` (0: all)")
	cmd.Flags().Var(&by, "sort", "the `order`: "+strings.Join(terminal.Orders(), ", "))
	prompt.CompleteBy(cmd, "sort", terminal.Orders())
	a.common.AddJSON(cmd, "one JSON object a line")
	return a.withConfig(cmd)
}

// readLetters reads dead letters. A ledger that was never made holds none.
func readLetters(ctx context.Context, a *app, f queue.Filter, by terminal.Order, most int) (letters []queue.DeadLetter, err error) {
	cfg, err := a.localConfig()
	if err != nil {
		return nil, err
	}
	err = assemble.Ledger(cfg).Look(ctx, func(r queue.Reader) error {
		letters, err = terminal.Letters(ctx, r, f, by, most)
		return err
	})
	return letters, errors.Join(err, assemble.LacksBatch(cfg, f.Batch))
}

func newDeadShow(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "show ID",
		Short: "Show all that is known of one dead letter",
		Args:  prompt.Exactly("ID", "the task ID of a dead letter, as cleaner dead list lists it"),
		RunE: do(func(cmd *cobra.Command, id []string) error {
			typed, err := prompt.TaskID(id[0])
			if err != nil {
				return err
			}
			letters, err := readLetters(cmd.Context(), a, queue.Filter{ID: typed}, "", 0)
			switch {
			case err != nil:
				return err
			case len(letters) == 0:
				return notDead(id[0])
			case a.common.JSON:
				return terminal.LettersJSON(a.stdout, letters)
			}
			return terminal.Letter(a.stdout, letters[0])
		}),
	}
	a.common.AddJSON(cmd, "one JSON object")
	return a.withConfig(cmd)
}

// notDead says that an ID is no dead letter.
func notDead(id string) error {
	return &failure{code: exitUsage, err: fmt.Errorf("%q is no dead letter; cleaner dead list lists those that there are", id)}
}

// newDeadChange is requeue or drop. It wants a choice to be named, so that a
// forgotten flag does not touch every letter.
func newDeadChange(a *app, name, short, done string, change func(queue.DeadLetters, context.Context, queue.Filter) (int64, error)) *cobra.Command {
	var f queue.Filter
	var all, yes bool
	cmd := withFilter(&cobra.Command{
		Use:   name + " (ID | --code C | --batch B | --older-than D | --all)",
		Short: short,
		Args:  cobra.ArbitraryArgs,
		RunE: do(func(cmd *cobra.Command, id []string) error {
			chosen := f != queue.Filter{}
			switch {
			case len(id) > 1 || len(id) == 1 && (chosen || all):
				return &prompt.Misuse{Err: errors.New("name one task ID, and no flag that chooses others")}
			case len(id) == 1:
				var err error
				if f.ID, err = prompt.TaskID(id[0]); err != nil {
					return err
				}
			case chosen == all:
				return &prompt.Misuse{Err: errors.New("choose which: name a task ID, or narrow by --code, --batch and --older-than, or give --all")}
			}
			return a.changeDead(cmd.Context(), name, f, yes, done, change)
		}),
	}, &f)
	cmd.Flags().BoolVar(&all, "all", false, "all of them")
	a.common.AddJSON(cmd, "one JSON object")
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
	log := a.newLog(cfg.Log)
	n, err := pass.Between(ctx, assemble.Opener(cfg, "dead "+name, a.stderr.Say), log, func(q queue.Ledger) (int64, error) {
		if err := pass.AtMost(ctx, q, f, shown); err != nil {
			return 0, err
		}
		if name == "drop" {
			standing := a.process().Sources(cfg, assemble.Standing(cfg), assemble.Reading{}, "")
			if err := pass.WarnStillNamed(ctx, q, f, standing, log); err != nil {
				return 0, err
			}
		}
		return change(q, ctx, f)
	})
	if err != nil {
		return err
	}
	if f.ID != "" && n == 0 {
		return notDead(f.ID)
	}
	return prompt.Said{Text: fmt.Sprintf("%d dead letters %s", n, done), Facts: map[string]any{done: n}}.Write(a.stdout, a.common.JSON)
}
