package metrics

import "github.com/prometheus/client_golang/prometheus"

// InputResult is what came of an input.
type InputResult int

// The results.
const (
	InputLoaded  InputResult = iota // it is in the ledger
	InputEmpty                      // it holds no task ID
	InputRefused                    // nothing of it was loaded
	inputResults
)

// String returns the value of the label.
func (r InputResult) String() string { return [...]string{"loaded", "empty", "refused"}[r] }

// Lines are what the lines of an input brought.
type Lines struct{ New, Duplicate, Rejected int64 }

// Inputs count inputs by what came of them, and their lines by what those brought. They
// measure where messages come from, too.
type Inputs struct {
	by                      [inputResults]prometheus.Counter
	fresh, double, rejected prometheus.Counter
	feeds                   feeds
}

func newInputs(f factory) *Inputs {
	i := &Inputs{feeds: newFeeds(f)}
	vec := f.counters("cleaner_inputs_total", "Inputs that passes read, by what came of them. An empty one holds no task ID.", "result")
	for r := range inputResults {
		i.by[r] = vec.WithLabelValues(r.String())
	}
	lines := f.counters("cleaner_input_lines_total", "Lines of the inputs that passes read, by what they brought: a new task ID, one that was known, or no valid one.", "result")
	i.fresh, i.double, i.rejected = lines.WithLabelValues("new"), lines.WithLabelValues("duplicate"), lines.WithLabelValues("rejected")
	return i
}

// Input records what came of an input, and of its lines.
func (i *Inputs) Input(r InputResult, l Lines) {
	i.by[r].Inc()
	i.fresh.Add(float64(l.New))
	i.double.Add(float64(l.Duplicate))
	i.rejected.Add(float64(l.Rejected))
}
