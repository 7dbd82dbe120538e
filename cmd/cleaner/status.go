package main

import (
	"encoding/json"
	"errors"
	"time"

	"github.com/spf13/cobra"

	"cleaner/internal/prompt"
	"cleaner/internal/status"
	"cleaner/internal/terminal"
)

func newStatus(a *app) *cobra.Command {
	var watch bool
	var every time.Duration
	cmd := &cobra.Command{
		Use:   "status [--watch]",
		Short: "Show the ledger and who is at work on it, from another shell",
		Args:  prompt.NoArguments,
		RunE: do(func(cmd *cobra.Command, _ []string) error {
			cfg, err := a.localConfig()
			if err != nil {
				return err
			}
			if cmd.Flags().Changed("every") && (!watch || every < time.Second) {
				return &prompt.Misuse{Err: errors.New("--every goes with --watch, and is at least 1s")}
			}
			if watch {
				ctx, done := asking(cmd.Context())
				defer done()
				return status.Watch(ctx, cfg, every, status.Shown{Out: a.stdout, JSON: a.common.JSON, Terminal: terminal.Width(a.stdout) > 0})
			}
			s, err := status.Of(cmd.Context(), cfg)
			if err != nil {
				return err
			}
			if a.common.JSON {
				return json.NewEncoder(a.stdout).Encode(s)
			}
			return s.Print(a.stdout)
		}),
	}
	a.common.AddJSON(cmd, "one JSON object, and with --watch one a line")
	cmd.Flags().BoolVarP(&watch, "watch", "w", false, "show it again and again, with the rate and the time left, until Ctrl-C")
	cmd.Flags().DurationVar(&every, "every", 2*time.Second, "how often --watch looks")
	return a.withConfig(cmd)
}
