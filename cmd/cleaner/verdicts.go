package main

import (
	"github.com/spf13/cobra"

	"cleaner/internal/config"
	"cleaner/internal/policy"
)

func newVerdicts(a *app) *cobra.Command {
	var markdown bool
	cmd := &cobra.Command{
		Use:   "verdicts [--config F]",
		Short: "Print the verdict table: what each answer of the service means",
		Args:  cobra.NoArgs,
		RunE: do(func(*cobra.Command, []string) error {
			cfg := config.Default()
			if a.configPath != "" {
				var err error
				if cfg, err = a.config(); err != nil {
					return err
				}
			}
			table, err := tableOf(cfg)
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
	return cmd
}

// tableOf is the verdict table with the operator's rows first.
func tableOf(cfg *config.Config) (*policy.Table, error) {
	rows := make([]policy.Row, 0, len(cfg.Verdicts))
	for _, v := range cfg.Verdicts {
		rows = append(rows, rowOf(v))
	}
	return policy.DefaultTable().With(rows...)
}

// retryOf is the retry policy that the configuration describes.
func retryOf(cfg *config.Config) policy.Retry {
	r := cfg.Retry
	return policy.Retry{
		Attempts: r.Attempts, Initial: r.Initial, Max: r.Max, Deadline: r.Deadline,
		Running: policy.Running(cfg.Safety.Running),
	}
}

// sharesOf are the shares of failures that stop a pass.
func sharesOf(s config.Safety) policy.Shares {
	return policy.Shares{Sample: s.Sample, Failed: s.FailedShare, NotFound: s.NotFoundShare}
}
