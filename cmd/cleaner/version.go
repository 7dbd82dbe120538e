package main

import (
	"github.com/spf13/cobra"

	"cleaner/internal/prompt"
)

// released is set when a release is built: -ldflags "-X main.released=v1.2.3".
var released string

// version is that of the release, else what the go command knows.
var version = prompt.Version(released)

func newVersion(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "version",
		Short: "Print the version, and what it was built from and with",
		Args:  prompt.NoArguments,
		RunE: do(func(*cobra.Command, []string) error {
			return prompt.Said{Text: prompt.About(version), Facts: prompt.Built(version)}.Write(a.stdout, a.common.JSON)
		}),
	}
	a.common.AddJSON(cmd, "one JSON object")
	return cmd
}

// revision is the commit the program was built from, when the build knows.
func revision() string { return prompt.Stamp("vcs.revision") }
