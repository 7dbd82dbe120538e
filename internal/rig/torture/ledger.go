package main

import (
	"context"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"

	_ "modernc.org/sqlite" // the driver
)

// state is where an ID stands, in the words of the results file.
type state string

// states are the ledger's numbers for them; see the sqlite package's schema. An
// ID that waits for its next attempt has a number of its own and is pending.
func stateOf(n int) state {
	names := []state{"pending", "deleted", "gone", "protected", "dead", "pending", "withdrawn", "withdrawn"}
	if n < 0 || n >= len(names) {
		return state(fmt.Sprintf("state %d", n))
	}
	return names[n]
}

// settled reports whether an ID has its end; one that is not there has none.
func (s state) settled() bool { return s != "pending" && s != "" }

// entry is one ID in the ledger. Attempts are known of those that wait or are
// dead; others have no history.
type entry struct {
	state    state
	attempts int
	poison   bool // a dead letter because the process died twice at it
}

// ledger is every ID of the ledger; nil when there is none yet. One ID has one
// row, by the table's own constraint.
type ledger map[string]entry

// readLedger reads the ledger at path, which no process may be writing. It reads
// a copy: to open the file itself would change what the next process finds.
func readLedger(ctx context.Context, path string) (l ledger, err error) {
	dir, err := os.MkdirTemp("", "cleaner-torture-copy-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	there := filepath.Join(dir, "copy.db")
	if err := copyFile(there, path); err != nil {
		if errors.Is(err, os.ErrNotExist) {
			err = nil
		}
		return nil, err
	}
	if err := copyFile(there+"-wal", path+"-wal"); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	return queryLedger(ctx, there)
}

func queryLedger(ctx context.Context, path string) (l ledger, err error) {
	db, err := openDB(path)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	var tables int
	err = db.QueryRowContext(ctx, `SELECT count(*) FROM sqlite_schema WHERE name IN ('task', 'attempt', 'mark')`).Scan(&tables)
	if err != nil || tables == 0 { // the first process has not got so far
		return nil, err
	}
	rows, err := db.QueryContext(ctx, `SELECT id, state, coalesce(attempts, 0), coalesce(code, '') = 'poison' FROM task LEFT JOIN attempt USING (seq)
		WHERE seq <= (SELECT high FROM mark)`) // above it stands what an unfinished load left
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	l = ledger{}
	for rows.Next() {
		var id any
		var n int
		var e entry
		if err := rows.Scan(&id, &n, &e.attempts, &e.poison); err != nil {
			return nil, err
		}
		e.state = stateOf(n)
		l[idOf(id)] = e
	}
	return l, rows.Err()
}

// idOf is an ID as it was loaded: the ledger packs 32 hexadecimal digits.
func idOf(stored any) string {
	if b, ok := stored.([]byte); ok {
		return hex.EncodeToString(b)
	}
	return fmt.Sprint(stored)
}

// openDB opens the SQLite file at path, which must exist, for reading and
// writing.
func openDB(path string) (*sql.DB, error) {
	db, err := sql.Open("sqlite", "file:"+(&url.URL{Path: path}).EscapedPath()+"?mode=rw")
	if err == nil {
		db.SetMaxOpenConns(1)
	}
	return db, err
}

// copyFile copies from to to, which is made anew.
func copyFile(to, from string) (err error) {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}
