package posted

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"cleaner/internal/queue"
)

// How many keys the ledger keeps, the latest, and for how long.
const (
	mostKeys = 1000
	KeysLast = 7 * 24 * time.Hour
)

// ErrOtherList says that a key came with another list before.
var ErrOtherList = errors.New("this Idempotency-Key came with another list before, or under another name or column: " +
	"nothing was loaded; give each list a key of its own")

// note is what the ledger keeps of a key.
type note struct {
	Content    string `json:"content"`
	Batch      string `json:"batch"`
	New        int64  `json:"new"`
	Duplicates int64  `json:"duplicates"`
	Rejected   int64  `json:"rejected"`
	Done       bool   `json:"done"` // the list is loaded
	Unsaid     bool   `json:"unsaid,omitempty"`
}

// receipt is what the note says of a list; nothing for no note.
func (n *note) receipt() Receipt {
	if n == nil {
		return Receipt{}
	}
	return Receipt{Batch: n.Batch, New: n.New, Duplicates: n.Duplicates, Rejected: n.Rejected, Unsaid: n.Unsaid}
}

// factOf is what the ledger keeps a key by. A key may be a secret of who sends it.
func factOf(key string) string {
	sum := sha256.Sum256([]byte(key))
	return queue.PostedPrefix + hex.EncodeToString(sum[:])
}

// Recall returns the receipt of a list that was loaded under its key; nil when there is
// none. It fails with ErrOtherList when the key is that of another list.
func Recall(ctx context.Context, r queue.FactReader, l List) (*Receipt, error) {
	if l.Key == "" {
		return nil, nil
	}
	n, err := recall(ctx, r, l)
	if err != nil || n == nil || !n.Done {
		return nil, err
	}
	got := n.receipt()
	return &got, nil
}

func recall(ctx context.Context, r queue.FactReader, l List) (*note, error) {
	text, err := r.Recall(ctx, factOf(l.Key))
	if err != nil || text == nil {
		return nil, err
	}
	n := new(note)
	if err := json.Unmarshal(text, n); err != nil {
		return nil, fmt.Errorf("read what the ledger keeps of an Idempotency-Key: %w", err)
	}
	if n.Content != l.content() {
		return nil, ErrOtherList
	}
	return n, nil
}

// keep has the ledger keep what has become of a list.
func keep(ctx context.Context, m queue.Memory, l List, r Receipt, done bool) error {
	text, err := json.Marshal(note{l.content(), r.Batch, r.New, r.Duplicates, r.Rejected, done, r.Unsaid})
	if err != nil {
		return err
	}
	return m.Remember(context.WithoutCancel(ctx), factOf(l.Key), text)
}

// prune has the ledger forget keys that are old, or too many.
func prune(ctx context.Context, m queue.Memory, now time.Time) error {
	ctx = context.WithoutCancel(ctx)
	facts, err := m.Facts(ctx, queue.PostedPrefix)
	if err != nil {
		return err
	}
	for _, key := range tooMany(facts, now) {
		if err := m.Remember(ctx, key, nil); err != nil {
			return err
		}
	}
	return nil
}

// tooMany returns the keys of facts that are old, or more than the latest.
func tooMany(facts []queue.Fact, now time.Time) (keys []string) {
	slices.SortFunc(facts, func(a, b queue.Fact) int { return cmp.Or(b.At.Compare(a.At), cmp.Compare(a.Key, b.Key)) })
	for n, f := range facts {
		if n >= mostKeys || now.Sub(f.At) > KeysLast {
			keys = append(keys, f.Key)
		}
	}
	return keys
}
