package main

import (
	"context"
	"errors"
	"syscall"
	"time"
)

// clockJumps moves all times in the ledger by an hour between two processes,
// which is what the ledger sees of a clock that was set by an hour the other
// way. Half of the IDs have been settled then and some wait for another try.
//
// After a jump forward everything goes on. So it does after a jump back, when what
// waits was sent in the future as far as anybody can tell: it waits as long as it
// was to wait, and not an hour longer. Nothing is lost or sent again.
func clockJumps(ctx context.Context, l *lab) (tally, error) {
	return l.repeat(ctx, l.size(1, 20), setup{faults: []string{"busy-400:0.2:2"}, backoff: "initial: 200ms, max: 200ms"},
		func(ctx context.Context, t *trial) error {
			if err := t.untilSomeWait(ctx, true); err != nil {
				return err
			}
			if err := t.shiftClock(ctx, time.Hour); err != nil {
				return err
			}
			if err := t.untilSomeWait(ctx, false); err != nil {
				return err
			}
			if err := t.shiftClock(ctx, -time.Hour); err != nil {
				return err
			}
			if err := t.someWaitAnHour(ctx); err != nil {
				return err
			}
			return t.finish(ctx)
		})
}

// untilSomeWait runs a pass and stops it by a signal when it has sent a third of
// the IDs' number; some of them wait then.
func (t *trial) untilSomeWait(ctx context.Context, load bool) error {
	enough := t.sim.Truth().Deletes + int64(len(t.ids)/3)
	c, err := t.start(ctx, nil, t.passArgs(load)...)
	if err != nil {
		return err
	}
	if err := t.awaitDeletes(c, enough); err != nil {
		return err
	}
	if err := c.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	end, err := c.end()
	if err != nil {
		return err
	}
	if end.code != exitSignal {
		t.violate("exit code %d after a signal, want %d: %s", end.code, exitSignal, end.stderr)
	}
	t.kills++
	return t.look(ctx)
}

// shiftClock makes every time in the ledger earlier by d, as if the clock had
// jumped forward by d.
func (t *trial) shiftClock(ctx context.Context, d time.Duration) (err error) {
	db, err := openDB(t.ledgerPath())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	ms := d.Milliseconds()
	for _, q := range []string{
		`UPDATE attempt SET due = due - ?1, since = since - ?1, first_at = first_at - ?1, last_at = last_at - ?1`,
		`UPDATE task SET at = at - ?1 / 1000`,
		`UPDATE batch SET loaded_at = loaded_at - ?1`,
		`UPDATE pass SET began_at = began_at - ?1 / 1000`,
	} {
		if _, err := db.ExecContext(ctx, q, ms); err != nil {
			return err
		}
	}
	return nil
}

// someWaitAnHour wants an ID to wait until the hour is over, by the ledger's times.
func (t *trial) someWaitAnHour(ctx context.Context) (err error) {
	db, err := openDB(t.ledgerPath())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	var waiting int
	soon := time.Now().Add(time.Minute).UnixMilli()
	err = db.QueryRowContext(ctx, `SELECT count(*) FROM attempt WHERE due > ?`, soon).Scan(&waiting)
	if err == nil && waiting == 0 {
		err = errors.New("no ID waited when the clock jumped: the trial shows nothing")
	}
	return err
}
