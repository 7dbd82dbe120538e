package prompt

import (
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"
)

// tree is commands like those of the program.
func tree() *cobra.Command {
	var c Common
	nothing := func(*cobra.Command, []string) error { return nil }
	root := &cobra.Command{Use: "cleaner", SilenceErrors: true, SilenceUsage: true}
	run := c.Add(&cobra.Command{Use: "run", Short: "run", Args: NoArguments, RunE: nothing})
	run.Flags().StringArray("ids", nil, "`file`")
	run.Flags().BoolP("dry-run", "n", false, "")
	run.Flags().Bool("yes", false, "")
	run.Flags().Int64("max-deletes", 0, "")
	run.Flags().Duration("max-duration", 0, "")
	c.AddLimits(run)
	dead := &cobra.Command{Use: "dead", Args: NoArguments, RunE: nothing}
	dead.AddCommand(&cobra.Command{Use: "list", RunE: nothing, Args: NoArguments}, &cobra.Command{Use: "requeue", RunE: nothing})
	drop := &cobra.Command{Use: "drop", RunE: nothing}
	drop.Flags().Var(new(Age), "older-than", "")
	dead.AddCommand(drop)
	audit := &cobra.Command{Use: "audit", RunE: nothing, Args: NoArguments}
	audit.AddCommand(&cobra.Command{Use: "verify", RunE: nothing, Args: Some("FILE", "a file")})
	root.AddCommand(run, dead, audit, &cobra.Command{Use: "withdraw", RunE: nothing, Args: Exactly("BATCH", "a batch")})
	for _, name := range []string{"serve", "status", "batches", "load", "check", "release", "resume", "pause", "sim"} {
		root.AddCommand(&cobra.Command{Use: name, RunE: nothing, Args: NoArguments})
	}
	RefuseUnknown(root)
	CompleteAll(root)
	return root
}

// A wrong line is answered with the right one and the help of that command, and never with
// what was probably meant.
func TestExplain(t *testing.T) {
	for line, want := range map[string]string{
		"run list.txt":                   "cleaner run takes no argument; to load list.txt first: --ids list.txt\nSee 'cleaner run --help'.",
		"run a b":                        "to load a and b first: --ids a --ids b\nSee 'cleaner run --help'.",
		"run --ids a b":                  `"b" belongs to no flag; each file has its own --ids: --ids a --ids b`,
		"run -":                          "--ids -\nSee",
		"run --dryrun":                   "there is no flag --dryrun; did you mean --dry-run?\nSee 'cleaner run --help'.",
		"run --dry_run":                  "did you mean --dry-run?",
		"run -dry-run":                   "did you mean --dry-run, with two dashes?",
		"run --force":                    "did you mean --yes?",
		"run --file x":                   "did you mean --ids?",
		"run --concurrency 4":            "did you mean --workers?",
		"run --xyzzyxyzzy":               "cleaner run has no flag --xyzzyxyzzy\nSee 'cleaner run --help'.",
		"run -z":                         "cleaner run has no flag -z",
		"run --max-deletes x":            `--max-deletes: must be a whole number such as 10, got "x"`,
		"run --max-duration 5":           `--max-duration: must be a number and a unit such as 90s, 15m or 24h, got "5"`,
		"run --yes=maybe":                `--yes: must be true or false, got "maybe"`,
		"run --ids":                      "--ids needs a value: --ids FILE",
		"run --rate=":                    "--rate: it must not be empty",
		"delete":                         "there is no command \"delete\"; to delete tasks: cleaner run --ids FILE\nSee 'cleaner run --help'.",
		"delete --ids x":                 "See 'cleaner run --help'.",
		"list":                           "to list what was loaded: cleaner batches\nSee 'cleaner batches --help'.",
		"retry":                          "cleaner dead requeue --all\nSee 'cleaner dead requeue --help'.",
		"rnu":                            "there is no command \"rnu\"; did you mean cleaner run?\nSee 'cleaner run --help'.",
		"qqqqqqqqqqq":                    "there is no command \"qqqqqqqqqqq\"\nSee 'cleaner --help'.",
		"dead lst":                       "there is no command \"dead lst\"; did you mean cleaner dead list?\nSee 'cleaner dead list --help'.",
		"dead lst -c x":                  `there is no command "dead lst"`,
		"dead delete":                    "there is no command \"dead delete\"; there are drop, list, requeue\nSee 'cleaner dead --help'.",
		"dead drop --older-than 1d":      `--older-than: give hours, minutes or seconds, as 90m, or 24h for a day, got "1d"`,
		"audit verify":                   "cleaner audit verify needs at least one FILE: a file\nSee 'cleaner audit verify --help'.",
		"withdraw":                       "cleaner withdraw needs BATCH: a batch",
		"withdraw a b":                   "cleaner withdraw takes one BATCH, got 2: a b",
		"status now":                     `cleaner status takes no argument: "now" belongs to nothing`,
		"-q run --ids a":                 "flags stand behind the command: cleaner run -q ...\nSee 'cleaner run --help'.",
		"--config a.yaml stauts":         `there is no command`,
		"--nosuch":                       "cleaner has no flag --nosuch\nSee 'cleaner --help'.",
		"help nosuch":                    `there is no command "nosuch" to help with`,
		"completion nosuch":              `there is no command "completion nosuch"`,
		"run --ids a --ids b c --rate 5": "--ids a --ids b --ids c",
	} {
		root := tree()
		args := strings.Fields(line)
		root.SetArgs(args)
		cmd, err := root.ExecuteC()
		if err == nil {
			t.Errorf("%s: is taken", line)
			continue
		}
		if got := Explain(cmd, args, err); !strings.Contains(got, want) || !strings.Contains(got, "\nSee 'cleaner") {
			t.Errorf("%s: %q, want %q", line, got, want)
		}
	}
}

