package prompt

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/agnivade/levenshtein"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// Misuse is a wrong command line. The help of the command says how it is right.
type Misuse struct{ Err error }

// Error returns what is wrong.
func (m *Misuse) Error() string { return m.Err.Error() }

// Unwrap returns what is wrong.
func (m *Misuse) Unwrap() error { return m.Err }

// word is what people type for a command.
type word struct {
	does    string // what they want to do
	command string // the command line that does it; its help is pointed to
}

// words are commands of other programs, with those of cleaner that do the same.
var words = map[string]word{
	"delete": {"delete tasks", "run --ids FILE"}, "rm": {"delete tasks", "run --ids FILE"}, "remove": {"delete tasks", "run --ids FILE"},
	"purge": {"delete tasks", "run --ids FILE"}, "clean": {"delete tasks", "run --ids FILE"}, "exec": {"delete tasks", "run --ids FILE"},
	"start": {"make one pass", "run --ids FILE"}, "sync": {"make one pass", "run --ids FILE"}, "go": {"make one pass", "run --ids FILE"},
	"plan": {"see what would be deleted", "run --ids FILE --dry-run"}, "dry-run": {"see what would be deleted", "run --ids FILE --dry-run"},
	"dryrun": {"see what would be deleted", "run --ids FILE --dry-run"}, "preview": {"see what would be deleted", "run --ids FILE --dry-run"},
	"list": {"list what was loaded", "batches"}, "ls": {"list what was loaded", "batches"}, "get": {"list what was loaded", "batches"},
	"daemon": {"make passes on a schedule", "serve"}, "server": {"make passes on a schedule", "serve"}, "watch": {"see how a pass goes", "status --watch"},
	"progress": {"see how a pass goes", "status --watch"}, "top": {"see how a pass goes", "status --watch"},
	"show": {"see the ledger", "status"}, "info": {"see the ledger", "status"}, "stats": {"see the ledger", "status"}, "ps": {"see who is at work", "status"},
	"retry": {"try dead letters again", "dead requeue --all"}, "requeue": {"try dead letters again", "dead requeue --all"},
	"drop": {"forget dead letters", "dead drop --all"}, "letters": {"list dead letters", "dead list"}, "dlq": {"list dead letters", "dead list"},
	"failed": {"list dead letters", "dead list"}, "errors": {"list dead letters", "dead list"},
	"add": {"put task IDs into the queue", "load FILE"}, "import": {"put task IDs into the queue", "load FILE"}, "enqueue": {"put task IDs into the queue", "load FILE"},
	"push": {"put task IDs into the queue", "load FILE"}, "undo": {"take back a list that is still pending", "withdraw BATCH --reason R"},
	"rollback": {"take back a list that is still pending", "withdraw BATCH --reason R"}, "cancel": {"take back a list that is still pending", "withdraw BATCH --reason R"},
	"validate": {"check the configuration", "check"}, "test": {"check the configuration", "check"}, "lint": {"check the configuration", "check"},
	"config": {"see the effective configuration", "check --show"}, "doctor": {"check the way to the service", "check --online"},
	"login": {"check the login", "check --online"}, "verify": {"check results files", "audit verify FILE"},
	"unhold": {"release what is held", "release"}, "unlock": {"let a refused password be sent again", "release --credential"},
	"continue": {"end a pause", "resume"}, "unpause": {"end a pause", "resume"}, "hold": {"pause all passes", "pause"},
	"simulate": {"rehearse", "sim"}, "mock": {"rehearse", "sim"},
}

// others are names of flags that people try, with those of cleaner.
var others = map[string]string{
	"force": "yes", "assume-yes": "yes", "no-confirm": "yes", "file": "ids", "input": "ids", "inputs": "ids", "list": "ids", "id": "ids", "tasks": "ids",
	"simulate": "dry-run", "dry": "dry-run", "noop": "dry-run", "concurrency": "workers", "parallel": "workers", "threads": "workers", "jobs": "workers",
	"rps": "rate", "qps": "rate", "max": "max-deletes", "limit": "max-deletes", "timeout": "max-duration", "output": "results", "out": "results",
	"conf": "config", "configuration": "config", "debug": "verbose", "silent": "quiet", "loglevel": "log-level", "follow": "watch", "format": "json",
}

