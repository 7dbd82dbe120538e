package sqlite

import (
	"context"
	"time"
)

// renewal has settled IDs that a load names remembered anew: the time of their state
// becomes now. Nobody tells it from one that was settled now, but for a pass that died:
// what it settled is found by that time, so that the new one lies before all passes that
// have not ended.
type renewal struct {
	*store
	now  int64 // Unix s
	from int64 // those that are remembered since before, or from now on, are renewed
}

// newRenewal is the renewal of those remembered for longer than after.
func newRenewal(ctx context.Context, s *store, after time.Duration) (renewal, error) {
	now := time.Now()
	r := renewal{store: s, now: now.Unix()}
	err := s.one(ctx, `SELECT min(?1, ifnull(min(began_at) - 1, ?1)) FROM pass`, []any{r.now}, &r.now)
	r.from = min(r.now, now.Add(-after).Unix())
	return r, err
}

// What a clock that was ahead dated later than now is renewed too.
const (
	renew      = `UPDATE task SET at = ?1 WHERE ` + isSettled + ` AND (at < ?2 OR at > ?3) AND id `
	renewKeys  = renew + `IN (SELECT substr(?4, 16 * i + 1, 16) FROM nth WHERE i < ?5)`
	renewUpper = renew + `IN (SELECT hex(substr(?4, 16 * i + 1, 16)) FROM nth WHERE i < ?5)`
	renewText  = renew + `= ?4`
)

// keys renews those of n keys, one behind the other in blob, that are settled; with
// upper, also those that are kept in upper case.
func (r renewal) keys(ctx context.Context, blob []byte, n int, upper bool) error {
	statements := []string{renewKeys}
	if upper {
		statements = append(statements, renewUpper)
	}
	for _, statement := range statements {
		if err := r.exec(ctx, statement, r.now, r.from, time.Now().Unix(), blob, n); err != nil {
			return err
		}
	}
	return nil
}

// text renews an ID that is no key.
func (r renewal) text(ctx context.Context, id string) error {
	return r.exec(ctx, renewText, r.now, r.from, time.Now().Unix(), id)
}
