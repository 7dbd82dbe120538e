package knowledge

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"cleaner/internal/policy"
	"cleaner/internal/queue"
)

// Learned is what passes have learned of one scope.
type Learned struct {
	Scope
	policy.Learned
}

// ReadLearned reads what was learned of every scope; never nil.
func ReadLearned(ctx context.Context, r queue.FactReader) ([]Learned, error) {
	all := []Learned{}
	err := each(ctx, r, queue.LearnedPrefix, func(s Scope, decode func(any) error) error {
		l := Learned{Scope: s}
		err := decode(&l.Learned)
		all = append(all, l)
		return err
	})
	return all, err
}

// KeepLearned has the ledger keep what was learned of s.
func KeepLearned(ctx context.Context, m queue.Memory, s Scope, l policy.Learned) error {
	return keep(ctx, m, queue.LearnedPrefix+s.Key(), l)
}

// RecallLearned returns what was learned of s; zero when that is nothing.
func RecallLearned(ctx context.Context, m queue.Memory, s Scope) (l policy.Learned, err error) {
	err = recall(ctx, m, queue.LearnedPrefix+s.Key(), &l)
	return l, err
}

// Text is what was learned, for people, a line for each thing.
func (l Learned) Text() string {
	var b strings.Builder
	for _, line := range [][2]string{
		{"endpoint", l.Endpoint},
		{"credential", l.Credential},
		{"account", l.Account},
		{"user", l.User},
		{"project", l.Project},
		{"look", l.lookText()},
		{"DELETE", l.deleteText()},
		{"success", l.successText()},
		{"canaries", fmt.Sprint(l.Canaries)},
		{"learned", clock(l.At)},
	} {
		fmt.Fprintf(&b, "%-11s%s\n", line[0], cmp.Or(line[1], "-"))
	}
	return b.String()
}

func (l Learned) lookText() string {
	if !l.KnowsLook() {
		return "not known"
	}
	return l.Look.String() + " for a task that is not there"
}

func (l Learned) deleteText() string {
	switch {
	case l.Idempotent:
		return "like a success for a task that is not there: deleted and gone cannot be told apart by the answer"
	case l.KnowsDelete():
		return l.Delete.String() + " for a task that is not there"
	default:
		return "not known for a task that is not there: looks decide"
	}
}

func (l Learned) successText() string {
	if l.Empty {
		return "may be an empty 2xx"
	}
	return "is never an empty 2xx: a look decides on those"
}
