package report

import "time"

// Sample is how a stretch of a pass went, which ended At and took Took seconds.
type Sample struct {
	At   time.Time `json:"at"`
	Took float64   `json:"took"`
	// Rate is how many requests a second were permitted in the end, Limit how many the
	// service lets through as far as that was learned, 0 when it was not, and Sent how many
	// DELETEs a second were sent.
	Rate  float64 `json:"rate"`
	Limit float64 `json:"limit,omitempty"`
	Sent  float64 `json:"sent"`
	// Requests counts the DELETEs, and Throttled the answers that asked for a slower pace.
	Requests  int64 `json:"requests"`
	Throttled int64 `json:"throttled"`
	// P50, P95 and P99 are the seconds within which that share of the answers came, to
	// within a tenth; 0 when none came.
	P50 float64 `json:"p50,omitempty"`
	P95 float64 `json:"p95,omitempty"`
	P99 float64 `json:"p99,omitempty"`
	// Errors counts the requests that did not bring what they were for, by the reason.
	Errors map[string]int64 `json:"errors,omitempty"`
}

// Thin joins neighbours, so that at most n samples are left. Of a quantile, the rate and
// the limit the highest counts: what stands out must not vanish.
func Thin(samples []Sample, n int) []Sample {
	each := (len(samples) + n - 1) / max(n, 1)
	if each <= 1 {
		return samples
	}
	thin := make([]Sample, 0, n)
	for first := 0; first < len(samples); first += each {
		thin = append(thin, joined(samples[first:min(first+each, len(samples))]))
	}
	return thin
}

// joined is one sample for all of parts, of which there is one at least.
func joined(parts []Sample) Sample {
	s := Sample{At: parts[len(parts)-1].At}
	for _, p := range parts {
		s.Took += p.Took
		s.Requests += p.Requests
		s.Throttled += p.Throttled
		s.Rate, s.Limit = max(s.Rate, p.Rate), max(s.Limit, p.Limit)
		s.P50, s.P95, s.P99 = max(s.P50, p.P50), max(s.P95, p.P95), max(s.P99, p.P99)
		for why, k := range p.Errors {
			if s.Errors == nil {
				s.Errors = map[string]int64{}
			}
			s.Errors[why] += k
		}
	}
	if s.Took > 0 {
		s.Sent = float64(s.Requests) / s.Took
	}
	return s
}
