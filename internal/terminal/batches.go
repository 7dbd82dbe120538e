package terminal

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"text/tabwriter"
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

// Batches writes batches as a table.
func Batches(out io.Writer, batches []queue.BatchInfo) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "BATCH\tSOURCE\tSHA-256\tLOADED\tPENDING\tSHARED\tDELETED\tGONE\tPROTECTED\tWITHDRAWN\tDEAD\tSTATE")
	for _, b := range batches {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%s\n", b.Name, b.Source,
			cmp.Or(b.Digest[:min(len(b.Digest), digestShown)], "-"), b.Loaded.Format(time.RFC3339),
			b.Pending, b.Shared, b.Deleted, b.Gone, b.Protected, b.Withdrawn, b.Dead, batchState(b))
	}
	return w.Flush()
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
func Withdrawn(out io.Writer, batch string, w queue.Withdrawal) error {
	s := fmt.Sprintf("batch %s (%s): %d task IDs withdrawn", batch, w.Source, w.Withdrawn)
	if w.MaybeSent > 0 {
		s += fmt.Sprintf("; of these %d may have been deleted: they were sent and no answer came", w.MaybeSent)
	}
	if w.Kept > 0 {
		s += fmt.Sprintf("; %d stay pending, as another batch has named them too", w.Kept)
	}
	_, err := fmt.Fprintln(out, s)
	return err
}
