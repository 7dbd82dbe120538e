package main

import (
	"encoding/json"

	"github.com/spf13/cobra"

	"cleaner/internal/status"
)

func newStatus(a *app) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "status --config F",
		Short: "Show the ledger and who is at work on it, from another shell",
		Args:  cobra.NoArgs,
		RunE: do(func(cmd *cobra.Command, _ []string) error {
			cfg, err := a.localConfig()
			if err != nil {
				return err
			}
			s, err := status.Of(cmd.Context(), cfg)
			if err != nil {
				return err
			}
			if asJSON {
				return json.NewEncoder(a.stdout).Encode(s)
			}
			return s.Print(a.stdout)
		}),
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON object")
	return a.withConfig(cmd)
}
