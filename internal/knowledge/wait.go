package knowledge

import (
	"context"
	"fmt"
	"time"

	"cleaner/internal/queue"
)

// Wait is a wait that the service asked for and that outlasts the pass.
type Wait struct {
	Scope
	Until time.Time `json:"until"`
	Why   string    `json:"why"`
}

// keptWait is a Wait as the ledger keeps it, by its scope.
type keptWait struct {
	Until time.Time `json:"until"`
	Why   string    `json:"why"`
}

// readWaits reads the waits that are not over.
func readWaits(ctx context.Context, r queue.FactReader, now time.Time) ([]Wait, error) {
	waits := []Wait{}
	err := each(ctx, r, queue.WaitPrefix, func(s Scope, decode func(any) error) error {
		var kept keptWait
		err := decode(&kept)
		if now.Before(kept.Until) {
			waits = append(waits, Wait{s, kept.Until, kept.Why})
		}
		return err
	})
	return waits, err
}

// KeepWait has the ledger keep that nothing is to be sent before w.Until.
func KeepWait(ctx context.Context, m queue.Memory, w Wait) error {
	return keep(ctx, m, queue.WaitPrefix+w.Key(), keptWait{w.Until.Round(0).UTC(), w.Why})
}

// RecallWait returns the wait of a scope, which may be over; zero when there is none.
func RecallWait(ctx context.Context, m queue.Memory, s Scope) (Wait, error) {
	var kept keptWait
	err := recall(ctx, m, queue.WaitPrefix+s.Key(), &kept)
	return Wait{s, kept.Until, kept.Why}, err
}

// ReleaseWait has the ledger forget the wait of a scope. It returns the wait, and
// reports whether there was one that was not over.
func ReleaseWait(ctx context.Context, m queue.Memory, s Scope, now time.Time) (w Wait, released bool, err error) {
	if w, err = RecallWait(ctx, m, s); err != nil {
		return w, false, err
	}
	return w, now.Before(w.Until), m.Remember(ctx, queue.WaitPrefix+s.Key(), nil)
}

// Words says what the wait means, and what ends it.
func (w Wait) Words() string {
	return fmt.Sprintf("nothing is sent to %s before %s (%s); cleaner release ends the wait", w.Endpoint, clock(w.Until), w.Why)
}
