package knowledge

import (
	"context"
	"fmt"
	"maps"
	"time"

	"cleaner/internal/policy"
	"cleaner/internal/queue"
)

// Pace is what passes have learned of the limit of one scope.
type Pace struct {
	Scope
	Operation string `json:"operation"`
	policy.PaceLearned
}

// operations names the lanes for people.
var operations = [policy.Lanes]string{policy.LaneDelete: "delete", policy.LaneLook: "look", policy.LaneStop: "stop"}

// keptPace is what was learned as the ledger keeps it, by its scope: by operation.
type keptPace map[string]policy.PaceLearned

// forgetOld forgets what is too old at now to be believed.
func (k keptPace) forgetOld(now time.Time) {
	maps.DeleteFunc(k, func(_ string, l policy.PaceLearned) bool { return l.Old(now) })
}

// KeepPace has the ledger keep what was learned of the limits of s. What is not learned
// anew stays, until it is too old to be believed.
func KeepPace(ctx context.Context, m queue.Memory, s Scope, learned map[policy.Lane]policy.PaceLearned) error {
	if len(learned) == 0 || s == (Scope{}) {
		return nil
	}
	kept := keptPace{}
	if err := recall(ctx, m, queue.PacePrefix+s.Key(), &kept); err != nil {
		return err
	}
	for lane, l := range learned {
		l.At = l.At.Round(0).UTC()
		kept[operations[lane]] = l
	}
	kept.forgetOld(time.Now())
	return keep(ctx, m, queue.PacePrefix+s.Key(), kept)
}

// RecallPace returns what was learned of the limits of s and is not too old; empty when that
// is nothing.
func RecallPace(ctx context.Context, m queue.FactReader, s Scope) (map[policy.Lane]policy.PaceLearned, error) {
	kept := keptPace{}
	if s == (Scope{}) {
		return nil, nil
	}
	err := recall(ctx, m, queue.PacePrefix+s.Key(), &kept)
	kept.forgetOld(time.Now())
	learned := map[policy.Lane]policy.PaceLearned{}
	for lane, name := range operations {
		if l, ok := kept[name]; ok {
			learned[policy.Lane(lane)] = l
		}
	}
	return learned, err
}

// readPaces reads what was learned of the limits of every scope and is not too old; never nil.
func readPaces(ctx context.Context, r queue.FactReader) ([]Pace, error) {
	all := []Pace{}
	err := each(ctx, r, queue.PacePrefix, func(s Scope, decode func(any) error) error {
		kept := keptPace{}
		err := decode(&kept)
		kept.forgetOld(time.Now())
		for _, name := range operations {
			if l, ok := kept[name]; ok {
				all = append(all, Pace{s, name, l})
			}
		}
		return err
	})
	return all, err
}

// Words says what was learned, and how long ago.
func (p Pace) Words(now time.Time) string {
	return fmt.Sprintf("of %s, %s: %s; %s", p.Endpoint, p.Operation, p.PaceLearned, p.Age(now))
}
