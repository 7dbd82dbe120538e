package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"
	"go.yaml.in/yaml/v3"

	"cleaner/internal/assemble"
	"cleaner/internal/checkup"
	"cleaner/internal/config"
)

func newCheck(a *app) *cobra.Command {
	var show, online, asJSON bool
	var protects string
	cmd := &cobra.Command{
		Use:   "check --config F [--online [--json] | --protects ID]",
		Short: "Check the configuration and the files it names; with --online the service, too",
		Long: `check reads the configuration and the files it names, contacts nobody and changes nothing.

With --online it also finds out what would keep a pass from working: the name service,
proxy, TLS and its end, the clocks, the login, what the login may see, what the service
answers to a look at a task that does not exist, and the place of the ledger. Each line
is ok or says what to do. It deletes nothing. It logs in once, and changes nothing but that a
secret which is refused is remembered as refused: it is not sent again.

Exit codes of --online: 0 nothing is to be mended; 6 something on the way to the service;
1 something of this machine; 2 usage or configuration.`,
		Args: cobra.NoArgs,
		RunE: do(func(cmd *cobra.Command, _ []string) error {
			if cmd.Flags().Changed("protects") {
				return tellProtected(a, protects)
			}
			if asJSON && !online {
				return &failure{code: exitUsage, err: errors.New("--json goes with --online")}
			}
			cfg, err := a.config(a.process().AllRules()...)
			if err != nil {
				return err
			}
			if show {
				if err := showConfig(a.stdout, cfg); err != nil {
					return err
				}
			}
			if online {
				return checkOnline(cmd.Context(), a, cfg, asJSON)
			}
			return assemble.TellChecked(a.stdout, a.configPath, cfg, time.Now())
		}),
	}
	cmd.Flags().BoolVar(&show, "show", false, "print the effective configuration, defaults included")
	cmd.Flags().BoolVar(&online, "online", false, "contact the service and IAM, and look at the place of the ledger")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print what --online finds as one JSON array")
	cmd.Flags().StringVar(&protects, "protects", "", "only say whether the protect list holds this `ID`, and by which rule; exit code 1 for a no")
	return a.withConfig(cmd)
}

// checkOnline finds out what would keep a pass from working, and prints it.
func checkOnline(ctx context.Context, a *app, cfg *config.Config, asJSON bool) error {
	found, err := checkup.Run(ctx, checkup.Options{Process: a.process(), Config: cfg})
	if err != nil {
		return err
	}
	write := found.Print
	if asJSON {
		write = found.JSON
	}
	if err := write(a.stdout); err != nil {
		return err
	}
	worst, bad := found.Worst()
	if !bad {
		return nil
	}
	return &failure{code: map[checkup.Kind]int{checkup.Access: exitCredentials, checkup.Machine: exitInternal}[worst]}
}

func tellProtected(a *app, id string) error {
	cfg, err := a.localConfig()
	if err != nil {
		return err
	}
	protected, err := assemble.TellProtected(a.stdout, cfg, id)
	if err == nil && !protected {
		return &failure{code: exitInternal}
	}
	return err
}

// showConfig prints the effective configuration. It names secrets by file and
// holds none; the access key's ID is cut all the same, see config.KeyID.
func showConfig(w io.Writer, cfg *config.Config) error {
	enc := yaml.NewEncoder(w)
	enc.SetIndent(2)
	if err := enc.Encode(cfg); err != nil {
		return fmt.Errorf("show configuration: %w", err)
	}
	return enc.Close()
}