// Explain says in words what is wrong with a command line, which names the right one where
// there is one, and whose help says more. err is what cmd, or the root of all commands, has
// made of args.
func Explain(cmd *cobra.Command, args []string, err error) string {
	said, see := err.Error(), cmd.CommandPath()
	if cmd.HasSubCommands() {
		if stray := strayCommand(cmd, args); stray != "" {
			said, see = noCommand(cmd, stray)
			if name := hiddenCommand(cmd, args); name != "" {
				see = cmd.CommandPath() + " " + name
				said = fmt.Sprintf("flags stand behind the command: %s %s ...", see, args[0])
			}
			return said + "\nSee '" + see + " --help'."
		}
	}
	if missing, ok := errors.AsType[*pflag.NotExistError](err); ok {
		said = noFlag(cmd, args, missing)
	} else if wrong, ok := errors.AsType[*pflag.InvalidValueError](err); ok {
		said = fmt.Sprintf("--%s: %s", wrong.GetFlag().Name, noValue(wrong))
	} else if empty, ok := errors.AsType[*pflag.ValueRequiredError](err); ok {
		what, _ := pflag.UnquoteUsage(empty.GetFlag())
		said = fmt.Sprintf("--%s needs a value: --%s %s", empty.GetFlag().Name, empty.GetFlag().Name, strings.ToUpper(what))
	}
	return said + "\nSee '" + see + " --help'."
}

// strayCommand returns the first word of args that should name a command below cmd, and names
// none; empty when there is none.
func strayCommand(cmd *cobra.Command, args []string) string {
	path := strings.Fields(cmd.CommandPath())[1:]
	for _, arg := range args {
		switch {
		case strings.HasPrefix(arg, "-"):
		case len(path) > 0 && (arg == path[0] || cmd.HasAlias(arg)):
			path = path[1:]
		default:
			return arg
		}
	}
	return ""
}

// hiddenCommand returns the name of a command below cmd that stands in args after a flag,
// where cobra does not find it; empty if args do not begin with a flag or name no command.
func hiddenCommand(cmd *cobra.Command, args []string) string {
	if cmd.HasParent() || !strings.HasPrefix(args[0], "-") {
		return ""
	}
	for _, c := range cmd.Commands() {
		if slices.Contains(args, c.Name()) {
			return c.Name()
		}
	}
	return ""
}

// noCommand says that there is no such command below cmd, which one was probably meant, and
// whose help to read.
func noCommand(cmd *cobra.Command, stray string) (said, see string) {
	said = fmt.Sprintf("there is no command %q", strings.TrimSpace(strings.Join(append(strings.Fields(cmd.CommandPath())[1:], stray), " ")))
	if w, ok := words[strings.ToLower(stray)]; ok && !cmd.HasParent() {
		name, _, _ := cmd.Root().Find(strings.Fields(w.command))
		return fmt.Sprintf("%s; to %s: cleaner %s", said, w.does, w.command), name.CommandPath()
	}
	var names []string
	for _, c := range cmd.Commands() {
		if c.IsAvailableCommand() {
			names = append(names, c.Name())
		}
	}
	if near := nearest(stray, names); near != "" {
		return fmt.Sprintf("%s; did you mean %s %s?", said, cmd.CommandPath(), near), cmd.CommandPath() + " " + near
	}
	if cmd.HasParent() {
		said += "; there are " + strings.Join(names, ", ")
	}
	return said, cmd.CommandPath()
}

// noFlag says that there is no such flag, and which one was probably meant.
func noFlag(cmd *cobra.Command, args []string, missing *pflag.NotExistError) string {
	for _, arg := range args { // -dry-run is read as -d, -r and so on
		name, _, _ := strings.Cut(strings.TrimPrefix(arg, "-"), "=")
		if strings.HasPrefix(arg, "--") || !strings.HasPrefix(arg, "-") || len(name) < 3 || missing.GetSpecifiedShortnames() == "" {
			continue
		}
		if meant := likeFlag(cmd, name); meant != "" {
			return fmt.Sprintf("there is no flag %s; did you mean --%s, with two dashes?", "-"+name, meant)
		}
	}
	name := missing.GetSpecifiedName()
	if missing.GetSpecifiedShortnames() != "" {
		return fmt.Sprintf("%s has no flag -%s", cmd.CommandPath(), name)
	}
	if meant := likeFlag(cmd, name); meant != "" {
		return fmt.Sprintf("there is no flag --%s; did you mean --%s?", name, meant)
	}
	return fmt.Sprintf("%s has no flag --%s", cmd.CommandPath(), name)
}

