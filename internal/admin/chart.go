package admin

import (
	"fmt"
	"strings"
	"time"

	"github.com/dustin/go-humanize"
)

// The charts are drawn in units that the page stretches to its width.
const (
	chartWidth, chartHeight = 1000.0, 160.0
	barHeight               = 24
	leastSlice              = 6.0 // so that one dead letter in a million is visible
)

// chart is the rate and the throttling over time, ready for the page.
type chart struct {
	Allowed, Sent string // points of lines
	Area          string // points under Sent
	Throttled     []slice
	Top           string // the rate at the upper edge
	From, To      string
	Words         string // the same in words, for screen readers
}

// slice is a rectangle, X and W in units of the chart.
type slice struct {
	Name  string
	X, W  string
	Count int64
	Share string
}

// chartOf draws samples, which are in order; nil when there are too few.
func chartOf(samples []Sample) *chart {
	if len(samples) < 2 {
		return nil
	}
	first, last := samples[0], samples[len(samples)-1]
	width := last.At.Sub(first.At)
	if width <= 0 {
		return nil
	}
	top, throttled := 1.0, int64(0)
	for _, s := range samples {
		top = max(top, s.Rate, s.Sent)
		throttled += s.Throttled
	}
	x := func(t time.Time) float64 { return chartWidth * float64(t.Sub(first.At)) / float64(width) }
	y := func(rate float64) float64 { return chartHeight * (1 - 0.94*rate/top) }
	var allowed, sent strings.Builder
	c := &chart{Top: speed(top / 0.94), From: minute(first.At), To: minute(last.At)}
	for i, s := range samples {
		fmt.Fprintf(&allowed, "%.1f,%.1f ", x(s.At), y(s.Rate))
		fmt.Fprintf(&sent, "%.1f,%.1f ", x(s.At), y(s.Sent))
		if s.Throttled > 0 && i > 0 {
			from := x(samples[i-1].At)
			c.Throttled = append(c.Throttled, slice{X: units(from), W: units(max(x(s.At)-from, 2)), Count: s.Throttled})
		}
	}
	c.Allowed, c.Sent = strings.TrimSpace(allowed.String()), strings.TrimSpace(sent.String())
	c.Area = fmt.Sprintf("0,%.0f %s %.0f,%.0f", chartHeight, c.Sent, chartWidth, chartHeight)
	c.Words = fmt.Sprintf("From %s to %s: %s requests a second sent at the end, %s allowed, %s at most; %s throttled answers.",
		clock(first.At), clock(last.At), speed(last.Sent), speed(last.Rate), speed(top), humanize.Comma(throttled))
	return c
}

// barOf divides the ledger's bar. Each state has a slice, also when it has no IDs.
func barOf(l Ledger) []slice {
	slices := []slice{
		{Name: "deleted", Count: l.Deleted},
		{Name: "gone", Count: l.Gone},
		{Name: "protected", Count: l.Protected},
		{Name: "withdrawn", Count: l.Withdrawn},
		{Name: "dead", Count: l.Dead},
		{Name: "pending", Count: l.Pending},
	}
	widths, sum := make([]float64, len(slices)), 0.0
	for i, s := range slices {
		if s.Count > 0 && l.Loaded > 0 {
			widths[i] = max(leastSlice, chartWidth*float64(s.Count)/float64(l.Loaded))
		}
		sum += widths[i]
	}
	at := 0.0
	for i := range slices {
		w := 0.0
		if sum > 0 {
			w = widths[i] * chartWidth / sum
		}
		slices[i].X, slices[i].W, slices[i].Share = units(at), units(w), percent(slices[i].Count, l.Loaded)
		at += w
	}
	return slices
}

func units(v float64) string { return fmt.Sprintf("%.2f", v) }
