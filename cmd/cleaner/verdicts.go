package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"cleaner/internal/assemble"
	"cleaner/internal/config"
	"cleaner/internal/knowledge"
	"cleaner/internal/queue"
)

func newVerdicts(a *app) *cobra.Command {
	var markdown, learned, asJSON bool
	cmd := &cobra.Command{
		Use:   "verdicts [--config F] [--learned [--json]]",
		Short: "Print the verdict table: what each answer of the service means",
		Args:  cobra.NoArgs,
		RunE: do(func(cmd *cobra.Command, _ []string) error {
			switch {
			case asJSON && !learned, markdown && learned:
				return &failure{code: exitUsage, err: errors.New("--json goes with --learned, and --markdown without it")}
			case learned && a.configPath == "":
				return &failure{code: exitUsage, err: errors.New("--learned reads a ledger: name its configuration with --config")}
			case learned:
				return a.printLearned(cmd.Context(), asJSON)
			}
			cfg := config.Default()
			if a.configPath != "" {
				var err error
				if cfg, err = a.config(); err != nil {
					return err
				}
			}
			table, err := assemble.Table(cfg)
			if err != nil {
				return err
			}
			if markdown {
				return table.WriteMarkdown(a.stdout)
			}
			return table.Write(a.stdout)
		}),
	}
	cmd.Flags().StringVarP(&a.configPath, "config", "c", "", "configuration `file` whose own rows come first")
	cmd.Flags().BoolVar(&markdown, "markdown", false, "print it as a Markdown document")
	cmd.Flags().BoolVar(&learned, "learned", false, "print instead what passes have learned, for each endpoint in the ledger")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print what was learned as one JSON array")
	return cmd
}

// printLearned prints what was learned of each endpoint.
func (a *app) printLearned(ctx context.Context, asJSON bool) error {
	cfg, err := a.localConfig()
	if err != nil {
		return err
	}
	all := []knowledge.Learned{} // a ledger that was never made knows nothing
	err = assemble.Ledger(cfg).Look(ctx, func(r queue.Reader) error {
		all, err = knowledge.ReadLearned(ctx, r)
		return err
	})
	if err != nil {
		return err
	}
	if asJSON {
		return json.NewEncoder(a.stdout).Encode(all)
	}
	if len(all) == 0 {
		fmt.Fprintf(a.stdout, "the ledger at %s knows of no endpoint how it answers for tasks that are not there: the first pass with safety.canary above 0 learns it\n", assemble.Ledger(cfg).Path())
	}
	for i, l := range all {
		if i > 0 {
			fmt.Fprintln(a.stdout)
		}
		fmt.Fprint(a.stdout, l.Text())
	}
	return nil
}
