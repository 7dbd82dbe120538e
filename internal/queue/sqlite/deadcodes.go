package sqlite

import (
	"context"
	"fmt"
	"time"
)

// DeadCode counts the dead letters that have one code.
type DeadCode struct {
	Code  string
	Count int64
	// Reason is that of the youngest of them, which died at LastAt.
	Reason string
	LastAt time.Time
}

// mostDeadCodes bounds how many codes DeadCodes returns.
const mostDeadCodes = 50

// DeadCodes counts the dead letters by their codes, the most frequent first; what
// comes after the fiftieth is left out.
func (r *Reader) DeadCodes(ctx context.Context) (codes []DeadCode, err error) {
	// With max, SQLite takes the other columns from the row that has the maximum.
	const query = `SELECT code, count(*), max(last_at), reason FROM attempt WHERE due IS NULL
		GROUP BY code ORDER BY 2 DESC, 1 LIMIT ?`
	r.mu.Lock()
	defer r.mu.Unlock()
	err = r.store.each(ctx, query, []any{mostDeadCodes}, func(scan scan) error {
		var c DeadCode
		var at int64
		err := scan(&c.Code, &c.Count, &at, &c.Reason)
		c.LastAt = fromMillis(at)
		codes = append(codes, c)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("count dead letters by code: %w", err)
	}
	return codes, nil
}
