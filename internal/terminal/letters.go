package terminal

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"cleaner/internal/queue"
)

// LettersJSON writes the dead letters that f chooses as one JSON object a line.
func LettersJSON(ctx context.Context, w io.Writer, r queue.LetterReader, f queue.Filter) error {
	enc := json.NewEncoder(w)
	for d, err := range r.Dead(ctx, f) {
		if err != nil {
			return err
		}
		if err := enc.Encode(d); err != nil {
			return err
		}
	}
	return nil
}

// Letters writes the dead letters that f chooses as a table.
func Letters(ctx context.Context, out io.Writer, r queue.LetterReader, f queue.Filter) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "ID\tCODE\tSTATUS\tATTEMPTS\tLAST\tBATCH\tREASON")
	for d, err := range r.Dead(ctx, f) {
		if err != nil {
			return err
		}
		fmt.Fprintf(w, "%s\t%s\t%d\t%d\t%s\t%s\t%s\n", d.ID, d.Code, d.Status, d.Attempts, d.LastAt.Format(time.RFC3339), d.Batch, d.Reason)
	}
	return w.Flush()
}
