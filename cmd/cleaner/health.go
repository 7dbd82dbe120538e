package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"cleaner/internal/assemble"
	"cleaner/internal/config"
)

func newHealth(a *app) *cobra.Command {
	var ready bool
	cmd := a.withConfig(&cobra.Command{
		Use:   "health --config F [--ready]",
		Short: "Ask a running serve whether it is healthy, for probes",
		Long: `health asks the running serve over listen.socket, or at listen.address if there is
none, whether it lives, or with --ready whether it can work. It ends with exit code 0
for yes and 1 for no, with one line that says why: a container's health check or an
exec probe. Of the configuration it needs the section listen alone, so that a file
with a fault elsewhere does not make a serve look ill that goes on with the old one.`,
		Args: cobra.NoArgs,
		RunE: do(func(cmd *cobra.Command, _ []string) error {
			answer, err := a.askHealth(cmd.Context(), ready)
			if err != nil {
				return &failure{code: exitInternal, err: err}
			}
			_, err = fmt.Fprintln(a.stdout, answer)
			return err
		}),
	})
	cmd.Flags().BoolVar(&ready, "ready", false, "ask whether it can work, not only whether it lives")
	return cmd
}

// askHealth asks the running serve, and returns its yes; a no is an error.
func (a *app) askHealth(ctx context.Context, ready bool) (string, error) {
	data, err := a.readConfig()
	if err != nil {
		return "", err
	}
	listen, err := config.ParseListen(data)
	if err != nil {
		return "", fmt.Errorf("read section listen of %s: %w", a.configPath, err)
	}
	yes := "healthy"
	if ready {
		yes = "ready"
	}
	if err := assemble.Client(listen).Healthy(ctx, ready); err != nil {
		return "", fmt.Errorf("not %s: %w", yes, err)
	}
	return yes, nil
}
