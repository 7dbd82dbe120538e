package sqlite

import (
	"context"
	"fmt"
)

// mode is how a ledger is opened. Open chooses it, and nothing else asks which it is.
type mode interface {
	// claim ensures that there is a file to open, whether it exists already or not, and
	// returns its name for SQLite.
	claim(ctx context.Context, f *file, exists bool, command string) (name string, err error)
	// setup is what SQLite executes before anything is written.
	setup() string
	// transaction is what atomically puts around what must happen as a whole.
	transaction() transaction
	// broken returns why nothing can be done any more after an error of SQLite's; nil
	// when work can go on.
	broken(err error) error
	// leave writes down where the lending stopped, or takes everything back.
	leave(ctx context.Context, l *lending) error
}

// mode is the mode that the options ask for.
func (o Options) mode() mode {
	if o.Rehearse {
		return rehearsal{}
	}
	return inEarnest{}
}

// inEarnest keeps what is done.
type inEarnest struct{}

func (inEarnest) claim(ctx context.Context, f *file, _ bool, command string) (string, error) {
	return uri(f.path, "rw"), f.claim(ctx, command)
}

// setup has SQLite keep in memory what it needs to take a statement back: that is
// small, and no directory for temporary files is needed.
func (inEarnest) setup() string { return tuning + "PRAGMA temp_store = MEMORY;" + counting }

// transaction is one. BEGIN refuses to nest, so what is committed is never inside of
// something that could still be taken back.
func (inEarnest) transaction() transaction {
	return transaction{"BEGIN IMMEDIATE", "COMMIT", "ROLLBACK", true}
}

func (inEarnest) broken(error) error { return nil }

func (inEarnest) leave(ctx context.Context, l *lending) error { return l.stop(ctx) }

// rehearsal does everything in one transaction, which is taken back at the end.
type rehearsal struct{}

// claim leaves a file alone that does not exist: the empty name is SQLite's for a
// private file that vanishes when it is closed.
func (rehearsal) claim(ctx context.Context, f *file, exists bool, command string) (string, error) {
	if !exists {
		return "", nil
	}
	return inEarnest{}.claim(ctx, f, exists, command)
}

// setup begins the transaction. What SQLite needs to take back a step of it may be as
// large as the ledger, and is kept in files.
func (rehearsal) setup() string {
	return tuning + "PRAGMA temp_store = FILE;" + counting + inEarnest{}.transaction().begin
}

// transaction is a savepoint in the one transaction.
func (rehearsal) transaction() transaction {
	return transaction{"SAVEPOINT step", "RELEASE step", "ROLLBACK TO step; RELEASE step", false}
}

// broken ends the rehearsal after any error of SQLite's: its transaction may be gone,
// and the next savepoint would write for good.
func (rehearsal) broken(err error) error { return fmt.Errorf("the rehearsal has ended: %w", err) }

// leave takes the rehearsal back, unless an error has ended it: what such an error
// leaves is taken back when the connection ends.
func (rehearsal) leave(ctx context.Context, l *lending) error {
	if l.store.failed == nil {
		return l.store.script(ctx, inEarnest{}.transaction().rollback)
	}
	return nil
}
