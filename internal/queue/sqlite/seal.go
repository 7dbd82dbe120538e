package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"time"
)

// This file ends a load: it makes pending again what was withdrawn, and finds out
// whether the batch is one that the ledger has.

// seal makes the batch whole: from here on it is lent and counted.
func (ld *intake) seal(ctx context.Context) error {
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
	err := ld.store.exec(ctx, `UPDATE batch SET last = ?, digest = ?, added = ?, duplicates = ?, pending = ? WHERE first = ?`,
		ld.high, digest, n.New, n.Duplicates, n.New, ld.first)
	if err != nil {
		return err
	}
	if err := ld.store.exec(ctx, `UPDATE pass SET loaded = loaded + ?`, n.New); err != nil {
		return err
	}
	return ld.store.exec(ctx, `UPDATE mark SET high = ?`, ld.high)
}

// reviveStep is how many withdrawn IDs are made pending with the same statements: it
// bounds the memory for them.
const reviveStep = 16_384

// revive makes the withdrawn IDs that the batch has named pending, as IDs of its own:
// each goes to a new place, behind all others, where it is looked for.
func (ld *intake) revive(ctx context.Context) error {
	const choose = `INSERT INTO back (place, seq) SELECT ? + row_number() OVER (ORDER BY seq) - 1, seq FROM
		(SELECT seq FROM named JOIN task USING (seq) WHERE batch = ? AND state IN (6, 7) ORDER BY seq LIMIT ?)`
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

// bringBack makes the chosen IDs pending. One that may have been deleted has a history
// that says so, and waits.
func (ld *intake) bringBack(ctx context.Context, now time.Time) error {
	const wait = `INSERT INTO attempt (seq, due, since, attempts, last_at, lost, code, status, reason, request_id)
		SELECT place, ?1, ?1, 0, ?1, 1, '', 0, '', '' FROM back JOIN task ON task.seq = place WHERE state = 5`
	for _, step := range []struct {
		statement string
		args      []any
	}{
		{`UPDATE batch SET withdrawn = withdrawn - (SELECT count(*) FROM back WHERE seq BETWEEN first AND last) WHERE withdrawn > 0`, nil},
		{`DELETE FROM named WHERE seq IN (SELECT seq FROM back)`, nil},
		{`UPDATE task SET seq = place, state = iif(state = 7, 5, 0), at = ? FROM back WHERE task.seq = back.seq`, []any{now.Unix()}},
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
func (ld *intake) again(ctx context.Context, digest string) (again bool, err error) {
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
func (ld *intake) mergeInto(ctx context.Context, to int64) error {
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
