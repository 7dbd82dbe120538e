package sqlite

import (
	"context"
	"errors"
	"fmt"
	"io"

	"cleaner/internal/outfile"
)

// This file makes new ledgers. One is whole before it has its name: a crash while it is
// made leaves no file at the ledger's place, so one that is empty there, or has no tables,
// has lost what it knew, and is refused.

// create makes a ledger without IDs at path, where none was, and whose lock this process
// has. What came to path meanwhile is not replaced; then the error wraps fs.ErrExist.
// Where the file system cannot rename without replacing, a crash may leave the file with a
// second name; the ledger is refused then, and the error says how to find that name.
func create(ctx context.Context, path string) error {
	image, err := blank(ctx)
	if err != nil {
		return err
	}
	return outfile.Create(path, func(w io.Writer) error {
		_, err := w.Write(image)
		return err
	})
}

// shrinking lets a new file shrink: see giveRoom. It must come before the tables.
const shrinking = `PRAGMA auto_vacuum = INCREMENTAL;`

// blank is the content of the file of a ledger without IDs. It is made in memory, so that
// SQLite makes no files beside one that has not its name yet.
func blank(ctx context.Context) (image []byte, err error) {
	s, err := openStore(ctx, ":memory:")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	if err := s.script(ctx, shrinking); err != nil {
		return nil, err
	}
	if err := s.migrate(ctx, 0, migrations()); err != nil {
		return nil, err
	}
	err = s.conn.Raw(func(conn any) error {
		c, ok := conn.(interface{ Serialize() ([]byte, error) })
		if !ok {
			return errors.New("SQLite gives no copy of what is in memory")
		}
		image, err = c.Serialize()
		return err
	})
	if err == nil && len(image) < 100 {
		err = fmt.Errorf("SQLite gives %d bytes for an empty ledger", len(image))
	}
	if err != nil {
		return nil, err
	}
	// The versions of the format for writing and reading: 2 is a file with a write-ahead
	// log, which one in memory cannot have (https://sqlite.org/fileformat.html).
	image[18], image[19] = 2, 2
	return image, nil
}
