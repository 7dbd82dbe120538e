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
		Short: "Let what was held back be sent again: a held batch, a long wait, a refused password",
		Long: `release forgets what keeps cleaner from sending something again, and says what that was.
There are three cases:

With --reason it ends a hold, which a safety belt has put: of BATCH, or of the whole
ledger when no batch is named, or with --all every one. Find out first why the pass was
stopped; status says it. The next pass begins to count anew. Who released what, when and
why is kept in the ledger.

Without a flag it ends the wait that the service asked of this endpoint and login: the
next pass sends again at once. Do that when the service says it is ready sooner.

With --credential, every password that IAM has refused may be sent once more, by each
process with this queue, a serve at work included. Do that when the account was
unlocked, or something was mended at IAM: IAM locks users after a few wrong passwords.`,
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
			if err := agreeRelease(cmd.Context(), a, o.Config, which, yes); err != nil {
				return "", err
			}
			return o.Release(cmd.Context(), which, reason)
		}),
	}
	cmd.Flags().BoolVar(&credential, "credential", false, "the passwords that IAM has refused")
	cmd.Flags().BoolVar(&which.All, "all", false, "every hold")
	prompt.NotEmpty(&reason, cmd, "reason", "`why` a hold is released, for those who ask later")
	a.common.AddJSON(cmd, "one JSON object")
	addYes(&yes, cmd)
	return a.withConfig(cmd)
}

// releaseCredential forgets the refused passwords.
func releaseCredential(cfg *config.Config) (string, error) {
	n, err := assemble.Refusals(cfg).Release()
	return fmt.Sprintf("%d refused credentials released", n), err
}
