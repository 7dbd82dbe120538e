package terminal

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"cleaner/internal/queue"
)

// BatchesJSON writes batches as one JSON object a line.
func BatchesJSON(w io.Writer, batches []queue.BatchInfo) error {
	enc := json.NewEncoder(w)
	for _, b := range batches {
		if err := enc.Encode(b); err != nil {
			return err
		}
	}
	return nil
}

// digestShown is how many digits of a digest a table has.
const digestShown = 12

// BatchesTable is batches as a table.
func BatchesTable(batches []queue.BatchInfo) Table {
	t := Table{
		Head: []string{"BATCH", "SOURCE", "SHA-256", "LOADED", "PENDING", "SHARED", "DELETED", "GONE", "PROTECTED", "WITHDRAWN", "DEAD", "STATE"},
		Cut:  []bool{false, true, true, false, false, false, false, false, false, false, false, true},
	}
	for _, b := range batches {
		row := []string{b.Name, b.Source, cmp.Or(b.Digest[:min(len(b.Digest), digestShown)], "-"), b.Loaded.Format(time.RFC3339)}
		for _, n := range []int64{b.Pending, b.Shared, b.Deleted, b.Gone, b.Protected, b.Withdrawn, b.Dead} {
			row = append(row, fmt.Sprint(n))
		}
		t.Rows = append(t.Rows, append(row, batchState(b)))
	}
	return t
}

// batchState says whether a batch is withdrawn or held, and why.
func batchState(b queue.BatchInfo) string {
	switch {
	case b.WithdrawnAt != nil:
		return fmt.Sprintf("withdrawn %s: %s", b.WithdrawnAt.Format(time.RFC3339), b.Why)
	case b.Held != "":
		return "held: " + b.Held
	}
	return "-"
}

// Withdrawn says what became of a batch that was withdrawn.
func Withdrawn(batch string, w queue.Withdrawal) string {
	s := fmt.Sprintf("batch %s (%s): %d task IDs withdrawn", batch, w.Source, w.Withdrawn)
	if w.MaybeSent > 0 {
		s += fmt.Sprintf("; of these %d may have been deleted: they were sent and no answer came", w.MaybeSent)
	}
	if w.Kept > 0 {
		s += fmt.Sprintf("; %d stay pending, as another batch has named them too", w.Kept)
	}
	return s
}
