package prompt

import (
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// files completes names of files with one of these endings, or of any when there is none.
func files(endings ...string) cobra.CompletionFunc {
	return func(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
		if len(endings) == 0 {
			return nil, cobra.ShellCompDirectiveDefault
		}
		return endings, cobra.ShellCompDirectiveFilterFileExt
	}
}

// complete says what the values of a flag are completed by.
func complete(cmd *cobra.Command, flag string, by cobra.CompletionFunc) {
	if err := cmd.RegisterFlagCompletionFunc(flag, by); err != nil {
		panic(err) // the flag is missing
	}
}

// CompleteBy says that the values of a flag are these.
func CompleteBy(cmd *cobra.Command, flag string, values []string) {
	complete(cmd, flag, cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp))
}

// CompleteAll has every command below root offer what fits, and nothing else: files only
// where an argument or the value of a flag is one, by the flag's own words for it.
func CompleteAll(root *cobra.Command) {
	for _, cmd := range root.Commands() {
		CompleteAll(cmd)
	}
	if root.ValidArgsFunction == nil {
		root.ValidArgsFunction = cobra.NoFileCompletions
	}
	completeFlags(root)
}

// Files is for arguments that are files.
func Files(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
	return nil, cobra.ShellCompDirectiveDefault
}

// completeFlags gives each flag of cmd that takes a value, and of which nothing is said yet,
// files when its help calls the value one, and nothing otherwise.
func completeFlags(cmd *cobra.Command) {
	cmd.LocalFlags().VisitAll(func(f *pflag.Flag) {
		if _, known := cmd.GetFlagCompletionFunc(f.Name); known || f.Value.Type() == "bool" {
			return
		}
		by := cobra.CompletionFunc(cobra.NoFileCompletions)
		if what, _ := pflag.UnquoteUsage(f); what == "file" {
			by = files()
		}
		complete(cmd, f.Name, by)
	})
}
