package knowledge

import (
	"context"
	"fmt"
	"time"

	"cleaner/internal/queue"
)

// pauseKey is what the ledger keeps the pause by.
const pauseKey = "pause"

// Pause keeps every pass from sending anything, until an operator resumes, or until its
// time is over.
type Pause struct {
	By     string    `json:"by"`
	Reason string    `json:"reason,omitempty"`
	Since  time.Time `json:"since"`
	Until  time.Time `json:"until,omitzero"` // zero is until somebody resumes
}

// KeepPause has the ledger keep a pause, in place of an earlier one.
func KeepPause(ctx context.Context, m queue.Memory, p Pause) error {
	p.Since, p.Until = p.Since.Round(0).UTC(), p.Until.Round(0).UTC()
	return keep(ctx, m, pauseKey, p)
}

// ReadPause returns the pause that the ledger keeps, which may be over; nil when there is
// none.
func ReadPause(ctx context.Context, r queue.FactReader) (*Pause, error) {
	text, err := r.Recall(context.WithoutCancel(ctx), pauseKey)
	if err != nil || text == nil {
		return nil, err
	}
	var p Pause
	return &p, decode(pauseKey, text, &p)
}

// EndPause has the ledger forget the pause.
func EndPause(ctx context.Context, m queue.Memory) error { return m.Remember(ctx, pauseKey, nil) }

// EndPauseOver has the ledger forget the pause if it is over at now. One that has taken
// its place meanwhile stays.
func EndPauseOver(ctx context.Context, l interface {
	queue.FactReader
	queue.Memory
}, now time.Time,
) error {
	p, err := ReadPause(ctx, l)
	if err != nil || p == nil || !p.Over(now) {
		return err
	}
	return EndPause(ctx, l)
}

// Over reports whether the pause has ended by itself at now. A nil pause is over.
func (p *Pause) Over(now time.Time) bool {
	return p == nil || !p.Until.IsZero() && !now.Before(p.Until)
}

// Words says who has paused, why and until when, and what ends it.
func (p *Pause) Words() string { return p.words() + "; cleaner resume ends the pause" }

// WordsOfEnd says that somebody has ended the pause, and whose it was.
func (p *Pause) WordsOfEnd() string { return "resumed: " + p.words() }

func (p *Pause) words() string {
	s := fmt.Sprintf("paused by %s since %s", p.By, clock(p.Since))
	if !p.Until.IsZero() {
		s += " until " + clock(p.Until)
	}
	if p.Reason != "" {
		s += " (" + p.Reason + ")"
	}
	return s
}
