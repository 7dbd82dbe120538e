package terminal

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"cleaner/internal/queue"
)

// Order is the order in which dead letters are listed.
type Order string

// orders compare two letters; the ledger yields them the oldest first.
var orders = map[Order]func(a, b queue.DeadLetter) int{
	"newest":   func(a, b queue.DeadLetter) int { return b.LastAt.Compare(a.LastAt) },
	"code":     func(a, b queue.DeadLetter) int { return strings.Compare(a.Code, b.Code) },
	"batch":    func(a, b queue.DeadLetter) int { return strings.Compare(a.Batch, b.Batch) },
	"attempts": func(a, b queue.DeadLetter) int { return cmp.Compare(b.Attempts, a.Attempts) },
	"id":       func(a, b queue.DeadLetter) int { return strings.Compare(a.ID, b.ID) },
}

// oldest is the order of the ledger.
const oldest = "oldest"

// Orders are the orders that there are.
func Orders() []string {
	all := []string{oldest}
	for o := range orders {
		all = append(all, string(o))
	}
	slices.Sort(all[1:])
	return all
}

// Set takes over what a flag was given.
func (o *Order) Set(text string) error {
	if !slices.Contains(Orders(), text) {
		return fmt.Errorf("must be one of %s, got %q", strings.Join(Orders(), ", "), text)
	}
	*o = Order(text)
	return nil
}

// String is the order.
func (o *Order) String() string { return string(*o) }

// Type is what help calls it.
func (o *Order) Type() string { return "order" }

// Listing says which dead letters are listed, and how.
type Listing struct {
	Filter queue.Filter
	By     Order // empty is the oldest first
	Most   int   // 0 lists all
}

// Letters are the dead letters of the listing.
func (l Listing) Letters(ctx context.Context, r queue.LetterReader) (all []queue.DeadLetter, err error) {
	sorts := orders[l.By]
	for d, err := range r.Dead(ctx, l.Filter) {
		if err != nil {
			return nil, err
		}
		all = append(all, d)
		if sorts == nil && l.Most > 0 && len(all) == l.Most {
			return all, nil
		}
	}
	if sorts != nil {
		slices.SortStableFunc(all, sorts)
	}
	if l.Most > 0 {
		all = all[:min(l.Most, len(all))]
	}
	return all, nil
}

// LettersJSON writes dead letters as one JSON object a line.
func LettersJSON(w io.Writer, all []queue.DeadLetter) error {
	enc := json.NewEncoder(w)
	for _, d := range all {
		if err := enc.Encode(d); err != nil {
			return err
		}
	}
	return nil
}

// LettersTable is dead letters as a table.
func LettersTable(all []queue.DeadLetter) Table {
	t := Table{
		Head: []string{"ID", "CODE", "STATUS", "ATTEMPTS", "LAST", "BATCH", "REASON"},
		Cut:  []bool{false, false, false, false, false, true, true},
	}
	for _, d := range all {
		t.Rows = append(t.Rows, []string{
			d.ID, d.Code, fmt.Sprint(d.Status), fmt.Sprint(d.Attempts), d.LastAt.Format(time.RFC3339), d.Batch, d.Reason,
		})
	}
	return t
}

// Letter writes all that is known of one dead letter, a line each.
func Letter(w io.Writer, d queue.DeadLetter) error {
	first := "never"
	if !d.FirstAt.IsZero() {
		first = d.FirstAt.Format(time.RFC3339)
	}
	_, err := fmt.Fprintf(w, "id          %s\nbatch       %s\ncode        %s\nstatus      %d\nreason      %s\nattempts    %d\nfirst sent  %s\ndied        %s\nrequest ID  %s\n",
		d.ID, d.Batch, cmp.Or(d.Code, "-"), d.Status, d.Reason, d.Attempts, first, d.LastAt.Format(time.RFC3339), cmp.Or(d.RequestID, "-"))
	return err
}
