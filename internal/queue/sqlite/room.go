package sqlite

import (
	"context"
	"fmt"
)

// What is free of the file goes back to the disk when it is at least leastRoom pages and
// more than half of the file: less is soon used again. It goes roomStep pages at a time.
// A ledger that older versions made is written anew for that, once, when it has
// no more than mostAnew pages in use, as SQLite holds them in memory.
const (
	leastRoom = 256
	roomStep  = 1024
	mostAnew  = 2048
)

// room is how many pages the file has, and how many of them are free.
type room struct {
	pages, free int64
	// gives says that free pages can go back.
	gives bool
}

// ample reports whether it is worth to give room back.
func (r room) ample() bool { return r.free >= leastRoom && r.free > r.pages/2 }

// giveRoom gives the room of what was forgotten back to the disk. The file shrinks when
// SQLite has moved its log into it, at the latest when the ledger is closed. A rehearsal
// gives nothing back.
func (a auditor) giveRoom(ctx context.Context) error {
	for more := true; more; {
		err := a.locked(ctx, func() (err error) {
			more = false
			if a.store.mode.transaction().kept {
				more, err = roomTable{a.store}.shrink(ctx)
			}
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// roomTable is the pages of the file.
type roomTable struct{ *store }

// shrink gives back some room, and reports whether there may be more.
func (s roomTable) shrink(ctx context.Context) (more bool, err error) {
	before, err := s.room(ctx)
	switch {
	case err != nil || !before.ample():
		return false, err
	case before.gives:
		if err := s.script(ctx, fmt.Sprintf("PRAGMA incremental_vacuum(%d)", roomStep)); err != nil {
			return false, err
		}
		after, err := s.room(ctx)
		return after.free < before.free, err
	case before.pages-before.free <= mostAnew:
		// Should that fail, for want of room say, then the ledger is as it was.
		_ = s.script(ctx, "PRAGMA auto_vacuum = INCREMENTAL; VACUUM")
	}
	return false, nil
}

// room looks how much there is.
func (s roomTable) room(ctx context.Context) (r room, err error) {
	const query = `SELECT p.page_count, f.freelist_count, v.auto_vacuum > 0
		FROM pragma_page_count p, pragma_freelist_count f, pragma_auto_vacuum v`
	err = s.one(ctx, query, nil, &r.pages, &r.free, &r.gives)
	return r, err
}
