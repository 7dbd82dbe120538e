package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"cleaner/internal/assemble"
	"cleaner/internal/prompt"
)

func newHealth(a *app) *cobra.Command {
	var ready bool
	cmd := a.withConfig(&cobra.Command{
		Use:   "health [--ready]",
		Short: "Ask a running serve whether it is healthy, for probes",
		Long: `health asks the running serve over listen.socket, or at listen.address if there is
no socket, whether it lives, or with --ready whether it can work. It exits 0 for yes and 1
for no, with one line that says why. Use it as a container's health check or exec probe.
It reads only the section listen of the configuration, so a fault elsewhere in the file
does not make a serve look unhealthy that still runs with the old one.`,
		Args: prompt.NoArguments,
		RunE: do(func(cmd *cobra.Command, _ []string) error {
			answer, err := a.askHealth(cmd.Context(), ready)
			if err != nil {
				return &failure{code: exitInternal, err: err}
			}
			return prompt.Said{Text: answer, Facts: map[string]any{answer: true}}.Write(a.stdout, a.common.JSON)
		}),
	})
	a.common.AddJSON(cmd, "a yes as one JSON object")
	cmd.Flags().BoolVar(&ready, "ready", false, "ask whether it can work, not only whether it lives")
	return cmd
}

// askHealth asks the running serve, and returns its yes; a no is an error.
func (a *app) askHealth(ctx context.Context, ready bool) (string, error) {
	l, err := a.layers()
	if err != nil {
		return "", err
	}
	listen, err := l.ParseListen()
	if err != nil {
		return "", fmt.Errorf("read section listen of %s: %w", l.Name, err)
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
