package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"

	"github.com/spf13/cobra"

	"cleaner/internal/admin"
	"cleaner/internal/assemble"
	"cleaner/internal/config"
	"cleaner/internal/pass"
	"cleaner/internal/prompt"
	"cleaner/internal/serve"
	"cleaner/internal/signin"
	"cleaner/internal/terminal"
	"cleaner/internal/worker"
)

// app is what every command shares: the process's surroundings.
type app struct {
	env        func(string) string
	environ    []string // all of the environment, to warn of what nobody reads; nil warns of nothing
	stdin      io.Reader
	stdout     io.Writer
	stderr     *terminal.Screen
	common     prompt.Common
	libraryLog *terminal.LibraryLog // takes what libraries log; nil leaves that to the standard log
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
	told := &prompt.Told{Writer: a.stdout}
	root.SetOut(told)
	root.SetErr(stderr)
	prompt.RefuseUnknown(root)
	prompt.CompleteAll(root)
	cmd, err := root.ExecuteContextC(ctx)
	if err = cmp.Or(err, told.Err); err == nil {
		return exitOK
	}
	// What a command reports has a code; anything else is cobra's, about usage.
	if f, ok := errors.AsType[*failure](err); ok {
		if _, misuse := errors.AsType[*prompt.Misuse](err); misuse {
			f.err = errors.New(prompt.Explain(cmd, args, f.err))
		}
		if f.err != nil {
			fmt.Fprintf(stderr, "cleaner: %v\n", f.err)
		}
		return f.code
	}
	if _, ok := errors.AsType[*fs.PathError](err); ok { // what was printed went nowhere
		fmt.Fprintf(stderr, "cleaner: %v\n", err)
		return exitInternal
	}
	fmt.Fprintf(stderr, "cleaner: %s\n", prompt.Explain(cmd, args, err))
	return exitUsage
}

// newRoot returns the command tree.
func newRoot(a *app) *cobra.Command {
	root := &cobra.Command{
		Use:           "cleaner",
		Version:       prompt.About(version),
		Short:         "Delete CodeArts Check tasks in bulk, safely",
		Long:          "cleaner deletes CodeArts Check tasks in bulk, at a rate that the service allows, and records in a ledger what\nbecame of each task ID. Deletion cannot be undone.",
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.SetVersionTemplate("{{.Version}}\n")
	root.AddCommand(
		newRun(a), newServe(a), newHealth(a), newLoad(a), newStatus(a), newDead(a), newBatches(a), newWithdraw(a), newVerdicts(a), newSim(a), newCheck(a), newAudit(a), newRelease(a),
		newVersion(a),
	)
	root.AddCommand(newControls(a)...)
	return root
}

// withConfig adds the flags of a command that needs a configuration.
func (a *app) withConfig(cmd *cobra.Command) *cobra.Command { return a.common.Add(cmd) }

// do adapts a command's body to cobra and gives its error an exit code.
func do(body func(cmd *cobra.Command, args []string) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error { return asFailure(body(cmd, args)) }
}

// process is what parts of this process are made with. Passes that are to share a
// login share it.
func (a *app) process() *assemble.Process {
	return &assemble.Process{
		Env: a.env, Stdin: a.stdin, ConfigPath: a.common.Config, Version: version, Panicked: endSoon, Adjust: a.fault, Far: a.far,
	}
}

// config reads the configuration and checks it by rules; without any, by those of
// every command that contacts the service.
func (a *app) config(rules ...config.Rule) (*config.Config, error) {
	l, err := a.layers()
	if err != nil {
		return nil, err
	}
	if rules == nil {
		rules = a.process().Rules()
	}
	return l.Parse(rules...)
}

// localConfig is config for a command that contacts nobody: it needs neither a
// service nor credentials.
func (a *app) localConfig() (cfg *config.Config, err error) {
	l, err := a.layers()
	if err == nil {
		cfg, err = l.ParseLocal(assemble.LocalRules()...)
	}
	if err != nil {
		return nil, err
	}
	for _, stray := range config.Unread(cfg) {
		a.stderr.Say("warning: " + stray)
	}
	return cfg, nil
}

// steeringConfig is localConfig for a command that steers a running serve. That goes on with
// an older configuration when the file has a fault, and must be stopped all the same.
func steeringConfig(a *app) (*config.Config, error) {
	l, err := a.layers()
	if err != nil {
		return nil, err
	}
	cfg, faults, err := l.ParseSteering(assemble.LocalRules()...)
	if faults != nil {
		a.stderr.Say("warning: " + faults.Error() + "\n  of this file only listen and queue are read, to steer what is running; mend it before a reload or a restart")
	}
	return cfg, err
}

// layers reads what the configuration is made of.
func (a *app) layers() (config.Layers, error) {
	l, err := a.common.Layers(a.env, a.stderr.Say)
	if err != nil {
		return l, &failure{code: exitUsage, err: err}
	}
	others := []string{config.EnvConfig, envSimSecretKey, envDemoProfile}
	for _, v := range signin.Environment() {
		others = append(others, strings.Split(v.Name, ", ")...)
	}
	l.Strays = config.Strays(a.environ, others...)
	return l, nil
}

// envDemoProfile is read by the demo, and not by the program.
const envDemoProfile = config.Prefix + "DEMO_PROFILE"
