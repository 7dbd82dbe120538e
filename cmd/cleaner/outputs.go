package main

import (
	"errors"
	"fmt"

	"cleaner/internal/assemble"
	"cleaner/internal/outputs"
)

// settleOutputs puts flags and keys together. It refuses outputs that would be
// written over something else, and what would be is then not written at the end.
func (p *onePass) settleOutputs() error {
	files := assemble.Outputs(p.cfg, p.flags.resultsPath, p.flags.reportPath)
	report := &files[len(files)-1]
	p.flags.resultsPath, p.flags.reportPath = files[len(files)-2].Path, report.Path
	var faults []error
	p.process.Place(p.cfg, p.flags.ids).Check(files, func(o outputs.File, err error) {
		faults = append(faults, fmt.Errorf("%s: %w", o.Name, err))
		switch o.Name {
		case report.Name:
			p.flags.reportPath = ""
		case "metrics.textfile":
			p.cfg.Metrics.Textfile = ""
		}
	})
	if len(faults) > 0 {
		return &failure{code: exitUsage, err: errors.Join(faults...)}
	}
	return nil
}
