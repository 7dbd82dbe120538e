package terminal

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"cleaner/internal/admin"
	"cleaner/internal/pass"
	"cleaner/internal/queue"
)

// Target is where what a person agrees to takes effect.
type Target struct {
	admin.Target
	Ledger string // its path
}

// facts are the rows about the target.
func (t Target) facts() []Fact {
	return []Fact{
		{"region", t.Region},
		{"endpoint", t.Endpoint},
		{"account", t.Account},
		{"user", t.User},
		{"project", t.Project},
		{"signs in by", t.Credential},
		{"ledger", t.Ledger},
	}
}

// OfPass is the question before a pass.
func OfPass(t Target, p *pass.Forecast) *Question {
	facts := append(t.facts(),
		Fact{"from the inputs", fmt.Sprintf("%d new, %d duplicates, %d rejected", p.New, p.Duplicates, p.Rejected)},
		Fact{"carried over", carriedOver(p)},
		Fact{"protected", fmt.Sprint(p.Protected)},
		Fact{"to delete", fmt.Sprint(p.WouldDelete)},
		Fact{"takes", p.Takes.String()},
	)
	if p.StoppedBy != "" {
		facts = append(facts, Fact{"note", "the pass would be stopped by " + p.StoppedBy + ": " + cmp.Or(p.Reason, "see the log")})
	}
	return &Question{
		Action: fmt.Sprintf("%d tasks will be deleted for good; no deletion can be undone", p.WouldDelete),
		Facts:  facts,
	}
}

// carriedOver says what is pending from earlier loads, and whether the pass works on it.
func carriedOver(p *pass.Forecast) string {
	says := fmt.Sprintf("%d pending from earlier loads", p.Carried)
	if c := p.Report.Carried; c != nil && c.Confined && c.Earlier > 0 {
		says += fmt.Sprintf(", of which this pass leaves %d alone", c.Earlier)
	}
	return says
}

// follows says what comes of a change of dead letters.
var follows = map[string]string{
	"requeued": "; the next pass deletes their tasks for good",
	"dropped":  "; the ledger forgets them, and an input may bring them again",
}

// OfLetters is the question before n dead letters are changed; done is how: requeued or
// dropped.
func OfLetters(t Target, n int64, done string) *Question {
	return &Question{Action: fmt.Sprintf("%d dead letters will be %s%s", n, done, follows[done]), Facts: t.facts()}
}

// OfWithdrawal is the question before a batch is withdrawn, which is to be among all.
func OfWithdrawal(t Target, batch string, all []queue.BatchInfo) (*Question, error) {
	i := slices.IndexFunc(all, func(b queue.BatchInfo) bool { return b.Name == batch })
	if i < 0 {
		return nil, queue.NoBatch(batch, queue.BatchNames(all))
	}
	b := all[i]
	return &Question{
		Action: fmt.Sprintf("Batch %s will be withdrawn: no pass deletes what is pending of it", batch),
		Facts: append(t.facts(),
			Fact{"from", b.Source},
			Fact{"loaded", b.Loaded.UTC().Format(time.RFC3339)},
			Fact{"pending", fmt.Sprintf("%d that it wrote down, and %d that it shares with other batches", b.Pending, b.Shared)},
			Fact{"settled", fmt.Sprintf("%d deleted, %d gone, %d protected", b.Deleted, b.Gone, b.Protected)},
			Fact{"dead", fmt.Sprintf("%d, which stay dead letters: dead requeue would make them pending again, dead drop forgets them", b.Dead)},
			Fact{"held", b.Held},
		),
	}, nil
}

// OfRelease asks whether holds are to be released. A hold of the whole ledger keeps all that
// the others keep.
func OfRelease(t Target, holds []queue.Hold) *Question {
	facts, pending, whole := t.facts(), int64(0), int64(0)
	for _, h := range holds {
		what := "the whole ledger"
		if h.Batch != "" {
			what = "batch " + h.Batch
		} else {
			whole = h.Pending
		}
		facts = append(facts, Fact{"held", fmt.Sprintf("%s, %d pending, since %s: %s", what, h.Pending, h.At.UTC().Format(time.RFC3339), h.Why)})
		if h.Batch != "" {
			pending += h.Pending
		}
	}
	return &Question{
		Action: fmt.Sprintf("What is held will be released: the next pass sends of its %d pending task IDs what no other hold keeps", max(pending, whole)),
		Facts:  facts,
	}
}
