// Package sqlite keeps the ledger in one SQLite file that one process owns.
//
// What has been written survives the process at once, and the machine too:
// every transaction is synced before it counts. What is lent lives in memory,
// so that lending costs no write per task ID; a process that dies gives back
// all it had been lent, and what it may have sent is marked as such.
//
// From the bottom up: schema.go says what the file holds, states.go names the states of an
// ID, and ids.go and time.go say how IDs and times are stored; connect.go and store.go
// open the file and run its statements, and rehearse.go makes them keep nothing;
// inspect.go and sound.go refuse a file that is no ledger or is damaged, create.go makes a
// new one, lock.go keeps other processes out, identity.go notices when another file has
// taken the place of the ledger or of the lock, and filesystem.go knows on which file
// systems no ledger can lie. file.go is all that as one. lending.go, held.go and
// checkpoint.go are the memory of what is lent and what is held back.
//
// On these stand the parts of the contract: load.go with chunk.go, spill.go, merge.go,
// renew.go and seal.go; batches.go; take.go with within.go, lendable.go, alone.go and
// clock.go; sample.go; settle.go with plan.go and move.go; hold.go; asked.go; memory.go;
// history.go; dead.go; pending.go and settled.go, which list IDs; forget.go with room.go;
// and pass.go, which counts what each pass settles. view.go reads, for the ledger and for
// reader.go, which lets other processes look. check.go audits all of it.
package sqlite

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"cleaner/internal/queue"
)

// Options are the choices there are in opening a ledger. The zero value opens
// it for work.
type Options struct {
	// Rehearse makes everything happen in one transaction that Close takes
	// back: all methods work as ever, and the ledger stays as it was. It holds
	// the lock all the same. A ledger that does not exist is rehearsed in a
	// private file, and none is left behind. A long rehearsal writes into the
	// directory for temporary files (TMPDIR), which ordinary work does not need.
	Rehearse bool
	// Command names what the process does with the ledger ("run"), for those
	// who find it locked. It must not hold a secret.
	Command string
	// Random returns a number from 0 to n-1, by which Sample chooses; nil takes
	// math/rand/v2. It is called by one goroutine at a time.
	Random func(n int64) int64
	// Removing is told again and again how many of all IDs that an unfinished load has
	// written are removed, if they are many; nil tells nobody. It must not use the ledger.
	Removing func(removed, all int64)
}

// Ledger is a queue.Ledger in one SQLite file. Open makes one; its methods may
// be called from many goroutines at once. Each piece of the contract is a part that it
// embeds; the parts share the file and what is known of the lending.
type Ledger struct {
	*file
	*lending
	view
	loader
	letters
	taker
	journal
	auditor
	memory
	holding
	archive
}

var _ queue.Ledger = (*Ledger)(nil)

// Open opens the ledger at path and takes its lock, creating the file (mode
// 0600) and its directory (0700) when there is none. An older ledger is
// brought to today's schema; what an interrupted load left is removed.
//
// It fails with a *queue.LockedError when another process holds the ledger. It
// refuses a newer ledger, a file that is not a ledger, also an empty one, one on the file system of
// another machine, and one with two names, by a symbolic or a hard link, which would
// give it two locks. When the file or its lock gets lost while the ledger is open, it
// lends nothing more.
func Open(ctx context.Context, path string, o Options) (*Ledger, error) {
	if o.Random == nil {
		o.Random = rand.Int64N
	}
	f := &file{path: path, removing: o.Removing}
	if err := f.open(ctx, o); err != nil {
		return nil, errors.Join(fmt.Errorf("open ledger %s: %w", path, err), f.shut())
	}
	l := newLedger(f, o)
	if err := l.resume(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("open ledger %s: %w", path, err), f.shut())
	}
	return l, nil
}

// newLedger puts the parts of a ledger together.
func newLedger(f *file, o Options) *Ledger {
	lent := &lending{file: f, leases: newLeases(time.Now()), holds: holds{skipped: never}, within: map[queue.PassID]*reach{}}
	t := &tasks{store: f.store}
	lends := &lender{lending: lent, tasks: t, sampler: sampler{lending: lent, tasks: t, random: o.Random}}
	return &Ledger{
		file: f, lending: lent,
		view: view{func(ctx context.Context, do func(*store) error) error {
			return f.locked(ctx, func() error { return do(f.store) })
		}},
		loader:  loader{lending: lent, loading: make(chan struct{}, 1), most: mostChunk},
		letters: letters{lent},
		taker:   taker{lends},
		journal: journal{lends},
		auditor: auditor{lent},
		memory:  memory{f},
		holding: holding{lends},
		archive: archive{f},
	}
}

// resume takes up the lending where the last process stopped, and removes what an
// interrupted load left.
func (l *Ledger) resume(ctx context.Context) error {
	if err := l.lending.resume(ctx); err != nil {
		return err
	}
	h := l.holding
	for _, step := range []func(context.Context) error{
		l.recallAsked, l.sweep, l.accuse, h.recallHolds, h.settleDoubt, h.recallSuspects,
	} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}

// Close gives back all leases and the lock. IDs still lent are taken to have
// been sent: their next delivery says Lost. A rehearsal is taken back. A
// second Close does nothing.
func (l *Ledger) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return nil
	}
	l.closed = true
	if err := errors.Join(l.store.mode.leave(context.Background(), l.lending), l.shut()); err != nil {
		return fmt.Errorf("close ledger %s: %w", l.path, err)
	}
	return nil
}