// likeFlag returns the flag of cmd that name was probably meant for; empty when none is
// like it.
func likeFlag(cmd *cobra.Command, name string) string {
	var names []string
	plain := strings.NewReplacer("-", "", "_", "")
	for _, flags := range []*pflag.FlagSet{cmd.Flags(), cmd.InheritedFlags()} {
		flags.VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
	}
	for _, n := range names {
		if plain.Replace(n) == plain.Replace(strings.ToLower(name)) {
			return n
		}
	}
	if other := others[strings.ToLower(name)]; slices.Contains(names, other) {
		return other
	}
	return nearest(name, names)
}

// noValue says what a flag must be, instead of what was given.
func noValue(wrong *pflag.InvalidValueError) string {
	kinds := map[string]string{
		"int": "a whole number such as 10", "int64": "a whole number such as 10", "uint64": "a whole number such as 10", "float64": "a number such as 10 or 0.5",
		"duration": "a number and a unit such as 90s, 15m or 24h", "bool": "true or false",
	}
	f := wrong.GetFlag()
	if want, ok := kinds[f.Value.Type()]; ok && !own(f.Value) {
		return fmt.Sprintf("must be %s, got %q", want, wrong.GetValue())
	}
	return wrong.Unwrap().Error()
}

// own reports whether v says itself in words what is wrong.
func own(v pflag.Value) bool {
	switch v.(type) {
	case *Age, *keyed:
		return true
	}
	return false
}

// nearest returns the name most like what was typed; empty when none is close.
func nearest(typed string, names []string) string {
	best, least := "", max(2, len(typed)/3)+1
	for _, name := range names {
		if d := levenshtein.ComputeDistance(strings.ToLower(typed), name); d < least {
			best, least = name, d
		}
	}
	return best
}

// NoArguments is for commands without arguments. It says what an argument was probably
// meant to be.
func NoArguments(cmd *cobra.Command, args []string) error {
	ids := cmd.Flags().Lookup("ids")
	switch {
	case len(args) == 0:
		return nil
	case ids == nil || cmd.Name() == "sim":
		return fmt.Errorf("%s takes no argument: %q belongs to nothing", cmd.CommandPath(), args[0])
	case args[0] == "-":
		return fmt.Errorf("%s reads standard input where that is named as an input: --ids -", cmd.CommandPath())
	case ids.Changed:
		given, _ := cmd.Flags().GetStringArray("ids")
		return fmt.Errorf("%q belongs to no flag; each file has its own --ids: %s", args[0], eachIDs(slices.Concat(given, args)))
	}
	return fmt.Errorf("%s takes no argument; to load %s first: %s", cmd.CommandPath(), strings.Join(args, " and "), eachIDs(args))
}

func eachIDs(paths []string) string { return "--ids " + strings.Join(paths, " --ids ") }

// Exactly is for commands with one argument; what says how to find it.
func Exactly(name, what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		switch {
		case len(args) == 0:
			return fmt.Errorf("%s needs %s: %s", cmd.CommandPath(), name, what)
		case len(args) > 1:
			return fmt.Errorf("%s takes one %s, got %d: %s", cmd.CommandPath(), name, len(args), strings.Join(args, " "))
		}
		return noneEmpty(args, name)
	}
}

// Some is for commands with one or more arguments.
func Some(name, what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 {
			return fmt.Errorf("%s needs at least one %s: %s", cmd.CommandPath(), name, what)
		}
		return noneEmpty(args, name)
	}
}

// noneEmpty refuses an empty argument, as of a variable that a script never set: what it
// was to name is not known.
func noneEmpty(args []string, name string) error {
	if slices.ContainsFunc(args, func(arg string) bool { return strings.TrimSpace(arg) == "" }) {
		return fmt.Errorf("%s is empty: leave it out, or look whether a variable is not set", name)
	}
	return nil
}

// Exists reports whether there is a file at path.
func Exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// CheckPaths refuses paths that are empty, or several with commas between them and neither
// a file nor an address. each stands before each of them: the flag that they are values of.
func CheckPaths(paths []string, exists func(string) bool, each string) error {
	if err := noneEmpty(paths, strings.TrimSpace(each)); err != nil {
		return &Misuse{err}
	}
	for _, path := range paths {
		parts := strings.Split(path, ",")
		if len(parts) < 2 || strings.HasPrefix(path, "https://") || exists(path) {
			continue
		}
		return &Misuse{fmt.Errorf("there is no file %q; each file stands for itself: %s%s", path, each, strings.Join(parts, " "+each))}
	}
	return nil
}

// RefuseUnknown has the commands that cobra adds refuse what they do not know: left
// alone they show their help and end well. Completions are printed to what is the
// root's output now.
func RefuseUnknown(root *cobra.Command) {
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
