-- A ledger of schema 3 whose process died while it worked.
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
INSERT INTO mark VALUES (1, 0, 0, 0);
ALTER TABLE mark ADD COLUMN alone   INTEGER NOT NULL DEFAULT 0; -- 0: none
ALTER TABLE mark ADD COLUMN accused INTEGER NOT NULL DEFAULT 0; -- 0: none
ALTER TABLE mark ADD COLUMN deaths  INTEGER NOT NULL DEFAULT 0; -- of the accused
ALTER TABLE mark ADD COLUMN ended   INTEGER NOT NULL DEFAULT 1; -- 1: closed in order
CREATE TABLE pass (
	one      INTEGER PRIMARY KEY CHECK (one = 1),
	began_at INTEGER NOT NULL, -- Unix s
	results  TEXT    NOT NULL, -- the file that is told what is settled; empty: none
	note     TEXT    NOT NULL  -- what holds it up; empty: nothing
) STRICT;
ALTER TABLE attempt ADD COLUMN behind INTEGER NOT NULL DEFAULT 0; -- 1: lent when no fresh task is left
ALTER TABLE attempt ADD COLUMN since  INTEGER NOT NULL DEFAULT 0; -- Unix ms: when due was decided
UPDATE attempt SET since = last_at WHERE due IS NOT NULL;
DROP INDEX attempt_due;
CREATE INDEX attempt_wait ON attempt (behind, due, seq) WHERE due IS NOT NULL;
CREATE TABLE fact (
	key   TEXT    PRIMARY KEY,
	value BLOB    NOT NULL,
	at    INTEGER NOT NULL -- Unix ms
) STRICT;INSERT INTO batch VALUES (1, 6, 'monday', 'tasks.txt', 1700000000000, 6, 0, 4, 2, 1, 0, 0, 1);
INSERT INTO task VALUES
	(1, 'deleted',  1, 1700000001),
	(2, 'waits',    5, 1700000002),
	(3, 'was lent', 5, 1700000003),
	(4, 'dead',     4, 1700000004),
	(5, 'suspect',  0, 1700000000),
	(6, x'0f0e0d0c0b0a09080706050403020100', 0, 1700000000);
INSERT INTO attempt VALUES
	(2, 1700000300000, 1, 1700000002000, 1700000002000, 0, 'CC.00050006', 400, 'busy', 'r2', 1, 1700000002000),
	(3, 1700000200000, 2, 1700000001000, 1700000003000, 2, 'CC.00050006', 400, 'busy', 'r3', 0, 1700000003000),
	(4, NULL,          1, 1700000004000, 1700000004000, 0, 'CC.00050010', 403, 'no permission', 'r4', 0, 1700000004000);
INSERT INTO fact VALUES ('learned/x', x'31', 1700000001000);
UPDATE mark SET low = 1, high = 6, lent = 5, ended = 0;
INSERT INTO pass VALUES (1, 1700000000, '/results.jsonl', 'waits');
PRAGMA application_id = 0x636c6e72;
PRAGMA user_version = 3;
