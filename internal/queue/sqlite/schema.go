package sqlite

import (
	"context"
	"errors"
	"fmt"
)

// applicationID marks a SQLite file as a ledger of ours ("clnr").
const applicationID = 0x636c6e72

// A batch is a range of places in the ledger: loads follow one another, so
// first and last say which tasks it brought and no task needs to name its
// batch. last is null until the load is whole. The counters of a batch change
// in the transaction that changes its tasks, which makes counting a million of
// them cheap; Check compares the two.
//
// A task keeps the time of its state from the start: settling then overwrites
// the row in place, without making it longer, and no page splits.
//
// An attempt is the history of an ID that waits for another try (due set) or
// was given up (due null). An ID settled well has none.
const version1 = `
CREATE TABLE batch (
	first      INTEGER PRIMARY KEY,
	last       INTEGER,
	name       TEXT    NOT NULL UNIQUE,
	source     TEXT    NOT NULL,
	loaded_at  INTEGER NOT NULL, -- Unix ms
	added      INTEGER NOT NULL DEFAULT 0,
	duplicates INTEGER NOT NULL DEFAULT 0,
	pending    INTEGER NOT NULL DEFAULT 0,
	waiting    INTEGER NOT NULL DEFAULT 0, -- of the pending: those sent before
	deleted    INTEGER NOT NULL DEFAULT 0,
	gone       INTEGER NOT NULL DEFAULT 0,
	protected  INTEGER NOT NULL DEFAULT 0,
	dead       INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE TABLE task (
	seq   INTEGER PRIMARY KEY,
	id    ANY     NOT NULL UNIQUE, -- 32 hex digits as 16 bytes, others as text
	state INTEGER NOT NULL,        -- queue.State, or 5: pending, with a row in attempt
	at    INTEGER NOT NULL         -- Unix s: in this state since
) STRICT;
CREATE TABLE attempt (
	seq        INTEGER PRIMARY KEY,
	due        INTEGER,            -- Unix ms; null for a dead letter
	attempts   INTEGER NOT NULL,
	first_at   INTEGER,            -- Unix ms; null when never sent
	last_at    INTEGER NOT NULL,   -- Unix ms
	lost       INTEGER NOT NULL,   -- 1: a request may have taken effect unseen; 2: lent, the same
	code       TEXT    NOT NULL,
	status     INTEGER NOT NULL,
	reason     TEXT    NOT NULL,
	request_id TEXT    NOT NULL
) STRICT;
CREATE INDEX attempt_due  ON attempt (due, seq)     WHERE due IS NOT NULL;
CREATE INDEX attempt_dead ON attempt (last_at, seq) WHERE due IS NULL;
CREATE TABLE mark (
	one  INTEGER PRIMARY KEY CHECK (one = 1),
	low  INTEGER NOT NULL, -- no fresh task stands at or below
	high INTEGER NOT NULL, -- the last place of the last whole load
	lent INTEGER NOT NULL  -- fresh tasks up to here may have been sent
) STRICT;
INSERT INTO mark VALUES (1, 0, 0, 0);`

// What a process leaves behind when it dies. A checkpoint that is not ended belongs to
// a process that works, or died at work; alone is the task that it tries by
// itself (see lendAlone), and accused the one at which a process died so. A pass
// is the one under way, or cut short by a death.
const version2 = `
ALTER TABLE mark ADD COLUMN alone   INTEGER NOT NULL DEFAULT 0; -- 0: none
ALTER TABLE mark ADD COLUMN accused INTEGER NOT NULL DEFAULT 0; -- 0: none
ALTER TABLE mark ADD COLUMN deaths  INTEGER NOT NULL DEFAULT 0; -- of the accused
ALTER TABLE mark ADD COLUMN ended   INTEGER NOT NULL DEFAULT 1; -- 1: closed in order
CREATE TABLE pass (
	one      INTEGER PRIMARY KEY CHECK (one = 1),
	began_at INTEGER NOT NULL, -- Unix s
	results  TEXT    NOT NULL, -- the file that is told what is settled; empty: none
	note     TEXT    NOT NULL  -- what holds it up; empty: nothing
) STRICT;`

