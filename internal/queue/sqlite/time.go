package sqlite

import (
	"database/sql"
	"time"
)

// millis is t in Unix milliseconds, the ledger's unit, rounded up so that
// nothing is due early.
func millis(t time.Time) int64 { return t.Add(time.Millisecond - 1).UnixMilli() }

// fromMillis is the time that millis made ms of.
func fromMillis(ms int64) time.Time { return time.UnixMilli(ms).UTC() }

// nullMillis is millis, but null for the zero time.
func nullMillis(t time.Time) sql.NullInt64 {
	return sql.NullInt64{Int64: millis(t), Valid: !t.IsZero()}
}

// fromNullMillis is the time that nullMillis made ms of.
func fromNullMillis(ms sql.NullInt64) time.Time {
	if !ms.Valid {
		return time.Time{}
	}
	return fromMillis(ms.Int64)
}
