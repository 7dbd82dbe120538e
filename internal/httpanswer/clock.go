package httpanswer

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"cleaner/internal/answer"
)

// clockTolerance is how far two clocks may be apart without being the reason for a
// rejection. The gateway allows 15 minutes, others allow less.
const clockTolerance = time.Minute

// WithClock returns an answer that rejects a credential with what the header says
// of the clocks, if this machine's is off: signatures and tokens have times.
func WithClock(a answer.Answer, h http.Header, now time.Time) answer.Answer {
	theirs, err := http.ParseTime(h.Get("Date"))
	if err != nil {
		return a
	}
	off, how := now.Sub(theirs).Round(time.Second), "ahead of"
	if off < 0 {
		off, how = -off, "behind"
	}
	if off > clockTolerance {
		a.Message = strings.TrimSpace(fmt.Sprintf("%s (this machine's clock is %v %s the server's)", a.Message, off, how))
	}
	return a
}
