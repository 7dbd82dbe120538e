package main

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"cleaner/internal/assemble"
	"cleaner/internal/checkup"
	"cleaner/internal/config"
	"cleaner/internal/prompt"
)

func newCheck(a *app) *cobra.Command {
	var show, online bool
	var protects string
	cmd := &cobra.Command{
		Use:   "check [[--show] [--online] | --protects ID]",
		Short: "Check the configuration and the files it names; with --online the service, too",
		Long: `check reads the configuration and the files it names, contacts nobody and changes nothing.

With --online it also finds out what would keep a pass from working: name service, proxy, TLS,
clocks, login, what it may see, a look at a task that does not exist, brokers, the inputs of every
pass, and the ledger's folder. Each line says ok, mend (and what to do) or unknown. It deletes and
loads nothing, logs in once, and remembers a secret that is refused: it is not sent again.

Exit codes of --online: 0 nothing has to be mended; 6 something on the way to the service;
1 something on this machine; 2 usage or configuration.`,
		Args: prompt.NoArguments,
		RunE: do(func(cmd *cobra.Command, _ []string) error {
			if cmd.Flags().Changed("protects") {
				return tellProtected(a, protects)
			}
			cfg, err := a.config(a.process().AllRules()...)
			if err != nil {
				return err
			}
			if show && (online || !a.common.JSON) { // else it is in the object that is printed below
				if err := config.Show(a.stdout, cfg, a.common.JSON); err != nil {
					return err
				}
			}
			if online {
				return checkOnline(cmd.Context(), a, cfg)
			}
			checked, err := assemble.Check(a.common.Config, cfg, time.Now())
			if err != nil {
				return err
			}
			if a.common.JSON {
				return checked.JSON(a.stdout, cfg, show)
			}
			return checked.Print(a.stdout)
		}),
	}
	cmd.Flags().BoolVar(&show, "show", false, "print the effective configuration, with where each value is from: a flag, the environment, the file or the default")
	cmd.Flags().BoolVar(&online, "online", false, "contact the service, IAM, the brokers and the servers of lists, and check the ledger's folder")
	a.common.AddJSON(cmd, "one JSON object, and what --online finds as one JSON array, behind an object with the keys if --show is given")
	a.common.AddLimits(cmd)
	cmd.Flags().StringVar(&protects, "protects", "", "only say whether the protect list holds this `ID`, and by which rule; exit code 1 for a no")
	cmd.MarkFlagsMutuallyExclusive("online", "protects")
	cmd.MarkFlagsMutuallyExclusive("show", "protects")
	return a.withConfig(cmd)
}

// checkOnline finds out what would keep a pass from working, and prints it.
func checkOnline(ctx context.Context, a *app, cfg *config.Config) error {
	found, err := checkup.Run(ctx, checkup.Options{Process: a.process(), Config: cfg})
	if err != nil {
		return err
	}
	write := found.Print
	if a.common.JSON {
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
	said, rule, protected, err := assemble.TellProtected(cfg, id)
	if err == nil {
		err = prompt.Said{Text: said, Facts: map[string]any{"id": id, "protected": protected, "rule": rule}}.Write(a.stdout, a.common.JSON)
	}
	if err == nil && !protected {
		return &failure{code: exitInternal}
	}
	return err
}
