package trace

import (
	"context"
	"math/rand/v2"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"cleaner/internal/answer"
	"cleaner/internal/policy"
	"cleaner/internal/report"
	"cleaner/internal/worker"
)

// Pass is the span of a pass. The methods of a nil Pass do nothing.
type Pass struct {
	tracer *Tracer
	ctx    context.Context // holds the span, as the parent of those of requests
	span   trace.Span
}

// names are those of the requests' spans.
var names = map[worker.Op]string{
	worker.OpDelete: "delete task", worker.OpStop: "stop task", worker.OpLook: "look at task",
	worker.OpCalibrate: "delete task again",
}

// Observe makes the span of one request if it was sent, and either is in the share or
// failed for good. It may be called by many goroutines at once.
func (p *Pass) Observe(e worker.Exchange) {
	if p == nil || !e.Fault.Sent() || !failed(e) && rand.Float64() >= p.tracer.share {
		return
	}
	p.tracer.receipts.made.Add(1)
	_, span := p.tracer.spans.Start(p.ctx, names[e.Op],
		trace.WithTimestamp(e.At), trace.WithSpanKind(trace.SpanKindClient), trace.WithAttributes(attributesOf(e)...))
	if failed(e) || e.Again && !shows(e) {
		span.SetStatus(codes.Error, e.Ruling.Why)
	}
	span.End(trace.WithTimestamp(e.At.Add(e.Took)))
}

// failed reports whether a request gets a span whatever the share. Busy and throttled
// requests do not: there may be very many of them.
func failed(e worker.Exchange) bool {
	if shows(e) {
		return false
	}
	return e.Ruling.Verdict == policy.Never || e.Ruling.Verdict == policy.Halt || e.Fault != answer.FaultNone
}

// shows reports whether a look has found out whether its task exists, whatever the verdict
// of its answer.
func shows(e worker.Exchange) bool { return e.Seen || e.Absent }

// attributesOf describes a request. None of them can hold a secret.
func attributesOf(e worker.Exchange) []attribute.KeyValue {
	all := []attribute.KeyValue{
		attribute.String("cleaner.task.id", e.ID),
		attribute.Int("cleaner.task.attempt", e.Attempt),
		attribute.String("cleaner.verdict", string(e.Ruling.Verdict)),
		attribute.Bool("cleaner.again", e.Again),
	}
	if e.Status != 0 {
		all = append(all, attribute.Int("http.response.status_code", e.Status))
	}
	for key, value := range map[string]string{
		"cleaner.code": e.Ruling.Code, "cleaner.request_id": e.RequestID, "error.type": string(e.Fault),
	} {
		if value != "" {
			all = append(all, attribute.String(key, value))
		}
	}
	return all
}

// End ends the span of the pass with the numbers of its report.
func (p *Pass) End(r *report.Report) {
	if p == nil {
		return
	}
	p.span.SetAttributes(
		attribute.Int64("cleaner.deleted", r.Deleted), attribute.Int64("cleaner.gone", r.Gone),
		attribute.Int64("cleaner.protected", r.Protected), attribute.Int64("cleaner.dead", r.Dead),
		attribute.Int64("cleaner.pending", r.Pending), attribute.Int64("cleaner.requests", r.Requests),
		attribute.Int("cleaner.exit_code", r.ExitCode), attribute.String("cleaner.stopped_by", r.StoppedBy),
	)
	if r.ExitCode != 0 {
		p.span.SetStatus(codes.Error, r.Reason)
	}
	p.span.End()
}
