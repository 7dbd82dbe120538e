package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"cleaner/internal/assemble"
	"cleaner/internal/pass"
	"cleaner/internal/prompt"
	"cleaner/internal/serve"
)

func newLoad(a *app) *cobra.Command {
	var f assemble.Reading
	var to string
	cmd := &cobra.Command{
		Use:   "load [--to URL] FILE|URL|-...",
		Short: "Put task IDs into the queue and return; deletes nothing",
		Args:  prompt.Some("FILE", "a file of task IDs, its https:// URL, or - for standard input"),
		RunE: do(func(cmd *cobra.Command, paths []string) error {
			if err := prompt.CheckPaths(paths, prompt.Exists, ""); err != nil {
				return err
			}
			load, err := loader(a, to, f)
			if err != nil {
				return err
			}
			return a.loadAll(cmd.Context(), paths, load)
		}),
	}
	addReading(&f, cmd)
	cmd.ValidArgsFunction = prompt.Files
	a.common.AddJSON(cmd, "one JSON object for each input, a line each")
	prompt.NotEmpty(&to, cmd, "to", "send them to the serve at this `URL`: https://HOST:PORT with the token of listen.token_file, or unix:/PATH of its socket")
	return a.withConfig(cmd)
}

// loader loads one input, or sends it to the serve at the URL to.
func loader(a *app, to string, f assemble.Reading) (func(context.Context, string) (pass.Loaded, error), error) {
	if to != "" {
		cfg, err := a.localConfig()
		return func(ctx context.Context, path string) (pass.Loaded, error) {
			return serve.Send(ctx, assemble.Sender(cfg.Listen, to), path, a.stdin, f)
		}, err
	}
	cfg, err := a.config()
	if err != nil {
		return nil, err
	}
	q, err := assemble.Ledger(cfg).Late("load", a.stderr.Say)
	return func(ctx context.Context, path string) (pass.Loaded, error) {
		return a.process().File(cfg, path, f, assemble.Ledger(cfg).Rejects()).Load(ctx, q)
	}, err
}

func (a *app) loadAll(ctx context.Context, paths []string, load func(context.Context, string) (pass.Loaded, error)) error {
	ctx, abort, done := stopping(ctx, a.stderr, endings()...)
	defer done()
	defer context.AfterFunc(abort, a.stderr.EndAtOnce(exitSignal))()
	for _, path := range paths {
		l, err := load(ctx, path)
		if err != nil {
			return err
		}
		said := prompt.Said{
			Text:  fmt.Sprintf("%s: %d new, %d duplicates, %d rejected, as batch %s", assemble.NameOf(path), l.New, l.Duplicates, l.Rejected, l.Batch),
			Facts: map[string]any{"input": assemble.NameOf(path), "new": l.New, "duplicates": l.Duplicates, "rejected": l.Rejected, "batch": l.Batch, "empty": l.Empty},
		}
		if err := said.Write(a.stdout, a.common.JSON); err != nil {
			return err
		}
		for _, w := range l.Warnings() {
			fmt.Fprintf(a.stderr, "cleaner: warning: %s %s\n", assemble.NameOf(path), w)
		}
	}
	return nil
}

// addReading adds the flags of commands that read inputs.
func addReading(f *assemble.Reading, cmd *cobra.Command) {
	prompt.NotEmpty(&f.Column, cmd, "column", "`name` of the column, or JSON key, that holds the task IDs, for inputs that have several")
	cmd.Flags().BoolVar(&f.ExpectIDs, "expect-ids", false, "refuse an input without a task ID (exit code 2)")
}
