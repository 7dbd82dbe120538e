package trace

import (
	"context"
	"sync/atomic"

	sdk "go.opentelemetry.io/otel/sdk/trace"
)

// countingExporter is an exporter that counts spans and reports errors, because the SDK drops
// spans when its queue is full, and gives errors to a global handler.
type countingExporter struct {
	sdk.SpanExporter
	failed     func(error)
	made, sent atomic.Int64
}

// ExportSpans exports spans. It reports an error to failed and does not return it.
func (c *countingExporter) ExportSpans(ctx context.Context, spans []sdk.ReadOnlySpan) error {
	if err := c.SpanExporter.ExportSpans(ctx, spans); err != nil {
		c.failed(err)
		return nil
	}
	c.sent.Add(int64(len(spans)))
	return nil
}
