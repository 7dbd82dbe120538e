// Package knowledge is what passes learn and the ledger keeps for later ones: how an
// endpoint answers for a task that is not there, before when it asked to be sent
// nothing, and how far the deletions of the last pass were verified.
package knowledge

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"cleaner/internal/queue"
)

// All is all that the ledger knows besides the IDs, as status shows it.
type All struct {
	// Verification is of the pass under way, or of the last that deleted; nil when
	// none has.
	Verification *Verified `json:"verification"`
	Learned      []Learned `json:"learned"` // how endpoints answer for tasks that are not there
	Waits        []Wait    `json:"waits"`   // those that are not over
	Paces        []Pace    `json:"paces"`   // how many requests endpoints let through
	// Holds are those in force, and Pause is the pause in force; nil when there is none.
	Holds []queue.Hold `json:"holds"`
	Pause *Pause       `json:"pause"`
}

// Reader reads what the ledger knows besides the IDs.
type Reader interface {
	queue.FactReader
	queue.HoldReader
}

// Read reads all that r keeps.
func Read(ctx context.Context, r Reader) (all All, err error) {
	if all.Verification, err = readVerified(ctx, r); err != nil {
		return all, err
	}
	if all.Learned, err = ReadLearned(ctx, r); err != nil {
		return all, err
	}
	if all.Waits, err = readWaits(ctx, r, time.Now()); err != nil {
		return all, err
	}
	if all.Paces, err = readPaces(ctx, r); err != nil {
		return all, err
	}
	if all.Holds, err = ReadHolds(ctx, r); err != nil {
		return all, err
	}
	all.Pause, err = ReadPause(ctx, r)
	if all.Pause.Over(time.Now()) {
		all.Pause = nil
	}
	return all, err
}

// Lines returns what was learned, and what keeps passes from sending, each in a line of
// status.
func (a All) Lines() string {
	var b strings.Builder
	for _, l := range a.Learned {
		fmt.Fprintf(&b, "learned    of %s: %s\n", l.Endpoint, l.Learned)
	}
	for _, p := range a.Paces {
		fmt.Fprintf(&b, "limit      %s\n", p.Words(time.Now()))
	}
	for _, w := range a.Waits {
		fmt.Fprintf(&b, "held back  %s\n", w.Words())
	}
	for _, h := range a.Holds {
		fmt.Fprintf(&b, "held       %s\n", WordsOfHold(h))
	}
	if a.Pause != nil {
		fmt.Fprintf(&b, "paused     %s\n", a.Pause.Words())
	}
	return b.String()
}

// keep has the ledger keep v under key.
func keep(ctx context.Context, m queue.Memory, key string, v any) error {
	text, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("remember %s: %w", key, err)
	}
	return m.Remember(ctx, key, text)
}

// recall reads into v what the ledger keeps under key; v stays as it is when that is
// nothing. It does so also after a stop, which the worker acts on.
func recall(ctx context.Context, m queue.FactReader, key string, v any) error {
	text, err := m.Recall(context.WithoutCancel(ctx), key)
	if err != nil || text == nil {
		return err
	}
	return decode(key, text, v)
}

// decode reads into v what the ledger keeps under key.
func decode(key string, value []byte, v any) error {
	if err := json.Unmarshal(value, v); err != nil {
		return fmt.Errorf("read what the ledger remembers of %s: %w", key, err)
	}
	return nil
}

// each decodes every fact under prefix, with the scope that its key names.
func each(ctx context.Context, r queue.FactReader, prefix string, add func(Scope, func(v any) error) error) error {
	facts, err := r.Facts(ctx, prefix)
	for _, f := range facts {
		scope := ParseScope(strings.TrimPrefix(f.Key, prefix))
		err = errors.Join(err, add(scope, func(v any) error { return decode(f.Key, f.Value, v) }))
	}
	return err
}

// clock writes a moment for people in every time zone.
func clock(t time.Time) string { return t.UTC().Format(time.RFC3339) }
