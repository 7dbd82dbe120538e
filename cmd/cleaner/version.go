package main

import (
	"cmp"
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

// released is set when a release is built: -ldflags "-X main.released=v1.2.3".
var released string

// version is that of the release, else what the go command knows: the tag, or a
// pseudo-version of the last tag, the time and the commit.
var version = cmp.Or(released, builtVersion(), "devel")

func builtVersion() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "(devel)" {
		return ""
	}
	return info.Main.Version
}

func newVersion(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version, and what it was built from and with",
		Args:  cobra.NoArgs,
		RunE: do(func(*cobra.Command, []string) error {
			_, err := fmt.Fprintf(a.stdout, "cleaner %s (%s%s, %s/%s)\n", version, builtFrom(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
			return err
		}),
	}
}

// builtFrom is the commit and its date, as "commit C of D, "; empty when the build
// does not know.
func builtFrom() string {
	commit := revision()
	if commit == "" {
		return ""
	}
	if stamp("vcs.modified") == "true" {
		commit += ", modified"
	}
	return fmt.Sprintf("commit %s of %s, ", commit, stamp("vcs.time"))
}

// revision is the commit the program was built from, when the build knows.
func revision() string { return stamp("vcs.revision") }

// stamp is what the go command wrote about the build under key.
func stamp(key string) string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	for _, s := range info.Settings {
		if s.Key == key {
			return s.Value
		}
	}
	return ""
}
