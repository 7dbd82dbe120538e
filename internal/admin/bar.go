package admin

import "fmt"

// The bar is drawn in units that the page stretches to its width.
const (
	barWidth   = 1000.0
	leastSlice = 6.0 // so that one dead letter in a million is visible
)

// slice is a rectangle, X and W in units of the bar.
type slice struct {
	Name  string
	X, W  string
	Count int64
	Share string
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
			widths[i] = max(leastSlice, barWidth*float64(s.Count)/float64(l.Loaded))
		}
		sum += widths[i]
	}
	at := 0.0
	for i := range slices {
		w := 0.0
		if sum > 0 {
			w = widths[i] * barWidth / sum
		}
		slices[i].X, slices[i].W, slices[i].Share = units(at), units(w), percent(slices[i].Count, l.Loaded)
		at += w
	}
	return slices
}

func units(v float64) string { return fmt.Sprintf("%.2f", v) }
