package main

import (
	"context"
	"errors"
	"os/signal"
	"slices"

	"github.com/spf13/cobra"

	"cleaner/internal/assemble"
	"cleaner/internal/config"
	"cleaner/internal/knowledge"
	"cleaner/internal/pass"
	"cleaner/internal/queue"
	"cleaner/internal/source"
	"cleaner/internal/terminal"
)

// addYes adds the flag of commands that ask before they change something.
func addYes(yes *bool, cmd *cobra.Command) {
	cmd.Flags().BoolVar(yes, "yes", false, "do not ask at a terminal")
}

// asks reports whether a person is to be asked.
func asks(a *app, yes bool) bool { return !yes && a.stderr.Attended(a.stdin) }

// asking returns a context that the signals that stop a pass end as a no.
func asking(ctx context.Context) (context.Context, func()) {
	return signal.NotifyContext(ctx, endings()...)
}

// targetOf is where commands with cfg take effect.
func targetOf(cfg *config.Config) terminal.Target {
	return terminal.Target{Target: assemble.Target(cfg), Ledger: assemble.Ledger(cfg).Path()}
}

// askPerson asks whether the pass is to be made. Before a yes nothing of its inputs is in the
// ledger, and what they held at the question is what the pass loads.
func askPerson(ctx context.Context, p *onePass, spec *pass.Spec) (forget func(), err error) {
	forget = func() {}
	if err := typedIDs(p.app, p.flags); err != nil || !asks(p.app, p.flags.yes) {
		return forget, err
	}
	ctx, done := asking(ctx)
	defer done()
	p.app.stderr.Say("counting what this pass would delete")
	f, foreseen, forget, err := pass.Preview(ctx, p.deps(), *spec)
	switch {
	case ctx.Err() != nil:
		return forget, terminal.Declined("interrupted before the question")
	case err != nil:
		return forget, err
	}
	*spec = foreseen
	if f.Loaded == 0 {
		return forget, nil // there is nothing to agree to
	}
	return forget, p.app.stderr.Ask(ctx, p.app.stdin, terminal.OfPass(targetOf(p.cfg), &f))
}

// typedIDs refuses task IDs that are typed at a terminal unless yes is given: the answer
// to the question would be one of them.
func typedIDs(a *app, f runFlags) error {
	if f.yes || !slices.Contains(f.ids, source.Stdin) || !terminal.IsTerminal(a.stdin) {
		return nil
	}
	return &failure{code: exitUsage, err: errors.New("--ids -: task IDs that are typed at a terminal leave nobody to be asked: add --yes, or put them into a file")}
}

// consent is asked of a person before a command changes the ledger.
type consent struct {
	app *app
	cfg *config.Config
	yes bool // nobody is asked
}

// agree asks what question makes of the ledger; nil is nothing to agree to.
func (c consent) agree(ctx context.Context, question func(context.Context, queue.Reader) (*terminal.Question, error)) error {
	if !asks(c.app, c.yes) {
		return nil
	}
	ctx, stop := asking(ctx)
	defer stop()
	var q *terminal.Question
	err := assemble.Ledger(c.cfg).Look(ctx, func(r queue.Reader) (err error) {
		q, err = question(ctx, r)
		return err
	})
	if err != nil || q == nil {
		return err
	}
	return c.app.stderr.Ask(ctx, c.app.stdin, q)
}

// letters asks whether the dead letters that f chooses are to be changed, and returns how
// many of them it has shown; below 0 when nobody was asked.
func (c consent) letters(ctx context.Context, f queue.Filter, done string) (shown int64, err error) {
	if !asks(c.app, c.yes) {
		return -1, nil
	}
	err = c.agree(ctx, func(ctx context.Context, r queue.Reader) (*terminal.Question, error) {
		if shown, err = pass.CountLetters(ctx, r, f); err != nil || shown == 0 {
			return nil, err
		}
		return terminal.OfLetters(targetOf(c.cfg), shown, done), nil
	})
	return shown, err
}

// withdrawal asks whether a batch is to be withdrawn.
func (c consent) withdrawal(ctx context.Context, batch string) error {
	return c.agree(ctx, func(ctx context.Context, r queue.Reader) (*terminal.Question, error) {
		all, err := r.Batches(ctx)
		if err != nil {
			return nil, err
		}
		return terminal.OfWithdrawal(targetOf(c.cfg), batch, all)
	})
}

// release asks whether holds are to be released, if there are any.
func (c consent) release(ctx context.Context, which queue.Holds) error {
	return c.agree(ctx, func(ctx context.Context, r queue.Reader) (*terminal.Question, error) {
		holds, err := knowledge.ReadHolds(ctx, r)
		holds = slices.DeleteFunc(holds, func(h queue.Hold) bool { return !which.Has(h) })
		if err != nil || len(holds) == 0 {
			return nil, err
		}
		return terminal.OfRelease(targetOf(c.cfg), holds), nil
	})
}