// An ID may be put behind all that were never sent. That it waits from since to due
// tells a long wait from the clock of another process. A fact is a value kept from
// pass to pass: see queue.Memory.
const version3 = `
ALTER TABLE attempt ADD COLUMN behind INTEGER NOT NULL DEFAULT 0; -- 1: lent when no fresh task is left
ALTER TABLE attempt ADD COLUMN since  INTEGER NOT NULL DEFAULT 0; -- Unix ms: when due was decided
UPDATE attempt SET since = last_at WHERE due IS NOT NULL;
DROP INDEX attempt_due;
CREATE INDEX attempt_wait ON attempt (behind, due, seq) WHERE due IS NOT NULL;
CREATE TABLE fact (
	key   TEXT    PRIMARY KEY,
	value BLOB    NOT NULL,
	at    INTEGER NOT NULL -- Unix ms
) STRICT;`

// There may be several passes, each with the totals of queue.Totals. All change in
// the transaction that changes the tasks. A pass that an older cleaner left behind
// finds what is pending now.
const version4 = `
ALTER TABLE pass RENAME TO older;
CREATE TABLE pass (
	id        INTEGER PRIMARY KEY AUTOINCREMENT, -- never used again
	began_at  INTEGER NOT NULL, -- Unix s
	results   TEXT    NOT NULL, -- the file that is told what is settled; empty: none
	note      TEXT    NOT NULL, -- what holds it up; empty: nothing
	found     INTEGER NOT NULL, -- pending tasks when it began
	loaded    INTEGER NOT NULL DEFAULT 0, -- tasks that came since
	requeued  INTEGER NOT NULL DEFAULT 0, -- dead letters made pending since
	elsewhere INTEGER NOT NULL DEFAULT 0, -- tasks that other passes settled since
	deleted   INTEGER NOT NULL DEFAULT 0, -- from here on: tasks that it settled
	gone      INTEGER NOT NULL DEFAULT 0,
	protected INTEGER NOT NULL DEFAULT 0,
	dead      INTEGER NOT NULL DEFAULT 0
) STRICT;
INSERT INTO pass (began_at, results, note, found)
	SELECT began_at, results, note, (SELECT ifnull(sum(pending), 0) FROM batch) FROM older;
DROP TABLE older;`

// A list may be taken back. So the ledger knows all batches that have named an ID that
// is pending or dead: the one in whose range it is, and those in named. Only a live
// batch keeps an ID pending; one is live until it has withdrawn_at.
const version5 = `
ALTER TABLE batch ADD COLUMN withdrawn    INTEGER NOT NULL DEFAULT 0; -- tasks
ALTER TABLE batch ADD COLUMN digest       TEXT    NOT NULL DEFAULT ''; -- of what was read; empty: unknown
ALTER TABLE batch ADD COLUMN withdrawn_at INTEGER; -- Unix ms; null when it is live
ALTER TABLE batch ADD COLUMN why          TEXT    NOT NULL DEFAULT ''; -- it was withdrawn
CREATE TABLE named (
	batch INTEGER NOT NULL, -- batch.first
	seq   INTEGER NOT NULL, -- of a task in the range of another batch
	PRIMARY KEY (batch, seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX named_seq ON named (seq);`

