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

// agreeLetters asks whether the dead letters that f chooses are to be changed, and
// returns how many of them it has shown; below 0 when nobody was asked.
func agreeLetters(ctx context.Context, a *app, cfg *config.Config, f queue.Filter, yes bool, done string) (shown int64, err error) {
	if !asks(a, yes) {
		return -1, nil
	}
	ctx, stop := asking(ctx)
	defer stop()
	err = assemble.Ledger(cfg).Look(ctx, func(r queue.Reader) error {
		shown, err = pass.CountLetters(ctx, r, f)
		return err
	})
	if err != nil || shown == 0 {
		return shown, err
	}
	return shown, a.stderr.Ask(ctx, a.stdin, terminal.OfLetters(targetOf(cfg), shown, done))
}

// agreeWithdraw asks whether a batch is to be withdrawn.
func agreeWithdraw(ctx context.Context, a *app, cfg *config.Config, batch string, yes bool) error {
	if !asks(a, yes) {
		return nil
	}
	ctx, stop := asking(ctx)
	defer stop()
	var all []queue.BatchInfo
	err := assemble.Ledger(cfg).Look(ctx, func(r queue.Reader) (err error) {
		all, err = r.Batches(ctx)
		return err
	})
	if err != nil {
		return err
	}
	q, err := terminal.OfWithdrawal(targetOf(cfg), batch, all)
	if err != nil {
		return err
	}
	return a.stderr.Ask(ctx, a.stdin, q)
}

// agreeRelease asks whether holds are to be released, if there are any.
func agreeRelease(ctx context.Context, a *app, cfg *config.Config, which queue.Holds, yes bool) error {
	if !asks(a, yes) {
		return nil
	}
	ctx, stop := asking(ctx)
	defer stop()
	var holds []queue.Hold
	err := assemble.Ledger(cfg).Look(ctx, func(r queue.Reader) (err error) {
		holds, err = knowledge.ReadHolds(ctx, r)
		return err
	})
	holds = slices.DeleteFunc(holds, func(h queue.Hold) bool { return !which.Has(h) })
	if err != nil || len(holds) == 0 {
		return err
	}
	return a.stderr.Ask(ctx, a.stdin, terminal.OfRelease(targetOf(cfg), holds))
}
