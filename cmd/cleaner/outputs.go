package main

import (
	"errors"
	"fmt"

	"cleaner/internal/assemble"
	"cleaner/internal/outfile"
)

// settleOutputs puts flags and keys together. It refuses outputs that would be
// written over something else, and what would be is then not written at the end.
func (p *onePass) settleOutputs() error {
	outputs := assemble.Outputs(p.cfg, p.flags.resultsPath, p.flags.reportPath)
	report := &outputs[len(outputs)-1]
	p.flags.resultsPath, p.flags.reportPath = outputs[len(outputs)-2].Path, report.Path
	var faults []error
	p.process.Place(p.cfg, p.flags.ids).Check(outputs, func(o outfile.Output, err error) {
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
