package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"syscall"

	driver "modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// uri names the file at path to SQLite, to be opened in mode "rw" or "ro". Its lock,
// which others hold while they open or close it, is waited for. The dot keeps names
// like ":memory:" from meaning something else.
func uri(path, mode string) string {
	if !filepath.IsAbs(path) {
		path = "./" + path
	}
	return "file:" + (&url.URL{Path: path}).EscapedPath() + "?mode=" + mode + "&_pragma=busy_timeout(5000)"
}

// openStore connects to the file that SQLite knows by name.
func openStore(ctx context.Context, name string) (*store, error) {
	db, err := sql.Open("sqlite", name)
	if err != nil {
		return nil, err
	}
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, errors.Join(explain(err), db.Close())
	}
	return &store{db: db, conn: conn, prepared: map[string]*sql.Stmt{}, bracket: durable()}, nil
}

// prepare makes the file ready for work: identified before anything is written,
// then tuned, then migrated. A rehearsal's transaction begins before the
// migration and covers all that follows.
func (s *store) prepare(ctx context.Context, rehearse bool) error {
	steps := migrations()
	version, err := s.identify(ctx, len(steps))
	if err != nil {
		return err
	}
	setup := tuning + tempInMemory + counting
	if rehearse {
		setup = tuning + tempInFiles + counting + durable().begin
	}
	if err := s.script(ctx, setup); err != nil {
		return err
	}
	if rehearse {
		s.bracket = rehearsed()
	}
	return s.migrate(ctx, version, steps)
}

// tuning is how the file is kept and used: readers do not disturb the writer
// (WAL), a commit is on the disk when it returns (FULL), and memory is bounded.
const tuning = `
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
PRAGMA journal_size_limit = 8388608;
PRAGMA cache_size = -6144;`

// What SQLite needs to take a statement back is small and kept in memory, so
// that no directory for temporary files is needed; what it needs to take back a
// step of a rehearsal may be as large as the ledger.
const (
	tempInMemory = `PRAGMA temp_store = MEMORY;`
	tempInFiles  = `PRAGMA temp_store = FILE;`
)

// counting is the table nth, which counts from 0 to 249: loads cut their blobs
// along it.
const counting = `
CREATE TEMP TABLE nth (i INTEGER PRIMARY KEY);
INSERT INTO nth WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 249) SELECT i FROM n;`

// explain says what an error of SQLite's, or of the disk, means for an operator, and what to do.
func explain(err error) error {
	const full = "the disk is full: make room and run again, what is settled is safe"
	if errors.Is(err, syscall.ENOSPC) { // of the lock's file
		return fmt.Errorf("%w: %s", err, full)
	}
	var e *driver.Error
	if !errors.As(err, &e) {
		return err
	}
	do := map[int]string{
		sqlite3.SQLITE_NOTADB:   "it is not a ledger: name another file",
		sqlite3.SQLITE_FULL:     full,
		sqlite3.SQLITE_IOERR:    "the disk failed, is full or became read-only: see the system's log, then run again, what is settled is safe",
		sqlite3.SQLITE_READONLY: "it cannot be written: check its mode and owner, and that its file system is not read-only",
		sqlite3.SQLITE_CORRUPT:  "the file is damaged: restore a copy of it, or load the IDs into a new ledger",
		sqlite3.SQLITE_CANTOPEN: "it cannot be opened: check its mode, its folder's and the limit of open files (ulimit -n)",
	}[e.Code()&0xff]
	if do == "" {
		return err
	}
	return fmt.Errorf("%w: %s", err, do)
}
