package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"cleaner/internal/admin"
	"cleaner/internal/assemble"
	"cleaner/internal/config"
	"cleaner/internal/pass"
	"cleaner/internal/serve"
	"cleaner/internal/terminal"
	"cleaner/internal/worker"
)

// app is what every command shares: the process's surroundings.
type app struct {
	env        func(string) string
	stdin      io.Reader
	stdout     io.Writer
	stderr     *terminal.Screen
	configPath string
	// fault puts a faulty part into the worker, in tests; nil elsewhere.
	fault func(*worker.Options)
	// far makes the far side of a pass, in tests; nil elsewhere.
	far func(*config.Config) (pass.Service, error)
	// listen opens the admin server of serve, in tests; nil elsewhere.
	listen func(context.Context, admin.Options) (serve.Web, error)
}

// run is the whole program. It returns the exit code.
func run(ctx context.Context, args []string, env func(string) string, stdin io.Reader, stdout, stderr io.Writer) int {
	return (&app{env: env, stdin: stdin, stdout: stdout, stderr: terminal.NewScreen(stderr)}).main(ctx, args)
}

// main runs the command that args name.
func (a *app) main(ctx context.Context, args []string) int {
	stderr := a.stderr.Beneath()
	root := newRoot(a)
	root.SetArgs(args)
	root.SetIn(a.stdin)
	root.SetOut(a.stdout)
	root.SetErr(stderr)
	refuseUnknown(root)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return exitOK
	}
	// What a command reports has a code; anything else is cobra's, about usage.
	if f, ok := errors.AsType[*failure](err); ok {
		if f.err != nil {
			fmt.Fprintf(stderr, "cleaner: %v\n", f.err)
		}
		return f.code
	}
	fmt.Fprintf(stderr, "cleaner: %v\nSee 'cleaner --help'.\n", err)
	return exitUsage
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
		newRun(a), newServe(a), newHealth(a), newLoad(a), newStatus(a), newDead(a), newBatches(a), newWithdraw(a), newVerdicts(a), newSim(a), newCheck(a), newAudit(a), newRelease(a),
		newVersion(a),
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

// process is what parts of this process are made with. Passes that are to share a
// login share it.
func (a *app) process() *assemble.Process {
	return &assemble.Process{
		Env: a.env, Stdin: a.stdin, ConfigPath: a.configPath, Version: version, Panicked: endSoon, Adjust: a.fault, Far: a.far,
	}
}

// config reads the configuration file and checks it by rules; without any, by those of
// every command that contacts the service.
func (a *app) config(rules ...config.Rule) (*config.Config, error) {
	data, err := a.readConfig()
	if err != nil {
		return nil, err
	}
	if rules == nil {
		rules = a.process().Rules()
	}
	return config.Parse(a.configPath, data, rules...)
}

// localConfig is config for a command that contacts nobody: it needs neither a
// service nor credentials.
func (a *app) localConfig() (*config.Config, error) {
	data, err := a.readConfig()
	if err != nil {
		return nil, err
	}
	return config.ParseLocal(a.configPath, data, assemble.LocalRules()...)
}

func (a *app) readConfig() ([]byte, error) {
	data, err := os.ReadFile(a.configPath)
	if err != nil {
		return nil, &failure{code: exitUsage, err: fmt.Errorf("read configuration: %w", err)}
	}
	return data, nil
}
