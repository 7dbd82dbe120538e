package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
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
	// What a rehearsal found that failed is not what would be deleted.
	summed := p.began && (err == nil || !r.DryRun)
	defer p.handOver(ctx)
	defer p.endTracing(ctx)
	if r.Reason != "" {
		p.log.Warn("stopped early", zap.String("by", r.StoppedBy), zap.String("reason", r.Reason))
	}
	p.tellWithout()
	if werr := p.writeReport(); werr != nil {
		if err == nil {
			r.ExitCode = exitInternal
		}
		err = errors.Join(err, werr)
	}
	if summed {
		fmt.Fprintln(p.summaryTo(), r.Summary())
	}
	if err != nil || r.ExitCode != exitOK {
		return &failure{code: r.ExitCode, err: err}
	}
	return nil
}

// mostNamed is how many inputs a reason names; the log has them all.
const mostNamed = 3

// tellWithout adds to the reason which inputs the pass went without.
func (p *pass) tellWithout() {
	if len(p.without) == 0 {
		return
	}
	text := "not loaded: " + strings.Join(p.without[:min(len(p.without), mostNamed)], ", ")
	if more := len(p.without) - mostNamed; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	if p.report.Reason != "" {
		text = p.report.Reason + "; " + text
	}
	p.report.Reason = text + "; the log says why"
}

// summary is the pass in one line, also when its numbers mean nothing.
func (p *pass) summary() string {
	if !p.began {
		return "no numbers are known of this pass; the log says why"
	}
	return p.report.Summary()
}

// code is the exit code of a pass without an error. A dry run that was not
// disturbed is well whatever it found, caps included. A pass that went without an
// input has failed, unless it ended in what somebody must mend first: the ends that
// the next pass mends, and dead letters, which are shown elsewhere, would hide it.
func (p *pass) code() int {
	r := &p.report
	kind := worker.StopKind(r.StoppedBy)
	if r.DryRun && (kind == worker.StopNone || kind == worker.StopCap || kind == worker.StopMaxDeletes) {
		return exitOK
	}
	code := codeOfPass(kind, r.Dead, r.Pending)
	if len(p.without) > 0 && code != exitBelt && code != exitCredentials {
		return exitUsage
	}
	return code
}

// summaryTo is where the summary goes: standard output, unless the report is
// there for a program to read.
func (p *pass) summaryTo() io.Writer {
	if toStdout(p.flags.reportPath) {
		return p.app.stderr
	}
	return p.app.stdout
}

// writeReport writes the report where it was asked for, whole or not at all.
func (p *pass) writeReport() error {
	switch path := p.flags.reportPath; {
	case path == "":
		return nil
	case toStdout(path):
		return p.report.Write(p.app.stdout)
	case p.cfg == nil && !maybeReport(path):
		return fmt.Errorf("write %s: it is no report, and without a configuration it is not known what else it is: it stays as it was", path)
	default:
		return writeFile(path, p.report.Write)
	}
}
