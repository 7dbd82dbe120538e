package status

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strings"
	"time"

	"cleaner/internal/config"
)

// Watched is a status with how fast the ledger is settled.
type Watched struct {
	Status
	// Rate is how many IDs a second were settled lately, and Left how long what is pending takes
	// at that rate, in seconds; 0 when that is not known.
	Rate float64 `json:"settled_per_second"`
	Left float64 `json:"left_seconds"`
}

// Print writes w in lines.
func (w *Watched) Print(out io.Writer) error {
	if err := w.Status.Print(out); err != nil {
		return err
	}
	words := "nothing was settled lately"
	if w.Rate > 0 {
		words = fmt.Sprintf("%.3g settled a second", w.Rate)
	}
	if w.Left > 0 {
		words += fmt.Sprintf(", about %v left", time.Duration(w.Left*float64(time.Second)).Round(time.Second))
	}
	_, err := fmt.Fprintf(out, "rate       %s\n", words)
	return err
}

// trendOver is how far back the rate looks.
const trendOver = 30 * time.Second

// trend finds out how fast the ledger is settled. The zero value has seen nothing.
type trend struct{ seen []sample }

type sample struct {
	at      time.Time
	settled int64
}

// add takes a look at the ledger into account, and returns the rate since the oldest look that is
// not too old, and how many seconds so many pending IDs take at that rate. Dead letters that are
// requeued are settled no more: then it begins anew.
func (t *trend) add(at time.Time, settled, pending int64) (rate, left float64) {
	if n := len(t.seen); n > 0 && settled < t.seen[n-1].settled {
		t.seen = nil
	}
	t.seen = append(t.seen, sample{at, settled})
	for len(t.seen) > 2 && at.Sub(t.seen[0].at) > trendOver {
		t.seen = t.seen[1:]
	}
	first := t.seen[0]
	if took := at.Sub(first.at).Seconds(); took > 0 {
		rate = float64(settled-first.settled) / took
	}
	if rate > 0 {
		left = math.Round(float64(pending) / rate)
	}
	return rate, left
}

// Shown is where a status that is watched is shown: as JSON, an object a line; at a terminal
// each in the place of the one before, on a screen of its own, and the last one stays.
type Shown struct {
	Out            io.Writer
	JSON, Terminal bool
}

// Watch shows the status of a configuration now and then, until ctx ends.
func Watch(ctx context.Context, cfg *config.Config, every time.Duration, shown Shown) error {
	tick := time.NewTicker(every)
	defer tick.Stop()
	var t trend
	var last *Watched
	shown.begin()
	defer func() { shown.end(last) }()
	for {
		s, err := Of(ctx, cfg)
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil:
			return err
		}
		w := Watched{Status: s}
		w.Rate, w.Left = t.add(time.Now(), s.Ledger.Loaded-s.Ledger.Pending-s.Ledger.Withdrawn, s.Ledger.Pending)
		if err := shown.show(&w); err != nil {
			return err
		}
		last = &w
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil
		}
	}
}

// begin goes to the other screen of a terminal, and end back to the first, where it leaves the last
// status. What cannot be written then harms nothing.
func (s Shown) begin() {
	if s.Terminal && !s.JSON {
		_, _ = io.WriteString(s.Out, "\x1b[?1049h")
	}
}

func (s Shown) end(last *Watched) {
	if !s.Terminal || s.JSON {
		return
	}
	_, _ = io.WriteString(s.Out, "\x1b[?1049l")
	if last != nil {
		_ = last.Print(s.Out)
	}
}

// show writes w.
func (s Shown) show(w *Watched) error {
	if s.JSON {
		return json.NewEncoder(s.Out).Encode(w)
	}
	var b strings.Builder
	if err := w.Print(&b); err != nil {
		return err
	}
	text := b.String() + "\n"
	if s.Terminal { // from the top, each line to its end, and what is left below
		text = "\x1b[H" + strings.ReplaceAll(b.String(), "\n", "\x1b[K\n") + "\x1b[J"
	}
	_, err := io.WriteString(s.Out, text)
	return err
}
