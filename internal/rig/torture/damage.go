package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
)

// damagedLog damages the ledger's write-ahead log between a kill and the next
// process: it is cut at a random byte, its last page is overwritten, or garbage
// follows it. What was cut off was promised to be durable, so IDs that were
// settled may be sent once more; but
//
//   - the ledger opens, and holds all of the input or, until it is loaded anew,
//     nothing of it;
//   - it balances in the end, with every ID settled;
//   - no ID is deleted, by the ledger or by any line of the results, that the
//     service has not deleted; one that it has is deleted or gone;
//   - an ID that has lines for two settlings has the ledger's outcome last.
func damagedLog(ctx context.Context, l *lab) (tally, error) {
	return l.repeat(ctx, l.size(3, 100), setup{faults: busy()}, func(ctx context.Context, t *trial) error {
		t.robbed = true
		for range 4 {
			c, err := t.start(ctx, nil, t.passArgs(true)...)
			if err != nil {
				return err
			}
			end, err := c.killAfter(t.startUp/2 + t.upTo(t.perSweep))
			if err != nil {
				return err
			}
			if end.code != killed {
				break // done: there is no log any more
			}
			t.interrupted++
			t.kills++
			t.quiet()
			if err := t.damageLog(); err != nil {
				return err
			}
			t.forget()
			if err := t.lookAfterDamage(ctx); err != nil {
				return err
			}
		}
		return t.finish(ctx)
	})
}

// damageLog damages the end of the log in one of the ways.
func (t *trial) damageLog() error {
	path := t.ledgerPath() + "-wal"
	text, err := os.ReadFile(path)
	if err != nil || len(text) == 0 {
		if errors.Is(err, os.ErrNotExist) {
			err = nil
		}
		return err
	}
	const frame = 24 + page // a header, and a page
	switch t.random.IntN(4) {
	case 0:
		text = text[:t.random.IntN(len(text))]
	case 1: // near the end
		text = text[:len(text)-t.random.IntN(min(len(text), 3*frame))]
	case 2:
		for range 1 + t.random.IntN(8) {
			text[len(text)-1-t.random.IntN(min(len(text), frame))] ^= byte(1 + t.random.IntN(255))
		}
	default:
		for range t.random.IntN(3 * frame) {
			text = append(text, byte(t.random.Uint32()))
		}
	}
	return os.WriteFile(path, text, 0o600)
}

// lookAfterDamage looks at the ledger as at a new one: what it has lost is not
// held against it, nor are the lines of what it has lost.
func (t *trial) lookAfterDamage(ctx context.Context) error {
	l, err := readLedger(ctx, t.ledgerPath())
	if err != nil {
		return err
	}
	t.lookForAll(l)
	for _, id := range t.ids {
		t.lookAtSettled(id, l[id])
	}
	return nil
}

// damagedLedger damages the ledger's file itself after a clean stop. A pass on a
// file without its head, or cut short, also to nothing, must end with exit code 1 and
// a text that names the ledger, and send nothing.
func damagedLedger(ctx context.Context, l *lab) (tally, error) {
	return l.repeat(ctx, l.size(2, 20), setup{faults: busy()}, func(ctx context.Context, t *trial) error {
		return t.onDamaged(ctx, func(text []byte) []byte {
			switch t.random.IntN(3) {
			case 0:
				clear(text[:100])
				return text
			case 1:
				return nil
			}
			return text[:page+t.random.IntN(len(text)-page-1)]
		})
	})
}

// damagedPage empties one page of the ledger's file, or fills it with garbage,
// after a clean stop. The pass either refuses the ledger as above, and has sent
// nothing; or nothing needed the page, and all promises hold to the end.
func damagedPage(ctx context.Context, l *lab) (tally, error) {
	return l.repeat(ctx, l.size(4, 100), setup{faults: busy()}, func(ctx context.Context, t *trial) error {
		return t.onDamaged(ctx, func(text []byte) []byte {
			at := page * (1 + t.random.IntN(len(text)/page-1))
			fill := byte(t.random.IntN(2))
			for i := range page {
				text[at+i] = fill * byte(t.random.Uint32())
			}
			return text
		})
	})
}

// page is the size of a page of the ledger's file.
const page = 4096

// onDamaged makes half of a pass, damages the ledger and wants the next pass to
// refuse it without having sent anything, or to end well.
func (t *trial) onDamaged(ctx context.Context, damage func([]byte) []byte) error {
	if err := t.expect(ctx, exitLimit, append(t.passArgs(true), "--max-deletes", fmt.Sprint(len(t.ids)/2))...); err != nil {
		return err
	}
	if err := t.look(ctx); err != nil {
		return err
	}
	text, err := os.ReadFile(t.ledgerPath())
	if err != nil {
		return err
	}
	if err := os.WriteFile(t.ledgerPath(), damage(text), 0o600); err != nil {
		return err
	}
	before := t.sim.Truth().Requests
	end, err := t.pass(ctx, true)
	if err != nil {
		return err
	}
	if end.code != exitInternal {
		return t.finish(ctx)
	}
	if !strings.Contains(end.stderr, t.ledgerPath()) {
		t.violate("the error does not name %s: %s", t.ledgerPath(), end.stderr)
	}
	if sent := t.sim.Truth().Requests - before; sent > 0 {
		t.violate("%d requests were sent on a damaged ledger before it was refused: %s", sent, end.stderr)
	}
	return nil
}
