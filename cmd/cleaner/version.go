package main

import (
	"github.com/spf13/cobra"

	"cleaner/internal/prompt"
)

// version is set when a release is built: -ldflags "-X main.version=v1.2.3".
var version = "devel"

func newVersion(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "version",
		Short: "Print the version, and what it was built from and with",
		Args:  prompt.NoArguments,
		RunE: do(func(*cobra.Command, []string) error {
			return prompt.Said{Text: about(), Facts: prompt.Built(version)}.Write(a.stdout, a.common.JSON)
		}),
	}
	a.common.AddJSON(cmd, "one JSON object")
	return cmd
}

// about is the version, and what it was built from and with, in a line.
func about() string { return prompt.About(version) }

// revision is the commit the program was built from, when the build knows.
func revision() string { return prompt.Stamp("vcs.revision") }
