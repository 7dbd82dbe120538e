package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"cleaner/internal/assemble"
	"cleaner/internal/config"
	"cleaner/internal/knowledge"
	"cleaner/internal/prompt"
	"cleaner/internal/queue"
	"cleaner/internal/terminal"
)

func newVerdicts(a *app) *cobra.Command {
	var markdown, learned bool
	cmd := &cobra.Command{
		Use:   "verdicts [--learned]",
		Short: "Print the verdict table: what each answer of the service means",
		Args:  prompt.NoArguments,
		RunE: do(func(cmd *cobra.Command, _ []string) error {
			switch {
			case markdown && (learned || a.common.JSON):
				return &failure{code: exitUsage, err: errors.New("--markdown goes neither with --learned nor with --json")}
			case learned:
				return a.printLearned(cmd.Context(), a.common.JSON)
			}
			cfg := config.Default()
			if a.common.Config != "" {
				var err error
				if cfg, err = a.config(); err != nil {
					return err
				}
			}
			table, err := assemble.Table(cfg)
			if err != nil {
				return err
			}
			switch {
			case markdown:
				return table.WriteMarkdown(a.stdout)
			case a.common.JSON:
				return table.WriteJSON(a.stdout)
			}
			head, rows := table.Cells()
			return terminal.Table{Head: head, Rows: rows, Cut: []bool{false, true, true, true, true, true, true}}.Write(a.stdout, terminal.Width(a.stdout))
		}),
	}
	a.withConfig(cmd)
	cmd.Flags().Lookup("config").Usage = "configuration `file` whose own rows come first; --learned finds it as other commands do"
	cmd.Flags().BoolVar(&markdown, "markdown", false, "print it as a Markdown document")
	cmd.Flags().BoolVar(&learned, "learned", false, "print instead what passes have learned, for each endpoint in the ledger")
	a.common.AddJSON(cmd, "one JSON array")
	return cmd
}

// printLearned prints what was learned of each endpoint.
func (a *app) printLearned(ctx context.Context, asJSON bool) error {
	cfg, err := a.localConfig()
	if err != nil {
		return err
	}
	all := []knowledge.Learned{} // a ledger that was never made knows nothing
	err = assemble.Ledger(cfg).Look(ctx, func(r queue.Reader) error {
		all, err = knowledge.ReadLearned(ctx, r)
		return err
	})
	if err != nil {
		return err
	}
	if asJSON {
		return json.NewEncoder(a.stdout).Encode(all)
	}
	if len(all) == 0 {
		_, err := fmt.Fprintf(a.stdout, "the ledger at %s knows of no endpoint how it answers for tasks that are not there: the first pass with safety.canary above 0 learns it\n", assemble.Ledger(cfg).Path())
		return err
	}
	var texts []string
	for _, l := range all {
		texts = append(texts, l.Text())
	}
	_, err = io.WriteString(a.stdout, strings.Join(texts, "\n"))
	return err
}
