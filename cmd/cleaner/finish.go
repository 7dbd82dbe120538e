package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"go.uber.org/zap"

	"cleaner/internal/worker"
)

// finish decides the exit code, writes the report and says how it went. The
// report is written on every way out, so that none of an earlier pass is taken
// for this one's.
func (p *pass) finish(ctx context.Context, err error) error {
	r := &p.report
	r.FinishedAt = time.Now().UTC()
	r.ExitCode = p.code()
	if err != nil {
		err = asFailure(err)
		r.ExitCode = codeOf(err)
		if stop, ok := stopIn(err); ok && r.StoppedBy == "" { // before the drain began
			r.StoppedBy, r.Reason = string(stop.Kind), stop.Why
		}
	}
	defer p.handOver(ctx)
	defer p.endTracing(ctx)
	if r.Reason != "" {
		p.log.Warn("stopped early", zap.String("by", r.StoppedBy), zap.String("reason", r.Reason))
	}
	if werr := p.writeReport(); werr != nil {
		if err == nil {
			r.ExitCode = exitInternal
		}
		err = errors.Join(err, werr)
	}
	if p.began {
		fmt.Fprintln(p.summaryTo(), r.Summary())
	}
	if err != nil || r.ExitCode != exitOK {
		return &failure{code: r.ExitCode, err: err}
	}
	return nil
}

// code is the exit code of a pass without an error. A dry run that was not
// disturbed is well whatever it found, caps included.
func (p *pass) code() int {
	r := &p.report
	kind := worker.StopKind(r.StoppedBy)
	if r.DryRun && (kind == worker.StopNone || kind == worker.StopCap || kind == worker.StopMaxDeletes) {
		return exitOK
	}
	return codeOfPass(kind, r.Dead, r.Pending)
}

// summaryTo is where the summary goes: standard output, unless the report is
// there for a program to read.
func (p *pass) summaryTo() io.Writer {
	if p.flags.reportPath == "-" {
		return p.app.stderr
	}
	return p.app.stdout
}

// writeReport writes the report where it was asked for, whole or not at all.
func (p *pass) writeReport() error {
	switch p.flags.reportPath {
	case "":
		return nil
	case "-":
		return p.report.Write(p.app.stdout)
	default:
		return writeFile(p.flags.reportPath, p.report.Write)
	}
}
