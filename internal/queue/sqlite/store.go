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

// store is the one connection to the file, with the statements prepared on it.
// It is not safe for concurrent use.
//
// No statement is cut short by a context: SQLite answers an interrupted write
// by taking back the whole transaction, a rehearsal's included. Statements are
// short instead, and contexts are looked at between transactions.
type store struct {
	db       *sql.DB
	conn     *sql.Conn
	prepared map[string]*sql.Stmt
	bracket  bracket
	broken   error // set once a rehearsal has lost its transaction
	batch    span  // the last answer of batchOf
}

// bracket is the pair of statements around what must happen as a whole, and
// the one that takes it back.
type bracket struct{ begin, commit, undo string }

// durable and rehearsed are the two brackets: a transaction, and a savepoint
// in the rehearsal's transaction. BEGIN refuses to nest, so a durable commit
// never happens inside of something that could still be taken back.
var (
	durable   = bracket{"BEGIN IMMEDIATE", "COMMIT", "ROLLBACK"}
	rehearsed = bracket{"SAVEPOINT step", "RELEASE step", "ROLLBACK TO step; RELEASE step"}
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
	return &store{db: db, conn: conn, prepared: map[string]*sql.Stmt{}, bracket: durable}, nil
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
		if err := s.script(ctx, durable.begin); err != nil {
			return err
		}
		s.bracket = rehearsed
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
PRAGMA temp_store = MEMORY;
CREATE TEMP TABLE nth (i INTEGER PRIMARY KEY);
INSERT INTO nth WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 999) SELECT i FROM n;`

// atomically runs do, and keeps what it wrote when it returns nil; otherwise
// nothing of it remains. What is kept is durable unless it is rehearsed.
func (s *store) atomically(ctx context.Context, do func(ctx context.Context) error) error {
	if err := ctx.Err(); err != nil {
		return context.Cause(ctx)
	}
	ctx = context.WithoutCancel(ctx)
	if err := s.exec(ctx, s.bracket.begin); err != nil {
		return err
	}
	err := do(ctx)
	if err == nil {
		err = s.exec(ctx, s.bracket.commit)
	}
	if err != nil {
		// SQLite may have taken everything back already (a full disk); then
		// there is nothing to undo, and that is what the error would say.
		_ = s.script(ctx, s.bracket.undo)
	}
	return err
}

// abandon takes a rehearsal back, unless an error has ended it: what such an
// error leaves is taken back when the connection ends.
func (s *store) abandon(ctx context.Context) error {
	if s.broken != nil {
		return nil
	}
	return s.script(ctx, durable.undo)
}

// script runs statements that are not worth keeping prepared.
func (s *store) script(ctx context.Context, text string) error {
	_, err := s.conn.ExecContext(context.WithoutCancel(ctx), text)
	return s.checked(err)
}

// exec runs one statement.
func (s *store) exec(ctx context.Context, query string, args ...any) error {
	_, err := s.change(ctx, query, args...)
	return err
}

// change runs one statement and returns how many rows it wrote.
func (s *store) change(ctx context.Context, query string, args ...any) (int64, error) {
	stmt, err := s.stmt(ctx, query)
	if err != nil {
		return 0, err
	}
	res, err := stmt.ExecContext(context.WithoutCancel(ctx), args...)
	if err != nil {
		return 0, s.checked(err)
	}
	return res.RowsAffected()
}

// one runs a query for one row and reads it into dest. It returns
// sql.ErrNoRows when there is none.
func (s *store) one(ctx context.Context, query string, args []any, dest ...any) error {
	stmt, err := s.stmt(ctx, query)
	if err != nil {
		return err
	}
	err = stmt.QueryRowContext(context.WithoutCancel(ctx), args...).Scan(dest...)
	if errors.Is(err, sql.ErrNoRows) {
		return err
	}
	return s.checked(err)
}

// scan reads a row's columns.
type scan func(dest ...any) error

// each runs a query and calls read for every row.
func (s *store) each(ctx context.Context, query string, args []any, read func(scan) error) (err error) {
	stmt, err := s.stmt(ctx, query)
	if err != nil {
		return err
	}
	rows, err := stmt.QueryContext(context.WithoutCancel(ctx), args...)
	if err != nil {
		return s.checked(err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		if err := read(rows.Scan); err != nil {
			return err
		}
	}
	return s.checked(rows.Err())
}

// stmt prepares a statement at its first use.
func (s *store) stmt(ctx context.Context, query string) (*sql.Stmt, error) {
	if s.broken != nil {
		return nil, s.broken
	}
	if st, ok := s.prepared[query]; ok {
		return st, nil
	}
	st, err := s.conn.PrepareContext(context.WithoutCancel(ctx), query)
	if err != nil {
		return nil, s.checked(err)
	}
	s.prepared[query] = st
	return st, nil
}

// checked passes err on. After any error of SQLite's a rehearsal is over: its
// transaction may be gone, and the next savepoint would write for good.
func (s *store) checked(err error) error {
	if err != nil && s.bracket == rehearsed && s.broken == nil {
		s.broken = fmt.Errorf("the rehearsal has ended: %w", err)
	}
	return err
}

// close ends the connection; again, it does nothing. SQLite then moves its log
// into the file, unless somebody is still reading.
func (s *store) close() error {
	for _, st := range s.prepared {
		_ = st.Close() // it goes with the connection in any case
	}
	err := s.conn.Close()
	if errors.Is(err, sql.ErrConnDone) {
		err = nil
	}
	return errors.Join(err, s.db.Close())
}

// explain says in our words what SQLite says of a file that it cannot read.
func explain(err error) error {
	var e *driver.Error
	if errors.As(err, &e) && e.Code()&0xff == sqlite3.SQLITE_NOTADB {
		return fmt.Errorf("it is not a ledger; name another file: %w", err)
	}
	return err
}