// Each word leads to a command that there is.
func TestWordsLeadToCommands(t *testing.T) {
	for typed, w := range words {
		root := tree()
		line := strings.Fields(w.command)
		cmd, _, err := root.Find(line)
		if err != nil || !cmd.HasParent() {
			t.Errorf("%s leads to %q: %v", typed, w.command, err)
		}
		if c, _, err := root.Find([]string{typed}); err == nil && c != root {
			t.Errorf("%s is a command itself", typed)
		}
	}
}

func TestCheckPaths(t *testing.T) {
	there := func(path string) bool { return path == "a,b" }
	for path, want := range map[string]string{"": "--ids is empty", "a,c": "--ids a --ids c", "a,b": "", "c": "", "-": "", "https://lists.example/?of=a,b": ""} {
		err := CheckPaths([]string{path}, there, "--ids ")
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", path, err)
		}
		if _, ok := errors.AsType[*Misuse](err); err != nil && !ok {
			t.Errorf("%v is no misuse", err)
		}
	}
}

func TestValues(t *testing.T) {
	var a Age
	for text, well := range map[string]bool{"90m": true, "1d": false, "-5s": false, "0s": false} {
		if err := a.Set(text); (err == nil) != well {
			t.Errorf("%s: %v", text, err)
		}
	}
	if time.Duration(a) != 90*time.Minute {
		t.Error(a)
	}
	for typed, want := range map[string]string{strings.Repeat("A0", 16): strings.Repeat("a0", 16), "ABC": "ABC", strings.Repeat("G", 32): strings.Repeat("G", 32)} {
		if got, err := TaskID(typed); got != want || err != nil {
			t.Errorf("%s is read as %s, %v", typed, got, err)
		}
	}
	for _, empty := range []string{"", " "} {
		if got, err := TaskID(empty); err == nil {
			t.Errorf("%q is read as %q", empty, got)
		}
	}
}

// An argument that is empty names nothing.
func TestEmptyArguments(t *testing.T) {
	for name, args := range map[string]cobra.PositionalArgs{"Exactly": Exactly("BATCH", "a batch"), "Some": Some("BATCH", "a batch")} {
		for arg, well := range map[string]bool{"a": true, "": false, " ": false} {
			if err := args(&cobra.Command{}, []string{arg}); (err == nil) != well || err != nil && !strings.Contains(err.Error(), "BATCH is empty") {
				t.Errorf("%s of %q: %v", name, arg, err)
			}
		}
	}
}

// What a serve would refuse is refused before it is asked.
func TestLimits(t *testing.T) {
	for line, want := range map[string]string{
		"":                     "is required",
		"--rate 0":             "limits.rate must be above 0",
		"--rate -1":            "limits.rate must be above 0",
		"--rate NaN":           "limits.rate must be above 0",
		"--rate inf":           "limits.rate must be above 0",
		"--workers 0":          "limits.workers must be from 1 to 1000, got 0",
		"--workers 1001":       "limits.workers must be from 1 to 1000, got 1001",
		"--rate 1 --workers 0": "limits.workers must be from 1 to 1000, got 0",
		"--rate 2.5":           "rate=2.5",
		"--rate 7 --workers 9": "rate=7&workers=9",
	} {
		var l Limits
		var got string
		cmd := &cobra.Command{Use: "set", SilenceErrors: true, SilenceUsage: true}
		cmd.RunE = func(cmd *cobra.Command, _ []string) error {
			form, err := l.Form(cmd.Flags())
			got = form.Encode()
			return err
		}
		l.Add(cmd)
		cmd.SetArgs(strings.Fields(line))
		if err := cmd.Execute(); err != nil {
			got = err.Error()
		}
		if !strings.Contains(got, want) {
			t.Errorf("%q: %s, want %s", line, got, want)
		}
	}
}

// The first error of what is told stays, whatever is told after it.
func TestTold(t *testing.T) {
	first := errors.New("no room")
	told := Told{Writer: writer(func([]byte) (int, error) { return 0, first })}
	_, _ = told.Write([]byte("a"))
	told.Writer = io.Discard
	if _, err := told.Write([]byte("b")); err != nil || !errors.Is(told.Err, first) {
		t.Errorf("%v, then %v", told.Err, err)
	}
}

type writer func([]byte) (int, error)

func (w writer) Write(p []byte) (int, error) { return w(p) }

func TestSaid(t *testing.T) {
	for name, row := range map[string]struct {
		said         Said
		plain, asked string
	}{
		"here":                 {Said{"3 requeued", map[string]any{"requeued": 3}}, "3 requeued\n", `{"message":"3 requeued","requeued":3}` + "\n"},
		"by serve":             {Answered(`{"done":"pause","count":0,"message":"Paused."}`), "Paused.\n", `{"count":0,"done":"pause","message":"Paused."}` + "\n"},
		"in words":             {Answered("nothing was paused"), "nothing was paused\n", `{"message":"nothing was paused"}` + "\n"},
		"by who knows no more": {Answered(`{"x":1}`), "{\"x\":1}\n", `{"message":"{\"x\":1}"}` + "\n"},
	} {
		var plain, asked strings.Builder
		if err := errors.Join(row.said.Write(&plain, false), row.said.Write(&asked, true)); err != nil || plain.String() != row.plain || asked.String() != row.asked {
			t.Errorf("%s: %v, %q, %q", name, err, plain.String(), asked.String())
		}
	}
}
