package intake

import "fmt"

// windowSize is over how many messages, the latest, the share of unreadable ones is taken.
const windowSize = 1000

// window counts the latest messages of a source by whether they could be read: a source
// never ends, so its share of others is taken over the latest.
type window struct {
	share  float64 // above it the source is stopped
	sample int     // how many must have been judged before that
	last   [windowSize]bool
	next   int // the place of the oldest, or the first that is free
	judged int // at most windowSize
	bad    int
}

// add counts one message.
func (w *window) add(invalid bool) {
	if w.judged == windowSize && w.last[w.next] {
		w.bad--
	}
	w.judged = min(w.judged+1, windowSize)
	w.last[w.next] = invalid
	w.next = (w.next + 1) % windowSize
	if invalid {
		w.bad++
	}
}

// sampled reports whether enough messages were judged for a verdict.
func (w *window) sampled() bool { return w.judged >= min(w.sample, windowSize) }

// verdict returns why the source must be stopped; nil when it need not.
func (w *window) verdict() error {
	if !w.sampled() || float64(w.bad) <= w.share*float64(w.judged) {
		return nil
	}
	return fmt.Errorf("%d of the last %d messages cannot be read, %.4g %%, and at most %.4g %% may (safety.invalid_share); the rejects say why",
		w.bad, w.judged, 100*float64(w.bad)/float64(w.judged), 100*w.share)
}
