package report

import (
	"fmt"
	"strings"

	"cleaner/internal/queue"
)

// Carried is what was pending when a pass had loaded its inputs: what it was given, and
// what it found beside that, from earlier loads.
type Carried struct {
	// Given is how many pending IDs the inputs of the pass have named, or the batch that
	// it was confined to; Earlier is how many others there were, and From which sources
	// brought most of them.
	Given   int64               `json:"given"`
	Earlier int64               `json:"earlier"`
	From    []queue.SourceCount `json:"from"`
	// Confined says that the pass worked only on what it was given. Left is how many IDs
	// outside of that are pending at its end.
	Confined bool  `json:"confined"`
	Left     int64 `json:"left"`

	// Of says in words what the Given ones are of; empty when the pass had no inputs.
	Of string `json:"-"`
}

// mostSources is how many sources are named.
const mostSources = 3

// CarriedOf returns what is carried over of so many pending IDs, of which earlier ones
// came from these sources, the most first.
func CarriedOf(pending int64, earlier []queue.SourceCount) *Carried {
	c := &Carried{Given: pending, From: earlier[:min(len(earlier), mostSources)]}
	for _, s := range earlier {
		c.Given -= s.Count
		c.Earlier += s.Count
	}
	return c
}

// words are for people, as the end of a summary.
func (c *Carried) words() string {
	if c == nil {
		return ""
	}
	var from []string
	rest := c.Earlier
	for _, s := range c.From {
		rest -= s.Count
		text := s.Source
		if len(c.From) > 1 {
			text = fmt.Sprintf("%s (%d)", s.Source, s.Count)
		}
		from = append(from, text)
	}
	if rest > 0 {
		from = append(from, fmt.Sprintf("other sources (%d)", rest))
	}
	s := "; "
	if c.Of != "" {
		s += fmt.Sprintf("%d %s, ", c.Given, c.Of)
	}
	s += fmt.Sprintf("%d already pending", c.Earlier)
	if len(from) > 0 {
		s += " from " + strings.Join(from, ", ")
	}
	if c.Confined && c.Left > 0 {
		s += fmt.Sprintf("; %d stay pending, as they were not asked for", c.Left)
	}
	return s
}
