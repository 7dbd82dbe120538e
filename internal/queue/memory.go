package queue

import (
	"context"
	"time"
)

// Memory keeps small values beside the task IDs, durably, from pass to pass. Its
// keys are ours: a word for the kind of value, a slash, and what it is about. In a
// rehearsal nothing is kept.
type Memory interface {
	FactReader
	// Remember keeps value under key, in place of an older one; an empty value
	// removes the key. A key longer than MaxKey bytes, an empty key and a value
	// longer than MaxValue bytes are refused.
	Remember(ctx context.Context, key string, value []byte) error
}

// FactReader reads the values that Memory keeps.
type FactReader interface {
	// Recall returns what is kept under key; nil when there is nothing.
	Recall(ctx context.Context, key string) ([]byte, error)
	// Facts returns all that is kept under keys with the prefix, in their order.
	Facts(ctx context.Context, prefix string) ([]Fact, error)
}

// The kinds of values that are kept; a key begins with one of them.
const (
	LearnedPrefix = "learned/" // what an endpoint answers for a task that is not there
	WaitPrefix    = "wait/"    // a wait that the service asked for and that outlasts the pass
	PacePrefix    = "pace/"    // how many requests an endpoint lets through
	PostedPrefix  = "posted/"  // what became of a list that was sent with a key
)

// The bounds of Memory, in bytes.
const (
	MaxKey   = 1 << 10
	MaxValue = 64 << 10
)

// Fact is one value with its key.
type Fact struct {
	Key   string
	Value []byte
	At    time.Time // when it was written, by the clock of its process
}
