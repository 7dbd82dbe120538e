package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"cleaner/internal/config"
)

// healthPatience bounds one question to a running server; whoever asks has a
// bound of its own.
const healthPatience = 5 * time.Second

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
	path, yes := "/healthz", "healthy"
	if ready {
		path, yes = "/readyz", "ready"
	}
	if err := askServer(ctx, listen, path); err != nil {
		return "", fmt.Errorf("not %s: %w", yes, err)
	}
	return yes, nil
}

// askServer has the running serve answer a GET, and returns the reasons of a no.
func askServer(ctx context.Context, l config.Listen, path string) error {
	ctx, cancel := context.WithTimeout(ctx, healthPatience)
	defer cancel()
	resp, err := ask(ctx, l, path)
	if err != nil {
		return fmt.Errorf("ask the running serve: %w", err)
	}
	defer func() { _ = resp.Body.Close() }() // what matters has been read
	if resp.StatusCode == http.StatusOK {
		return nil
	}
	var no struct{ Reasons []string }
	if err := json.NewDecoder(io.LimitReader(resp.Body, 64<<10)).Decode(&no); err != nil || len(no.Reasons) == 0 {
		return fmt.Errorf("the running serve answers HTTP %d", resp.StatusCode)
	}
	return errors.New(strings.Join(no.Reasons, "; "))
}
