package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"cleaner/internal/assemble"
	"cleaner/internal/config"
	"cleaner/internal/prompt"
	"cleaner/internal/queue"
	"cleaner/internal/serve"
)

func newRelease(a *app) *cobra.Command {
	var which queue.Holds
	var credential, yes bool
	var reason string
	cmd := &cobra.Command{
		Use:   "release [--reason R [BATCH | --all] | --credential]",
		Short: "Allow what was held back: a held batch, a long wait, a refused password",
		Long: `release removes what keeps cleaner from sending something, and prints what that was.
There are three cases:

With --reason it ends the hold that a safety belt has set: that of BATCH, that of the
whole ledger if no batch is named, or with --all every hold. Find out first why the pass
was stopped; status says it. The next pass counts from zero. The ledger keeps who released
what, when and why.

Without a flag it ends the wait that the service asked for at this endpoint and login: the
next pass sends again at once. Use it when the service's support says it is ready sooner.

With --credential, every password that IAM has refused may be sent once more, by each
process with this queue, a running serve included. Use it when the account was unlocked
or something was corrected at IAM: IAM locks users after a few wrong passwords.`,
		Args: cobra.MaximumNArgs(1),
		RunE: operate(a, (*app).localConfig, func(cmd *cobra.Command, args []string, o serve.Operator) (string, error) {
			hold := len(args) > 0 || which.All
			switch {
			case len(args) > 0 && which.All || credential && (hold || reason != ""):
				return "", &failure{code: exitUsage, err: errors.New("name a batch, or give --all, or --credential")}
			case len(args) > 0 && args[0] == "": // a variable that a script never set is not the whole ledger
				return "", &failure{code: exitUsage, err: errors.New("the batch is empty: name one, or leave it out for the hold of the whole ledger")}
			case hold && reason == "":
				return "", &failure{code: exitUsage, err: errors.New("say why with --reason: the ledger keeps it")}
			case credential:
				return releaseCredential(o.Config)
			case reason == "":
				return o.ReleaseWait(cmd.Context())
			case len(args) > 0:
				which.Batch = args[0]
			}
			if err := (consent{a, o.Config, yes}).release(cmd.Context(), which); err != nil {
				return "", err
			}
			return o.Release(cmd.Context(), which, reason)
		}),
	}
	cmd.Flags().BoolVar(&credential, "credential", false, "the passwords that IAM has refused")
	cmd.Flags().BoolVar(&which.All, "all", false, "end every hold")
	prompt.NotEmpty(&reason, cmd, "reason", "`why` a hold is released, for those who read it later")
	a.common.AddJSON(cmd, "one JSON object")
	addYes(&yes, cmd)
	return a.withConfig(cmd)
}

// releaseCredential forgets the refused passwords.
func releaseCredential(cfg *config.Config) (string, error) {
	n, err := assemble.Refusals(cfg).Release()
	return fmt.Sprintf("%d refused credentials released", n), err
}
