package pass

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"go.uber.org/zap"

	"cleaner/internal/metrics"
	"cleaner/internal/trace"
	"cleaner/internal/worker"
)

// Sinks are where the results of a pass go when it is over, or could not begin. All but
// Code and Log are optional.
type Sinks struct {
	// Code is the exit code of the pass; err is what Run returned, or what kept it
	// from being called.
	Code func(r *Report, err error) int
	// Report writes the report's file.
	Report func(write func(io.Writer) error) error
	// Summary gets the summary in a line.
	Summary io.Writer
	// Span is ended. Tracer exports what is left; nil leaves that to its owner.
	Span    *trace.Pass
	Tracer  *trace.Tracer
	Metrics *metrics.Metrics
	// Pushgateway and Textfile are where the metrics are left when the process ends;
	// empty is nowhere.
	Pushgateway, Textfile string
	// Grouping are the labels of the group at the Pushgateway.
	Grouping map[string]string
	Log      *zap.Logger
}

// HandOver writes the report, the summary, the trace and the metrics. It is called however
// a pass ends, so that no report of an earlier pass is taken for this one's. It returns
// err, joined with what kept the report from being written, or the summary of a dry run.
func (o Sinks) HandOver(ctx context.Context, r *Report, err error) error {
	defer o.measured(ctx, r)
	r.ExitCode = o.Code(r, err)
	summary := r.Summary() // without the error, which its reader is told besides
	r.failed(err)
	if o.Report != nil {
		if werr := o.Report(r.Write); werr != nil {
			err = errors.Join(err, r.lostReport(werr))
			r.ExitCode = o.Code(r, err)
		}
	}
	if o.Summary != nil && r.Known {
		if _, werr := fmt.Fprintln(o.Summary, summary); r.lostSummary(werr) != nil {
			err = errors.Join(err, r.lostSummary(werr))
			r.ExitCode = o.Code(r, err)
		}
	}
	o.Span.End(&r.Report)
	o.Tracer.Close(ctx)
	return err
}

// measured ends the measuring of the pass, and pushes or writes the metrics. An error
// there does not fail the pass.
func (o Sinks) measured(ctx context.Context, r *Report) {
	if o.Metrics == nil {
		return
	}
	o.Metrics.WatchVerification(nil)
	o.Metrics.EndRun(time.Now(), r.ExitCode, worker.StopKind(r.StoppedBy))
	if o.Pushgateway != "" {
		if err := o.Metrics.Push(context.WithoutCancel(ctx), o.Pushgateway, o.Grouping); err != nil {
			o.Log.Warn("the metrics of this pass are not at the Pushgateway", zap.Error(err))
		}
	}
	if o.Textfile != "" {
		if err := o.Metrics.WriteTextfile(o.Textfile, nil); err != nil {
			o.Log.Warn("the metrics of this pass are not in the textfile", zap.Error(err))
		}
	}
}
