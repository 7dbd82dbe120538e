package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"cleaner/internal/config"
	"cleaner/internal/worker"
)

// app is what every command shares: the process's surroundings.
type app struct {
	env        func(string) string
	stdin      io.Reader
	stdout     io.Writer
	stderr     *screen
	configPath string
	// fault puts a faulty part into the worker, in tests; nil elsewhere.
	fault func(*worker.Options)
}

// newRoot returns the command tree.
func newRoot(a *app) *cobra.Command {
	root := &cobra.Command{
		Use:           "cleaner",
		Short:         "Delete CodeArts Check tasks in bulk, safely",
		Long:          "cleaner deletes CodeArts Check tasks in bulk: paced, retried, and written down in a ledger that balances.\nDeletion cannot be undone.",
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.AddCommand(
		newRun(a), newServe(a), newHealth(a), newLoad(a), newStatus(a), newDead(a), newVerdicts(a), newSim(a), newCheck(a), newAudit(a),
		newVersion(a), newMan(a),
	)
	root.AddCommand(newControls(a)...)
	return root
}

// refuseUnknown has the commands that cobra adds refuse what they do not know: left
// alone they show their help and end well. Completions are printed to what is the
// root's output now.
func refuseUnknown(root *cobra.Command) {
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd()
	for _, cmd := range root.Commands() {
		switch cmd.Name() {
		case "help":
			cmd.Args = func(_ *cobra.Command, topic []string) error {
				if _, rest, err := root.Find(topic); err != nil || len(rest) > 0 {
					return fmt.Errorf("there is no command %q to help with", strings.Join(topic, " "))
				}
				return nil
			}
		case "completion":
			cmd.RunE = func(cmd *cobra.Command, _ []string) error { return cmd.Help() } // its Args are looked at only if it can run
		}
	}
}

// resultsRule refuses what --results refuses too: a dash would be a file's name.
func resultsRule(c *config.Config, report func(string, error)) {
	if c.Output.Results == "-" {
		report("output.results", errors.New(resultsDash))
	}
}

// resultsDash is why the results cannot go to standard output.
const resultsDash = "each pass adds its lines to a file, which standard output is not; name a file (the report can go there: --report -)"

// withConfig adds the --config flag to a command that needs a configuration.
func (a *app) withConfig(cmd *cobra.Command) *cobra.Command {
	cmd.Flags().StringVarP(&a.configPath, "config", "c", "", "configuration `file` (required)")
	if err := cmd.MarkFlagRequired("config"); err != nil {
		panic(err) // the flag above is missing
	}
	return cmd
}

// do adapts a command's body to cobra and gives its error an exit code.
func do(body func(cmd *cobra.Command, args []string) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error { return asFailure(body(cmd, args)) }
}

// config reads the configuration file and checks it, by more rules if any are
// given.
func (a *app) config(more ...config.Rule) (*config.Config, error) {
	data, err := a.readConfig()
	if err != nil {
		return nil, err
	}
	return config.Parse(a.configPath, data, append([]config.Rule{endpointRule, verdictRule, resultsRule}, more...)...)
}

// localConfig is config for a command that contacts nobody: it needs neither a
// service nor credentials.
func (a *app) localConfig() (*config.Config, error) {
	data, err := a.readConfig()
	if err != nil {
		return nil, err
	}
	return config.ParseLocal(a.configPath, data)
}

func (a *app) readConfig() ([]byte, error) {
	data, err := os.ReadFile(a.configPath)
	if err != nil {
		return nil, &failure{code: exitUsage, err: fmt.Errorf("read configuration: %w", err)}
	}
	return data, nil
}
