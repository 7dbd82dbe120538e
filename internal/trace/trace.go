// Package trace sends spans to an OpenTelemetry collector: one for each pass, and below
// it one for a share of the requests and for each request that failed for good. It never
// delays a pass: spans that the collector does not accept in time are dropped and counted.
package trace

import (
	"context"
	"fmt"
	"net/url"
	"time"

	"github.com/go-logr/logr"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"
	"go.uber.org/zap"
)

// patience bounds one export, and the export of the remaining spans when the process
// ends.
const patience = 5 * time.Second

// Options say where traces go.
type Options struct {
	// Endpoint is the base URL of an OTLP receiver over HTTP (OpenTelemetry
	// Protocol Exporter: /v1/traces is added). Headers with credentials come from
	// the environment alone, as OTEL_EXPORTER_OTLP_HEADERS.
	Endpoint string
	// Share is the share of requests that get a span, from 0 to 1.
	Share float64
	// Version is that of the program.
	Version string
	// Failed is called for each export that failed; it must be quick. It may be nil.
	Failed func()
	// Log gets a warning of the first export that failed, and of how many spans were
	// lost in the end.
	Log *zap.Logger
	// Env returns what the environment says of a name: what it says of headers is
	// hidden in the log.
	Env func(string) string
}

// Tracer makes the spans of passes. A nil Tracer makes none, at no cost.
type Tracer struct {
	provider *sdk.TracerProvider
	spans    trace.Tracer
	receipts *countingExporter
	share    float64
	log      *zap.Logger
}

// New returns a Tracer; nil without an endpoint. It contacts nobody yet. A collector
// that does not answer is no failure of anything: the first time is logged, and each is
// counted.
func New(ctx context.Context, o Options) (*Tracer, error) {
	if o.Endpoint == "" {
		return nil, nil
	}
	otel.SetLogger(logr.Logger{}) // the library's default prints secret headers that it cannot parse
	base, err := url.Parse(o.Endpoint)
	if err != nil {
		return nil, fmt.Errorf("make tracer: the endpoint is not a URL: %w", err)
	}
	exporter, err := otlptracehttp.New(ctx,
		otlptracehttp.WithEndpointURL(base.JoinPath("v1", "traces").String()),
		otlptracehttp.WithTimeout(patience),
		otlptracehttp.WithRetry(otlptracehttp.RetryConfig{}), // late spans are dropped
	)
	if err != nil {
		return nil, fmt.Errorf("make tracer: %w", err)
	}
	return newTracer(ctx, o, exporter)
}

func newTracer(ctx context.Context, o Options, exporter *otlptrace.Exporter) (*Tracer, error) {
	about, err := resource.New(ctx,
		resource.WithTelemetrySDK(), resource.WithHost(),
		resource.WithAttributes(semconv.ServiceName("cleaner"), semconv.ServiceVersion(o.Version)),
		resource.WithFromEnv(), // OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES override these
	)
	if err != nil {
		return nil, fmt.Errorf("make tracer: describe this process: %w", err)
	}
	r := &countingExporter{SpanExporter: exporter, failed: o.failure()}
	t := &Tracer{receipts: r, share: o.Share, log: o.Log}
	t.provider = sdk.NewTracerProvider(
		sdk.WithBatcher(r, sdk.WithExportTimeout(patience)),
		sdk.WithSampler(sdk.AlwaysSample()), // what is sampled is decided before there is a span
		sdk.WithResource(about),
	)
	t.spans = t.provider.Tracer("cleaner")
	return t, nil
}

// Start begins the span of a pass; reason says why the pass runs: run, or a
// schedule.Reason.
func (t *Tracer) Start(reason string) *Pass {
	if t == nil {
		return nil
	}
	ctx, span := t.spans.Start(context.Background(), "pass", trace.WithAttributes(attribute.String("cleaner.pass.reason", reason)))
	t.receipts.made.Add(1)
	return &Pass{tracer: t, ctx: ctx, span: span}
}

// Close exports the remaining spans, for a bounded time, and logs how many were lost
// since the Tracer was made.
func (t *Tracer) Close(ctx context.Context) {
	if t == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	if err := t.provider.Shutdown(ctx); err != nil {
		t.receipts.failed(err)
	}
	if lost := t.receipts.made.Load() - t.receipts.sent.Load(); lost > 0 {
		t.log.Warn("spans were lost", zap.Int64("spans", lost))
	}
}
