// Package trace tells an OpenTelemetry collector what passes do: a span for each
// pass, and below it one for a share of the requests and for each that failed for
// good. It never holds a pass up: what the collector does not take in time is
// dropped and counted.
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
)

// patience bounds one export, its retries included, and what is left to export
// when the process ends.
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
	// Failed is told of each export that failed; it must be quick.
	Failed func(error)
}

// Tracer makes the spans of passes. A nil one makes none, at no cost.
type Tracer struct {
	provider *sdk.TracerProvider
	spans    trace.Tracer
	receipts *receipts
	share    float64
}

// New returns a Tracer. It contacts nobody yet.
func New(ctx context.Context, o Options) (*Tracer, error) {
	otel.SetLogger(logr.Logger{}) // the library's own prints the secret headers that it cannot read
	base, err := url.Parse(o.Endpoint)
	if err != nil {
		return nil, fmt.Errorf("make tracer: the endpoint is no URL: %w", err)
	}
	exporter, err := otlptracehttp.New(ctx,
		otlptracehttp.WithEndpointURL(base.JoinPath("v1", "traces").String()),
		otlptracehttp.WithTimeout(patience),
		otlptracehttp.WithRetry(otlptracehttp.RetryConfig{}), // what is late is dropped
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
		resource.WithFromEnv(), // OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES have the last word
	)
	if err != nil {
		return nil, fmt.Errorf("make tracer: describe this process: %w", err)
	}
	r := &receipts{SpanExporter: exporter, failed: o.Failed}
	t := &Tracer{receipts: r, share: o.Share}
	t.provider = sdk.NewTracerProvider(
		sdk.WithBatcher(r, sdk.WithExportTimeout(patience)),
		sdk.WithSampler(sdk.AlwaysSample()), // what is sampled is decided before there is a span
		sdk.WithResource(about),
	)
	t.spans = t.provider.Tracer("cleaner")
	return t, nil
}

// Start begins the span of a pass; reason says why there is one: run, or as of a
// schedule.
func (t *Tracer) Start(reason string) *Pass {
	if t == nil {
		return nil
	}
	ctx, span := t.spans.Start(context.Background(), "pass", trace.WithAttributes(attribute.String("cleaner.pass.reason", reason)))
	t.receipts.made.Add(1)
	return &Pass{tracer: t, ctx: ctx, span: span}
}

// Close exports what is left, for a bounded time, and returns how many spans never
// arrived.
func (t *Tracer) Close(ctx context.Context) (lost int64) {
	if t == nil {
		return 0
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	if err := t.provider.Shutdown(ctx); err != nil {
		t.receipts.fail(err)
	}
	return t.receipts.made.Load() - t.receipts.sent.Load()
}
