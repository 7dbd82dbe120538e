package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"

	driver "modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// uri names the file at path to SQLite, to be opened in mode "rw" or "ro". The
// dot keeps names like ":memory:" from meaning something else.
func uri(path, mode string) string {
	if !filepath.IsAbs(path) {
		path = "./" + path
	}
	return "file:" + (&url.URL{Path: path}).EscapedPath() + "?mode=" + mode
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
	if err := s.script(ctx, tuning); err != nil {
		return err
	}
	if rehearse {
		if err := s.script(ctx, durable().begin); err != nil {
			return err
		}
		s.bracket = rehearsed()
	}
	return s.migrate(ctx, version, steps)
}

// tuning is how the file is kept and used: readers do not disturb the writer
// (WAL), a commit is on the disk when it returns (FULL), and memory is bounded.
// The table nth counts to 1,000 in memory; loads cut their blobs along it.
const tuning = `
PRAGMA busy_timeout = 5000;
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
PRAGMA journal_size_limit = 8388608;
PRAGMA cache_size = -6144;
PRAGMA temp_store = FILE;
CREATE TEMP TABLE nth (i INTEGER PRIMARY KEY);
INSERT INTO nth WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 999) SELECT i FROM n;`

// explain says in our words what SQLite says of a file that it cannot read.
func explain(err error) error {
	var e *driver.Error
	if errors.As(err, &e) && e.Code()&0xff == sqlite3.SQLITE_NOTADB {
		return fmt.Errorf("it is not a ledger; name another file: %w", err)
	}
	return err
}
