package sqlite

import (
	"context"
	"database/sql"
	"errors"
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
	mode     mode
	failed   error // once set, the answer to everything
	asked    bool  // there may be rows in asked
}

// transaction is the pair of statements around what must happen as a whole, and
// the one that takes it back.
type transaction struct {
	begin, commit, rollback string
	kept                    bool // what it commits is in the file
}

// atomically runs do, and keeps what it wrote when it returns nil; otherwise
// nothing of it remains. What is kept is durable if the mode keeps anything.
func (s *store) atomically(ctx context.Context, do func(ctx context.Context) error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	ctx = context.WithoutCancel(ctx)
	around := s.mode.transaction()
	if err := s.exec(ctx, around.begin); err != nil {
		return err
	}
	err := do(ctx)
	if err == nil {
		err = s.exec(ctx, around.commit)
	}
	if err != nil {
		// SQLite may have taken everything back already (a full disk); then
		// there is nothing to undo, and that is what the error would say.
		_ = s.script(ctx, around.rollback)
	}
	return err
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
	if s.failed != nil {
		return nil, s.failed
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

// checked passes err on, and asks the mode whether work can go on after it.
func (s *store) checked(err error) error {
	if err != nil && s.failed == nil {
		s.failed = s.mode.broken(err)
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
