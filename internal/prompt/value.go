package prompt

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// Age is a flag's duration above 0: what is older than nothing would be everything.
type Age time.Duration

// Set takes over what was given.
func (a *Age) Set(text string) error {
	d, err := time.ParseDuration(text)
	if err != nil {
		return fmt.Errorf("give hours, minutes or seconds, as 90m, or 24h for a day, got %q", text)
	}
	if d <= 0 {
		return errors.New("it must be above 0; for letters of any age leave it out")
	}
	*a = Age(d)
	return nil
}

// String is empty for no age, so that help shows no default.
func (a *Age) String() string {
	if *a == 0 {
		return ""
	}
	return time.Duration(*a).String()
}

// Type is what help calls the value.
func (a *Age) Type() string { return "duration" }

// NotEmpty adds a flag whose value must not be empty, as that of a variable is that a script
// never set: one that narrows a choice would choose everything, and one that names an output
// would be as if it were not there.
func NotEmpty(to *string, cmd *cobra.Command, name, usage string) {
	notEmpty(to, cmd, name, "", usage)
}

// Choice adds a flag as NotEmpty does, for what is worked on. It may not be given two values:
// what was chosen first would be left out and nobody told.
func Choice(to *string, cmd *cobra.Command, name, usage string) {
	NotEmpty(to, cmd, name, usage)
	cmd.Flags().Lookup(name).Value = &once{Value: cmd.Flags().Lookup(name).Value, to: to}
}

// once is the value of a flag that may have one value. The same one may come again, as it does
// where cobra reads a line twice to complete it.
type once struct {
	pflag.Value
	to *string
}

// Set takes over what was given.
func (o *once) Set(text string) error {
	if *o.to != "" && *o.to != text {
		return fmt.Errorf("it is given twice, as %q and as %q: give one of them", *o.to, text)
	}
	return o.Value.Set(text)
}

func notEmpty(to *string, cmd *cobra.Command, name, shorthand, usage string) {
	cmd.Flags().FuncP(name, shorthand, usage, func(text string) error {
		if strings.TrimSpace(text) == "" {
			return errors.New("it must not be empty: leave the flag out, or look whether a variable is not set")
		}
		*to = text
		return nil
	})
}

// packed matches the IDs that the service gives its own tasks, in either case.
var packed = regexp.MustCompile(`^[0-9A-Fa-f]{32}$`)

// TaskID is a task ID as inputs read it: 32 hexadecimal digits are put into lower case. An
// empty one, as of a variable that a script never set, would choose everything.
func TaskID(typed string) (string, error) {
	switch {
	case strings.TrimSpace(typed) == "":
		return "", &Misuse{errors.New("the task ID is empty")}
	case packed.MatchString(typed):
		return strings.ToLower(typed), nil
	}
	return typed, nil
}
