package trace

import (
	"net/url"
	"strings"
	"sync"

	"go.uber.org/zap"
)

// failure returns what is called for each export that failed.
func (o Options) failure() func(error) {
	hide := hider(o.Env("OTEL_EXPORTER_OTLP_HEADERS"), o.Env("OTEL_EXPORTER_OTLP_TRACES_HEADERS"))
	var once sync.Once
	return func(err error) {
		if o.Failed != nil {
			o.Failed()
		}
		once.Do(func() {
			o.Log.Warn("spans are lost, and this is not said again", zap.String("error", hide.Replace(err.Error())))
		})
	}
}

// hider hides the values of OTLP headers, written as in key=value,key=value, in
// what a collector says.
func hider(headers ...string) *strings.Replacer {
	var pairs []string
	for header := range strings.SplitSeq(strings.Join(headers, ","), ",") {
		_, value, _ := strings.Cut(header, "=")
		for _, v := range []string{strings.TrimSpace(value), unescaped(value)} {
			if v != "" {
				pairs = append(pairs, v, "***")
			}
		}
	}
	return strings.NewReplacer(pairs...)
}

func unescaped(value string) string {
	plain, err := url.PathUnescape(value)
	if err != nil {
		return ""
	}
	return strings.TrimSpace(plain)
}
