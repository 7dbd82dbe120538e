package ledger

import (
	"fmt"
	"time"

	"github.com/dustin/go-humanize"
)

// sayEvery is how often it is said how far a long step has come.
const sayEvery = 5 * time.Second

// removing returns what tells say how far the removal of what a stopped load has written
// has come; nil for nil.
func removing(say func(string)) func(removed, all int64) {
	if say == nil {
		return nil
	}
	var last time.Time
	return func(removed, all int64) {
		if last.IsZero() {
			last = time.Now() // most are over before anything is to be said
		}
		if time.Since(last) < sayEvery {
			return
		}
		last = time.Now()
		say(fmt.Sprintf("taking back a load that was stopped: %s of %s task IDs are removed; if the process ends before the last, the next that opens the ledger goes on",
			humanize.Comma(removed), humanize.Comma(all)))
	}
}
