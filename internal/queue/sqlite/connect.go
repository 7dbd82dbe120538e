package sqlite

import (
	"context"
	"database/sql"
	"errors"
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

// Beside lists the files that SQLite and the lock may make beside the ledger at path.
func Beside(path string) []string {
	return []string{path + "-wal", path + "-shm", path + "-journal", path + lockSuffix}
}

// openStore connects to the file that SQLite knows by name.
//
// From then on SQLite syncs with fdatasync, where the library has it: a commit is on the
// disk as ever, and does not wait for the file's times, which nobody reads.
func openStore(ctx context.Context, name string) (*store, error) {
	_, _ = driver.Fdatasync(true) // it goes on with fsync where there is no other
	db, err := sql.Open("sqlite", name)
	if err != nil {
		return nil, err
	}
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, errors.Join(explain(err), db.Close())
	}
	return &store{db: db, conn: conn, prepared: map[string]*sql.Stmt{}, mode: inEarnest{}}, nil
}

// prepare makes the file ready for work of a mode: identified before anything is
// written, then set up, found sound, and migrated. A transaction that the mode begins covers the
// migration and all that follows. A private file of a rehearsal is empty; any other that
// has no tables is refused.
func (s *store) prepare(ctx context.Context, m mode, private bool) error {
	steps := migrations()
	version, err := s.identify(ctx, len(steps))
	if err == nil && version == 0 && !private {
		err = errBare
	}
	if err != nil {
		return err
	}
	if err := s.script(ctx, m.setup()); err != nil {
		return err
	}
	s.mode = m
	if err := s.sound(ctx, wholePages); err != nil {
		return err
	}
	return s.migrate(ctx, version, steps)
}

// tuning is how the file is kept and used: readers do not disturb the writer
// (WAL), a commit is on the disk when it returns (FULL), and memory is bounded.
const tuning = `
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
PRAGMA journal_size_limit = 8388608;
PRAGMA cache_size = -2048;`

// counting is the table nth, which counts from 0 to 249: loads cut their blobs
// along it. The table back is where withdrawn IDs go from their seq: see revive.
const counting = `
CREATE TEMP TABLE nth (i INTEGER PRIMARY KEY);
INSERT INTO nth WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 249) SELECT i FROM n;
CREATE TEMP TABLE back (place INTEGER PRIMARY KEY, seq INTEGER NOT NULL UNIQUE);`

// explained is an error that says what to do.
type explained struct {
	err error
	do  string
}

func (e *explained) Error() string { return e.err.Error() + ": " + e.do }

// Unwrap returns the error as it was.
func (e *explained) Unwrap() error { return e.err }

// explain says what an error of SQLite's, or of the disk, means for an operator, and what to do.
// One that says so already is returned as it is.
func explain(err error) error {
	const full = "the disk is full: make room and run again, what is settled is safe"
	if _, already := errors.AsType[*explained](err); already {
		return err
	}
	if errors.Is(err, syscall.ENOSPC) { // of the lock's file
		return &explained{err, full}
	}
	e, ok := errors.AsType[*driver.Error](err)
	if !ok {
		return err
	}
	do := map[int]string{
		sqlite3.SQLITE_NOTADB:   "it is not a ledger: name another file",
		sqlite3.SQLITE_FULL:     full,
		sqlite3.SQLITE_IOERR:    "the disk failed, is full or became read-only, or no file may become so large (ulimit -f): see the system's log, then run again, what is settled is safe",
		sqlite3.SQLITE_READONLY: "it cannot be written: check its mode and owner, and that its file system is not read-only",
		sqlite3.SQLITE_CORRUPT:  "the file is damaged: restore a copy of it, or load the IDs into a new ledger",
		sqlite3.SQLITE_CANTOPEN: "it cannot be opened: check its mode, its folder's and the limit of open files (ulimit -n)",
	}[e.Code()&0xff]
	if do == "" {
		return err
	}
	return &explained{err, do}
}
