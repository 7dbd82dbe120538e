-- A ledger of schema 6, as cleaner wrote it.
BEGIN TRANSACTION;
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
, behind INTEGER NOT NULL DEFAULT 0, since  INTEGER NOT NULL DEFAULT 0) STRICT;
INSERT INTO "attempt" VALUES(2,NULL,5,1796009226280,1796009226280,0,'CC.1',400,'given up','r-1',0,1796009226280);
INSERT INTO "attempt" VALUES(3,1796009226280,1,1796009226280,1796009226280,0,'',0,'','',0,1796009226280);
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
, withdrawn    INTEGER NOT NULL DEFAULT 0, digest       TEXT    NOT NULL DEFAULT '', withdrawn_at INTEGER, why          TEXT    NOT NULL DEFAULT '') STRICT;
INSERT INTO "batch" VALUES(1,4,'a','',1796009226262,4,0,2,1,1,0,0,1,0,'',NULL,'');
INSERT INTO "batch" VALUES(5,5,'b','',1796009226289,1,0,1,0,0,0,0,0,0,'',NULL,'');
CREATE TABLE fact (
	key   TEXT    PRIMARY KEY,
	value BLOB    NOT NULL,
	at    INTEGER NOT NULL -- Unix ms
) STRICT;
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
CREATE TABLE mark (
	one  INTEGER PRIMARY KEY CHECK (one = 1),
	low  INTEGER NOT NULL, -- no fresh task stands at or below
	high INTEGER NOT NULL, -- the last place of the last whole load
	lent INTEGER NOT NULL  -- fresh tasks up to here may have been sent
, alone   INTEGER NOT NULL DEFAULT 0, accused INTEGER NOT NULL DEFAULT 0, deaths  INTEGER NOT NULL DEFAULT 0, ended   INTEGER NOT NULL DEFAULT 1) STRICT;
INSERT INTO "mark" VALUES(1,3,5,0,0,0,0,1);
CREATE TABLE named (
	batch INTEGER NOT NULL, -- batch.first
	seq   INTEGER NOT NULL, -- of a task in the range of another batch
	PRIMARY KEY (batch, seq)
) STRICT, WITHOUT ROWID;
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
INSERT INTO "pass" VALUES(1,1796009226,'','',4,1,0,0,1,0,0,1);
CREATE TABLE task (
	seq   INTEGER PRIMARY KEY,
	id    ANY     NOT NULL UNIQUE, -- 32 hex digits as 16 bytes, others as text
	state INTEGER NOT NULL,        -- queue.State, or 5: pending, with a row in attempt
	at    INTEGER NOT NULL         -- Unix s: in this state since
) STRICT;
INSERT INTO "task" VALUES(1,X'00000000000000000000000000000001',1,1796009226);
INSERT INTO "task" VALUES(2,X'00000000000000000000000000000002',4,1796009226);
INSERT INTO "task" VALUES(3,'x',5,1796009226);
INSERT INTO "task" VALUES(4,'zz',0,1796009226);
INSERT INTO "task" VALUES(5,'y',0,1796009226);
CREATE INDEX attempt_dead ON attempt (last_at, seq) WHERE due IS NULL;
CREATE INDEX attempt_wait ON attempt (behind, due, seq) WHERE due IS NOT NULL;
CREATE INDEX named_seq ON named (seq);
CREATE INDEX hold_kept ON hold (first) WHERE kept = 1;
COMMIT;
PRAGMA application_id = 1668050546; PRAGMA user_version = 6;
