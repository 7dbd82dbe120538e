package assemble

import (
	"fmt"

	"cleaner/internal/api"
	"cleaner/internal/config"
	"cleaner/internal/intake/posted"
	"cleaner/internal/pass"
	"cleaner/internal/policy"
)

// Reading says how inputs are read, beside the configuration. The zero value is how
// serve reads them.
type Reading struct {
	// Column is the name of the column, or JSON key, that holds the task IDs; empty
	// lets the reader find it.
	Column string
	// ExpectIDs refuses an input without a task ID.
	ExpectIDs bool
}

// Sources are the inputs at paths. Their invalid lines are kept in the file rejects;
// empty counts them only.
func (p *Process) Sources(cfg *config.Config, paths []string, how Reading, rejects string) (all []pass.Source) {
	for _, path := range paths {
		all = append(all, p.File(cfg, path, how, rejects))
	}
	return all
}

// File is one input.
func (p *Process) File(cfg *config.Config, path string, how Reading, rejects string) pass.File {
	f := pass.File{
		Path: path, Stdin: p.Stdin, Check: idRule(cfg), Column: how.Column, InvalidShare: cfg.Safety.InvalidShare,
		Expect: how.ExpectIDs || cfg.Inputs.ExpectIDs, Rejects: rejects, Remember: cfg.Queue.Remember,
	}
	if config.IsURL(path) {
		f.Path, f.Fetch = p.lists.get(cfg, cfg.Inputs.List(path))
	}
	return f
}

// Posted are the rules of a list that is sent to serve: those of a file.
func Posted(cfg *config.Config) posted.Rules {
	return posted.Rules{
		Check: idRule(cfg), InvalidShare: cfg.Safety.InvalidShare, Rejects: Ledger(cfg).Rejects(), Renew: cfg.Queue.Remember / pass.Renewals,
	}
}

// idRule returns the rule for a task ID of an input. The configuration has checked its
// pattern.
func idRule(cfg *config.Config) func(id string) error {
	pattern, err := policy.ParseIDPattern(cfg.Inputs.IDPattern)
	return func(id string) error {
		if err != nil {
			return err
		}
		if err := api.CheckID(id); err != nil {
			return err
		}
		if err := pattern.Check(id); err != nil {
			return fmt.Errorf("%w (inputs.id_pattern)", err)
		}
		return nil
	}
}
