package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"cleaner/internal/prompt"
	"cleaner/internal/report"
)

func newAudit(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "audit",
		Short: "Verify results files: that no line was changed, removed, added or moved",
		Args:  prompt.NoArguments, // a mistyped command is an argument to this one
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newAuditVerify(a))
	return cmd
}

func newAuditVerify(a *app) *cobra.Command {
	var noted report.Noted
	cmd := &cobra.Command{
		Use:   "verify FILE|-...",
		Short: "Follow the chain of results files and name the first line that breaks it",
		Long: `verify reads results files (run --results) and follows their chain: each line ends
with the SHA-256 of the line before it and of itself. It names the first line that does
not follow from the one before, because it was changed, added, moved or copied, or because
lines before it were removed. What stands behind that line is counted and not judged.

A file alone cannot show that lines were cut off at its end, nor that it was written
anew from some line on by someone who computed the chain again. For that, note the last
chain value elsewhere: it stands in the report (run --report) under results, and verify
prints it. With --expect that value must be the chain value of some line, and with
--lines that line's number, or without --expect, the least number of lines. Lines behind
it are well: later passes append.

Exit codes: 0 every file is whole; 1 one is not; 2 usage, or a file that cannot be read.`,
		Args: prompt.Some("FILE", "a results file, or - for standard input"),
		RunE: do(func(cmd *cobra.Command, paths []string) error {
			flags := cmd.Flags()
			switch {
			case len(paths) > 1 && (flags.Changed("expect") || flags.Changed("lines")):
				return &failure{code: exitUsage, err: errors.New("--expect and --lines are of one file: name one")}
			case flags.Changed("expect") && !report.IsChain(noted.Chain):
				return &failure{code: exitUsage, err: errors.New("--expect must be a chain value: 64 lower-case hexadecimal digits")}
			case flags.Changed("lines") && noted.Lines <= 0:
				return &failure{code: exitUsage, err: errors.New("--lines must be positive")}
			}
			return a.verify(paths, noted)
		}),
	}
	cmd.Flags().StringVar(&noted.Chain, "expect", "", "the `chain` value noted earlier, which the file must have")
	cmd.Flags().Int64Var(&noted.Lines, "lines", 0, "the number `N` of lines noted earlier, which the file must have")
	cmd.ValidArgsFunction = prompt.Files
	a.common.AddJSON(cmd, "one JSON object for each file, a line each")
	return cmd
}

// verify verifies every file, also behind one that is not whole. Its error has
// the exit code of the worst; what is wrong with a file is printed.
func (a *app) verify(paths []string, noted report.Noted) error {
	var unread []error
	broken := false
	for _, path := range paths {
		found, err := report.VerifyFile(path, a.stdin, noted)
		if err != nil {
			unread = append(unread, fmt.Errorf("verify %s: %w", path, err))
			continue
		}
		broken = broken || !found.Whole()
		write := found.Print
		if a.common.JSON {
			write = found.JSON
		}
		if err := write(a.stdout, path); err != nil {
			return err
		}
	}
	switch {
	case broken:
		return &failure{code: exitInternal, err: errors.Join(unread...)}
	case len(unread) > 0:
		return &failure{code: exitUsage, err: errors.Join(unread...)}
	}
	return nil
}