// A hold keeps the tasks of a batch from being lent: fresh ones by their range, waiting
// ones because they have behind raised by 2 while it is kept. It ends when it is released,
// and is kept until a pass begins after that.
const version6 = `
CREATE TABLE hold (
	id           INTEGER PRIMARY KEY AUTOINCREMENT,
	first        INTEGER NOT NULL, -- the range of the batch; 0: the whole ledger
	last         INTEGER NOT NULL,
	name         TEXT    NOT NULL, -- of the batch
	kind         TEXT    NOT NULL, -- of the stop that has put it
	why          TEXT    NOT NULL,
	at           INTEGER NOT NULL, -- Unix ms
	sent         INTEGER NOT NULL, -- tasks settled by requests
	bad          INTEGER NOT NULL, -- of these, those that failed or were not there
	allowed      REAL    NOT NULL, -- the share of bad ones that is allowed
	lent         INTEGER NOT NULL, -- fresh tasks of it up to here may have been sent
	kept         INTEGER NOT NULL DEFAULT 1, -- 1: nothing of it is lent
	released_at  INTEGER,          -- Unix ms; null while it is in force
	released_by  TEXT,
	released_why TEXT
) STRICT;
CREATE INDEX hold_kept ON hold (first) WHERE kept = 1;`

// What somebody said with a task ID. Most have nothing, and no row. A row is gone when its
// task is withdrawn, dropped or forgotten, and when it is settled well and no pass is under
// way any more that may owe it to its results.
const version7 = `
CREATE TABLE asked (
	seq    INTEGER PRIMARY KEY, -- of a task
	reason TEXT    NOT NULL,
	by     TEXT    NOT NULL
) STRICT;`

// What passes came to, and how it went meanwhile, is kept for people: see queue.History.
const version8 = `
CREATE TABLE history (
	pass     INTEGER PRIMARY KEY, -- pass.id
	began_at INTEGER NOT NULL, -- Unix ms
	ended_at INTEGER NOT NULL, -- Unix ms
	trigger  TEXT    NOT NULL, -- who has asked for it
	report   BLOB    NOT NULL  -- JSON
) STRICT;
CREATE TABLE sample (
	pass  INTEGER NOT NULL, -- pass.id
	at    INTEGER NOT NULL, -- Unix ms
	value BLOB    NOT NULL, -- JSON
	PRIMARY KEY (pass, at)
) STRICT, WITHOUT ROWID;`

// migrations returns the steps from an empty file to today's schema; a file
// with user_version n has gone through the first n. Steps are added at the end
// and never changed.
func migrations() []string {
	return []string{version1, version2, version3, version4, version5, version6, version7, version8}
}

// errNewer and errForeign refuse files that are not ours to change, errBare one that
// SQLite takes for a database and that holds nothing: a new ledger has its tables.
var (
	errBare    = errors.New("it is a database without tables, and no ledger any more: " + toRestore)
	errNewer   = errors.New("it was written by a newer cleaner; use that one, or another ledger")
	errForeign = errors.New("it is a database of another application; name another file")
)

// identify returns the version of the schema found in the file, 0 for an empty
// one, and refuses what is not a ledger. It writes nothing.
func (s *store) identify(ctx context.Context, newest int) (version int, err error) {
	var app, objects int
	err = s.one(ctx, `SELECT a.application_id, v.user_version, (SELECT count(*) FROM sqlite_schema)
		FROM pragma_application_id a, pragma_user_version v`, nil, &app, &version, &objects)
	switch {
	case err != nil:
		return 0, explain(err)
	case app == 0 && version == 0 && objects == 0:
		return 0, nil
	case app != applicationID:
		return 0, errForeign
	case version > newest:
		return 0, fmt.Errorf("schema %d, known up to %d: %w", version, newest, errNewer)
	}
	return version, nil
}

// migrate brings the schema from version to the end of steps, all or nothing.
func (s *store) migrate(ctx context.Context, version int, steps []string) error {
	if version == len(steps) {
		return nil
	}
	return s.atomically(ctx, func(ctx context.Context) error {
		for _, step := range steps[version:] {
			if err := s.script(ctx, step); err != nil {
				return fmt.Errorf("migrate schema %d: %w", version, err)
			}
		}
		return s.script(ctx, fmt.Sprintf("PRAGMA application_id = %d; PRAGMA user_version = %d",
			applicationID, len(steps)))
	})
}
