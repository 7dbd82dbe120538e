package terminal

import (
	"fmt"
	"io"

	"github.com/schollz/progressbar/v3"

	"cleaner/internal/pass"
)

// bar is a progress bar. One that cannot be drawn harms nothing.
type bar struct{ *progressbar.ProgressBar }

// NewBar makes a bar for a pass over so many IDs.
func (s *Screen) NewBar(total int64) pass.Bar {
	return bar{progressbar.NewOptions64(total,
		progressbar.OptionSetWriter(barWriter{s}),
		progressbar.OptionShowCount(),
		progressbar.OptionShowIts(),
		progressbar.OptionSetItsString("IDs"),
		progressbar.OptionSetPredictTime(false),
		progressbar.OptionSetWidth(25),
		progressbar.OptionOnCompletion(func() { _, _ = io.WriteString(barWriter{s}, "\n") }),
	)}
}

// Draw brings the bar up to date, and says beside it what its numbers do not.
func (b bar) Draw(v pass.View) {
	text := fmt.Sprintf("%d dead, %d throttled", v.Done.Dead, v.Done.Throttled)
	if v.Rest.Lasts > 0 {
		text += fmt.Sprintf(", about %v left (%s)", v.Rest.Rounded(), v.Rest.Bound)
	}
	b.Describe(text)
	_ = b.Set64(v.Done.Settled())
}

// Finish leaves the bar.
func (b bar) Finish(v pass.View) {
	b.Draw(v)
	_ = b.Exit()
}
