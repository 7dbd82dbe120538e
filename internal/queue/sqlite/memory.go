package sqlite

import (
	"context"
	"errors"
	"fmt"
	"time"

	"cleaner/internal/queue"
)

// memory implements the part of queue.Memory that writes.
type memory struct{ *file }

// Remember implements queue.Memory.
func (m memory) Remember(ctx context.Context, key string, value []byte) error {
	err := refuseFact(key, value)
	if err == nil {
		err = m.locked(ctx, func() error { return remember(ctx, m.store, key, value, time.Now()) })
	}
	if err != nil {
		return fmt.Errorf("remember %.100q: %w", key, err)
	}
	return nil
}

// refuseFact holds a fact against the bounds of queue.Memory.
func refuseFact(key string, value []byte) error {
	switch {
	case key == "":
		return errors.New("the key is empty")
	case len(key) > queue.MaxKey:
		return fmt.Errorf("the key has %d bytes, more than %d", len(key), queue.MaxKey)
	case len(value) > queue.MaxValue:
		return fmt.Errorf("the value has %d bytes, more than %d", len(value), queue.MaxValue)
	}
	return nil
}

func remember(ctx context.Context, s *store, key string, value []byte, now time.Time) error {
	return s.atomically(ctx, func(ctx context.Context) error {
		if len(value) == 0 {
			return s.exec(ctx, `DELETE FROM fact WHERE key = ?`, key)
		}
		return s.exec(ctx, `INSERT OR REPLACE INTO fact (key, value, at) VALUES (?, ?, ?)`, key, value, now.UnixMilli())
	})
}
