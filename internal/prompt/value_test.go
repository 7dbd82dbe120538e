package prompt

import (
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// TestChoice: a flag that says what is worked on has one value, and a line with it is completed.
func TestChoice(t *testing.T) {
	for _, row := range []struct {
		args []string
		want string // what is printed or said
	}{
		{[]string{"run", "--batch", "a", "--batch", "b"}, `given twice, as "a" and as "b"`},
		{[]string{"run", "--batch", "a", "--batch", "a"}, "works on a"},
		{[]string{cobra.ShellCompRequestCmd, "run", "--batch", "a", "--y"}, "--yes"},
	} {
		var batch string
		run := &cobra.Command{Use: "run", Run: func(cmd *cobra.Command, _ []string) { cmd.Print("works on " + batch) }}
		Choice(&batch, run, "batch", "")
		run.Flags().Bool("yes", false, "")
		root := &cobra.Command{Use: "cleaner", SilenceErrors: true, SilenceUsage: true}
		root.AddCommand(run)
		var said strings.Builder
		root.SetOut(&said)
		root.SetErr(&said)
		root.SetArgs(row.args)
		if err := root.Execute(); err != nil {
			said.WriteString(err.Error())
		}
		if !strings.Contains(said.String(), row.want) {
			t.Errorf("%v: %q, want %q", row.args, said.String(), row.want)
		}
	}
}
