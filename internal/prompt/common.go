// Package prompt is how command lines are read: the flags that many commands share, the
// answer to a wrong one, which names the right one, and what a shell offers at its Tab key.
// A wrong line is never taken for the one that was probably meant.
package prompt

import (
	"errors"
	"slices"

	"github.com/spf13/cobra"

	"cleaner/internal/config"
)

// Common are the flags that many commands share, and the configuration that they and the
// environment come to.
type Common struct {
	// Config is the configuration file: what --config says, and once the file was read
	// where it is; empty when there is none.
	Config string
	// Quiet says that nothing is told but errors, and JSON that what is told is for
	// programs.
	Quiet, JSON bool

	verbose bool
	flags   []config.Setting // keys that flags set
	place   []config.Place   // where the file was found; nil before
	shared  bool             // it was found there without being named, from whatever folder
}

// Add adds the flags of a command that needs a configuration.
func (c *Common) Add(cmd *cobra.Command) *cobra.Command {
	flags := cmd.Flags()
	notEmpty(&c.Config, cmd, "config", "c", "configuration `file` (default: the first of $"+config.EnvConfig+", ./cleaner.yaml, ~/.config/cleaner/cleaner.yaml and /etc/cleaner/cleaner.yaml)")
	flags.VarP(&keyed{c: c, name: "--log-level", key: "log.level", kind: "level"}, "log-level", "", "log from this `level` on: debug, info, warn or error")
	flags.BoolVarP(&c.Quiet, "quiet", "q", false, "print only errors and results")
	flags.BoolVarP(&c.verbose, "verbose", "v", false, "log everything, also a line for each settled task ID")
	complete(cmd, "config", files("yaml", "yml"))
	complete(cmd, "log-level", cobra.FixedCompletions([]string{"debug", "info", "warn", "error"}, cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

// AddLimits adds the flags of a command that sends.
func (c *Common) AddLimits(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.Var(&keyed{c: c, name: "--rate", key: "limits.rate", kind: "number"}, "rate", "the most requests a second, instead of limits.rate")
	flags.Var(&keyed{c: c, name: "--workers", key: "limits.workers", kind: "number"}, "workers", "the most requests in flight, instead of limits.workers")
}

// AddJSON adds the flag that has a command print what for programs.
func (c *Common) AddJSON(cmd *cobra.Command, what string) {
	cmd.Flags().BoolVar(&c.JSON, "json", false, "print "+what)
}

// keyed is a flag that sets a key of the configuration, which checks it.
type keyed struct {
	c               *Common
	name, key, kind string
	text            string
}

// Set takes over what was given.
func (k *keyed) Set(text string) error {
	if text == "" {
		return errors.New("it must not be empty")
	}
	k.text = text
	k.c.flags = append(k.c.flags, config.Setting{Path: k.key, Text: text, From: k.name})
	return nil
}

// String is what was given.
func (k *keyed) String() string { return k.text }

// Type is what help calls the value.
func (k *keyed) Type() string { return k.kind }

// Layers reads the configuration file that is meant, and puts the environment and the
// flags over it. say is told which file was found, when nobody has named one. From then on
// it is that file, whatever else comes to stand at another place.
func (c *Common) Layers(env func(string) string, say func(string)) (config.Layers, error) {
	l := config.Layers{Settings: slices.Concat(config.FromEnvironment(env), c.flags)}
	level := slices.ContainsFunc(c.flags, func(s config.Setting) bool { return s.From == "--log-level" })
	switch {
	case c.Quiet && c.verbose, level && (c.Quiet || c.verbose):
		return l, &Misuse{errors.New("--quiet, --verbose and --log-level say how much is told: give one of them")}
	case c.Quiet:
		l.Settings = append(l.Settings, config.Setting{Path: "log.level", Text: "error", From: "--quiet"})
	case c.verbose:
		l.Settings = append(l.Settings, config.Setting{Path: "log.level", Text: "debug", From: "--verbose"})
	}
	first := c.place == nil
	if first {
		c.place = config.Places(c.Config, env)
	}
	file, err := config.Find(c.place)
	_, none := errors.AsType[*config.NoFileError](err)
	switch {
	case none && len(config.FromEnvironment(env)) > 0:
		l.Name = "(no file, the environment alone)"
	case err != nil:
		return l, err
	default:
		l.Name, l.Data, c.Config = file.Path, file.Data, file.Path
		l.Shared = c.shared || file.By == "" && !file.Here
		c.shared = l.Shared
		file.By = "the start" // it must be there from now on
	}
	if first && !c.Quiet && (none || c.place[0].By != "--config") {
		say("configuration " + l.Name)
	}
	if file != nil {
		c.place = []config.Place{file.Place}
	}
	return l, nil
}
