package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"time"
)

// This file ends a load: it makes pending again what was withdrawn, and finds out
// whether the batch is one that the ledger has.

// sealing is the end of a load, in its last transaction.
type sealing struct{ *intake }

// seal makes the batch whole: from here on it is lent and counted.
func (ld sealing) seal(ctx context.Context) error {
	if err := ld.revive(ctx); err != nil {
		return err
	}
	digest := ""
	if ld.batch.Digest != nil {
		digest = ld.batch.Digest()
	}
	if again, err := ld.again(ctx, digest); err != nil || again {
		return err
	}
	ld.high = ld.last()
	n := ld.loaded
	if extended, err := ld.extend(ctx); err != nil || extended {
		return err
	}
	err := ld.store.exec(ctx, `UPDATE batch SET last = ?, digest = ?, added = ?, duplicates = ?, pending = ? WHERE first = ?`,
		ld.high, digest, n.New, n.Duplicates, n.New, ld.first)
	if err != nil {
		return err
	}
	return ld.enterPasses(ctx)
}

// enterPasses has the passes under way, and the lending, know of the load.
func (ld sealing) enterPasses(ctx context.Context) error {
	if err := ld.store.exec(ctx, `UPDATE pass SET loaded = loaded + ?`, ld.loaded.New); err != nil {
		return err
	}
	return ld.store.exec(ctx, `UPDATE mark SET high = ?`, ld.high)
}

// extend has the load go on with the batch before it, if that is the one to extend. A batch
// is a range of places, so no other load may lie between; what is withdrawn or held must
// not come to hold what nobody has withdrawn or held, and a pass that is confined to a batch
// does not look for more of it.
func (ld sealing) extend(ctx context.Context) (extended bool, err error) {
	if ld.batch.Extends == "" {
		return false, nil
	}
	const before = `SELECT first, name FROM batch WHERE first = (SELECT max(first) FROM batch WHERE first < ?1) AND last = ?1 - 1
		AND source = ?2 AND (name = ?3 OR substr(name, 1, length(?3) + 1) = ?3 || '.') AND withdrawn_at IS NULL
		AND NOT EXISTS (SELECT 1 FROM hold WHERE kept = 1 AND hold.first = batch.first)`
	var b span
	err = ld.store.one(ctx, before, []any{ld.first, ld.batch.Source, ld.batch.Extends}, &b.first, &b.name)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	if err != nil || ld.confinedTo(b.first) {
		return false, err
	}
	const grow = `UPDATE batch SET last = ?1, added = added + ?2, duplicates = duplicates + ?3, pending = pending + ?2,
		loaded_at = iif(pending > 0, loaded_at, (SELECT loaded_at FROM batch WHERE first = ?5)) WHERE first = ?4`
	n := ld.loaded
	if err := ld.store.exec(ctx, grow, ld.high, n.New, n.Duplicates, b.first, ld.first); err != nil {
		return false, err
	}
	ld.loaded.Batch = b.name
	if err := ld.mergeInto(ctx, b.first); err != nil {
		return false, err
	}
	return true, ld.enterPasses(ctx)
}

// reviveStep is how many withdrawn IDs are made pending with the same statements: it
// bounds the memory for them.
const reviveStep = 16_384

// revive makes the withdrawn IDs that the batch has named pending, as IDs of its own:
// each goes to a new place, behind all others, where it is looked for.
func (ld sealing) revive(ctx context.Context) error {
	const choose = `INSERT INTO back (place, seq) SELECT ? + row_number() OVER (ORDER BY seq) - 1, seq FROM
		(SELECT seq FROM named JOIN task USING (seq) WHERE batch = ? AND ` + isWithdrawn + ` ORDER BY seq LIMIT ?)`
	for {
		n, err := ld.store.change(ctx, choose, ld.next, ld.first, reviveStep)
		if err != nil || n == 0 {
			return err
		}
		if err := ld.bringBack(ctx, time.Now()); err != nil {
			return err
		}
		ld.next += n
		ld.loaded.New += n
		ld.loaded.Duplicates -= n
	}
}

// bringBack makes the chosen IDs pending. One that may have been deleted gets a history
// that says so, and waits (5); the others are fresh (0).
func (ld sealing) bringBack(ctx context.Context, now time.Time) error {
	const wait = `INSERT INTO attempt (seq, due, since, attempts, last_at, lost, code, status, reason, request_id)
		SELECT place, ?1, ?1, 0, ?1, 1, '', 0, '', '' FROM back JOIN task ON task.seq = place WHERE ` + isWaiting
	if err := askedIn(ld.store).exec(ctx, `UPDATE asked SET seq = place FROM back WHERE asked.seq = back.seq`); err != nil {
		return err
	}
	for _, step := range []struct {
		statement string
		args      []any
	}{
		{`UPDATE batch SET withdrawn = withdrawn - (SELECT count(*) FROM back WHERE seq BETWEEN first AND last) WHERE withdrawn > 0`, nil},
		{`DELETE FROM named WHERE seq IN (SELECT seq FROM back)`, nil},
		{`UPDATE task SET seq = place, state = iif(` + isDoubtful + `, 5, 0), at = ? FROM back WHERE task.seq = back.seq`, []any{now.Unix()}},
		{wait, []any{now.UnixMilli()}},
		{`DELETE FROM back`, nil},
	} {
		if err := ld.store.exec(ctx, step.statement, step.args...); err != nil {
			return err
		}
	}
	ld.look()
	return nil
}

// again reports whether the batch has brought nothing new and is one that the ledger
// has. Then it is that one, which has named all that this one has.
func (ld sealing) again(ctx context.Context, digest string) (again bool, err error) {
	ld.high = ld.first - 1
	if digest == "" || ld.loaded.New > 0 {
		return false, nil
	}
	const same = `SELECT first, name FROM batch WHERE source = ? AND digest = ? AND added + duplicates = ?
		AND last IS NOT NULL AND withdrawn_at IS NULL ORDER BY first LIMIT 1`
	var as span
	err = ld.store.one(ctx, same, []any{ld.batch.Source, digest, ld.loaded.Duplicates}, &as.first, &as.name)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	ld.loaded.Batch = as.name
	return true, ld.mergeInto(ctx, as.first)
}

// mergeInto removes the batch, and has the one at to name what it has named. Of the
// arguments that all statements are given, ?1 > 0, which is always true, names the one that
// is not needed: SQLite refuses others.
func (ld sealing) mergeInto(ctx context.Context, to int64) error {
	for _, statement := range []string{
		`INSERT OR IGNORE INTO named (batch, seq) SELECT ?1, seq FROM named WHERE batch = ?2
			AND seq NOT BETWEEN ?1 AND (SELECT last FROM batch WHERE first = ?1)`,
		`DELETE FROM named WHERE batch = ?2 AND ?1 > 0`,
		`DELETE FROM batch WHERE first = ?2 AND ?1 > 0`,
	} {
		if err := ld.store.exec(ctx, statement, to, ld.first); err != nil {
			return err
		}
	}
	ld.look()
	return nil
}

// confinedTo reports whether a pass is confined to the batch that begins at first.
func (l *lending) confinedTo(first int64) bool {
	for _, r := range l.within {
		if slices.ContainsFunc(r.parts, func(p part) bool { return p.first == first }) {
			return true
		}
	}
	return false
}
