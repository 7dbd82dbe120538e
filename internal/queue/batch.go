package queue

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Scope is the task IDs that some batches have named, whichever batch wrote them down.
// The zero value is the whole ledger.
type Scope struct {
	narrow  bool
	batches []string
}

// Only is what the batches of these names have named; without names it is nothing.
func Only(batches ...string) Scope { return Scope{true, batches} }

// Whole reports whether the scope is the whole ledger.
func (s Scope) Whole() bool { return !s.narrow }

// Batches are the names of the batches; none for the whole ledger.
func (s Scope) Batches() []string { return s.batches }

// BatchReader reads the batches of a ledger.
type BatchReader interface {
	// Batches returns them, the oldest first.
	Batches(ctx context.Context) ([]BatchInfo, error)
}

// Batches reads the batches of a ledger, and takes them back.
type Batches interface {
	BatchReader
	// Withdraw takes a batch back, for a reason: what it has named and is pending,
	// waiting or not, is settled as Withdrawn, but for what another batch has named that
	// is not itself withdrawn, and for what is lent. For the passes under way it is
	// settled elsewhere. Again, it settles what has become pending since. The hold of the
	// batch is released. It fails with a *NoBatchError when there is no such batch.
	Withdraw(ctx context.Context, batch, reason string) (Withdrawal, error)
	// Outside counts the pending IDs outside of a scope by the source of the batch that
	// wrote them down, the most first. It fails with a *NoBatchError when the scope
	// names a batch that there is not.
	Outside(ctx context.Context, s Scope) ([]SourceCount, error)
}

// BatchInfo is a batch with what became of its IDs.
type BatchInfo struct {
	Name   string    `json:"name"`
	Source string    `json:"source"`
	Digest string    `json:"digest"` // empty when there is none
	Loaded time.Time `json:"loaded_at"`
	// States counts the IDs that it wrote down and that are remembered.
	States
	// Shared is how many pending IDs it has named that another batch wrote down.
	Shared int64 `json:"shared"`
	// Held says why nothing of it is sent; empty when it is not held.
	Held string `json:"held"`
	// WithdrawnAt is when it was withdrawn, and Why the reason; nil when it is not.
	WithdrawnAt *time.Time `json:"withdrawn_at"`
	Why         string     `json:"why"`
}

// Withdrawal is what became of the pending IDs of a batch that was withdrawn.
type Withdrawal struct {
	// Source is where its IDs came from.
	Source string
	// Withdrawn is how many were settled. Of these, MaybeSent may have been sent before,
	// without an answer that would tell.
	Withdrawn, MaybeSent int64
	// Kept is how many stay pending: another batch has named them, or they are lent.
	Kept int64
}

// SourceCount is how many IDs came from one source.
type SourceCount struct {
	Source string `json:"source"`
	Count  int64  `json:"count"`
	// Held is how many of these the passes under way do not get, because they are held.
	Held int64 `json:"held,omitempty"`
}

// NoBatchError says that the ledger has no batch of a name.
type NoBatchError struct {
	Name string
	// Near are some of the batches that it has, as NoBatch chooses them, and More says that
	// it has others too.
	Near []string
	More bool
}

// mostNear is how many batches a NoBatchError names.
const mostNear = 5

// NoBatch returns the error for a name that is not among those of all batches, the oldest
// first. It names the latest, those first whose names have the wrong name in them.
func NoBatch(name string, all []string) *NoBatchError {
	has := func(batch string) int {
		if strings.Contains(batch, name) {
			return 1
		}
		return 0
	}
	near := slices.Clone(all)
	slices.Reverse(near)
	slices.SortStableFunc(near, func(a, b string) int {
		return has(b) - has(a)
	})
	return &NoBatchError{Name: name, Near: near[:min(len(near), mostNear)], More: len(near) > mostNear}
}

// Error names the batch, and some that there are.
func (e *NoBatchError) Error() string {
	if len(e.Near) == 0 {
		return fmt.Sprintf("the ledger has no batch %q: it has none", e.Name)
	}
	says := fmt.Sprintf("the ledger has no batch %q; it has %s", e.Name, strings.Join(e.Near, ", "))
	if e.More {
		says += ", and more: \"cleaner batches\" lists them"
	}
	return says
}

// BatchNames are the names of batches.
func BatchNames(all []BatchInfo) []string {
	names := make([]string, len(all))
	for i, b := range all {
		names[i] = b.Name
	}
	return names
}
