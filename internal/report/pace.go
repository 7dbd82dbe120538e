package report

import (
	"fmt"
	"time"
)

// Pace is how fast the DELETEs of a pass went, and what bounded them.
type Pace struct {
	// Limit is how many requests a second the service lets through, and AtOnce how many at
	// once, as far as that was learned; 0 when it was not. Source is named, by the service, or
	// inferred, and LearnedAt when the limit has shown itself last.
	Limit     float64   `json:"limit,omitempty"`
	AtOnce    int       `json:"at_once,omitempty"`
	Source    string    `json:"source,omitempty"`
	LearnedAt time.Time `json:"learned_at,omitzero"`
	// Permitted is how many a second might leave in the end, and Achieved how many have on
	// average that were not refused.
	Permitted float64 `json:"permitted"`
	Achieved  float64 `json:"achieved"`
	// Bound is limit, latency, workers, ceiling or waiting, and Why says it in words.
	Bound string `json:"bound"`
	Why   string `json:"why,omitempty"`
}

// words says in a summary that the service's limit has bounded the pass; empty when it has
// not.
func (p *Pace) words() string {
	if p == nil || p.Bound != "limit" || p.Limit <= 0 {
		return ""
	}
	return fmt.Sprintf("; bounded by the service's limit of %.3g requests a second (%s)", p.Limit, p.Source)
}
