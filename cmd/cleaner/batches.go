package main

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"cleaner/internal/admin"
	"cleaner/internal/assemble"
	"cleaner/internal/pass"
	"cleaner/internal/prompt"
	"cleaner/internal/queue"
	"cleaner/internal/terminal"
)

func newBatches(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "batches",
		Short: "List what was loaded, the oldest first, and what became of it",
		Args:  prompt.NoArguments,
		RunE: do(func(cmd *cobra.Command, _ []string) error {
			cfg, err := a.localConfig()
			if err != nil {
				return err
			}
			return assemble.Ledger(cfg).Look(cmd.Context(), func(r queue.Reader) error { // a ledger that was never made has none
				batches, err := r.Batches(cmd.Context())
				switch {
				case err != nil:
					return err
				case a.common.JSON:
					return terminal.BatchesJSON(a.stdout, batches)
				}
				return terminal.BatchesTable(batches).Write(a.stdout, terminal.Width(a.stdout))
			})
		}),
	}
	a.common.AddJSON(cmd, "one JSON object a line")
	return a.withConfig(cmd)
}

func newWithdraw(a *app) *cobra.Command {
	var reason string
	var yes bool
	cmd := &cobra.Command{
		Use:   "withdraw --reason R BATCH",
		Short: "Take back a list that was loaded by mistake: its pending IDs are not deleted",
		Long: `withdraw takes back a batch, by the name that batches shows. The pending IDs that it has
named become withdrawn: no pass sends them. IDs that another batch has named too stay
pending, unless that batch is withdrawn as well. What is deleted stays deleted.

A withdrawn ID that a later load names becomes pending again. So first remove a list that
every pass reads from the configuration.`,
		Args: prompt.Exactly("BATCH", "the name of a batch, as cleaner batches lists it"),
		RunE: do(func(cmd *cobra.Command, batch []string) error {
			if reason = admin.Words(reason); reason == "" {
				return &failure{code: exitUsage, err: errors.New("--reason must say why, for those who read it later")}
			}
			return withdraw(cmd.Context(), a, batch[0], reason, yes)
		}),
	}
	cmd.Flags().StringVar(&reason, "reason", "", "`why`, for those who read it later (required)")
	a.common.AddJSON(cmd, "one JSON object")
	addYes(&yes, cmd)
	return a.withConfig(cmd)
}

func withdraw(ctx context.Context, a *app, batch, reason string, yes bool) error {
	cfg, err := a.localConfig()
	if err != nil {
		return err
	}
	if err := assemble.LacksBatch(cfg, batch); err != nil {
		return err
	}
	if err := agreeWithdraw(ctx, a, cfg, batch, yes); err != nil {
		return err
	}
	var done queue.Withdrawal
	_, err = pass.Between(ctx, assemble.Opener(cfg, "withdraw", a.stderr.Say), a.newLog(cfg.Log), func(q queue.Ledger) (n int64, err error) {
		done, err = q.Withdraw(ctx, batch, reason)
		return done.Withdrawn, err
	})
	if err != nil {
		return err
	}
	if slices.Contains(assemble.StandingNames(cfg), done.Source) {
		fmt.Fprintf(a.stderr, "cleaner: warning: every pass reads %s again (inputs.files or inputs.urls), and what it names is then pending again: take it out of the configuration\n", done.Source)
	}
	return prompt.Said{Text: terminal.Withdrawn(batch, done), Facts: map[string]any{
		"batch": batch, "source": done.Source, "withdrawn": done.Withdrawn, "maybe_sent": done.MaybeSent, "kept": done.Kept,
	}}.Write(a.stdout, a.common.JSON)
}
