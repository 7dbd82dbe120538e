package sqlite

import (
	"context"
	"fmt"
)

// wholePages is up to how many pages a file is looked at whole before it is worked on:
// 8 MiB, more than the tasks of a full account need. Of a larger one only the small
// tables are: a pass writes to them at its end, when all has been sent, and would learn
// only then that they are damaged. Damage among the tasks shows when they are taken.
const wholePages = 2048

// smallTables are the tables of a query that do not grow with the tasks.
const smallTables = `SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT IN ('task', 'attempt', 'named', 'asked')`

// sound returns an error when the file is damaged where a pass would notice only
// after requests were sent. One of more than most pages is not looked at whole.
func (s *store) sound(ctx context.Context, most int64) error {
	var pages int64
	if err := s.one(ctx, `PRAGMA page_count`, nil, &pages); err != nil {
		return err
	}
	if pages <= most {
		return s.quickCheck(ctx, "")
	}
	var names []string
	err := s.each(ctx, smallTables, nil, func(scan scan) error {
		var name string
		err := scan(&name)
		names = append(names, name)
		return err
	})
	for _, name := range names {
		if err == nil {
			err = s.quickCheck(ctx, "('"+name+"')")
		}
	}
	return err
}

// quickCheck has SQLite check the file, or only the table that of names.
func (s *store) quickCheck(ctx context.Context, of string) error {
	var found []string
	err := s.each(ctx, `PRAGMA quick_check`+of, nil, func(scan scan) error {
		var text string
		err := scan(&text)
		found = append(found, text)
		return err
	})
	if err == nil && (len(found) != 1 || found[0] != "ok") {
		err = fmt.Errorf("the file is damaged (%.300q): restore a copy of it, or load the IDs into a new ledger", found)
	}
	return err
}
