package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"

	"cleaner/internal/queue"
	"cleaner/internal/queue/sqlite"
	"cleaner/internal/report"
)

// status is what the status command shows.
type status struct {
	Ledger        report.Ledger  `json:"ledger"`
	Waiting       int64          `json:"waiting"`        // pending ones that were tried before
	OldestPending *time.Time     `json:"oldest_pending"` // null when nothing is pending
	Holder        *sqlite.Holder `json:"holder"`         // the process at work; null when none is
}

func newStatus(a *app) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "status --config F",
		Short: "Show the ledger and who is at work on it, from another shell",
		Args:  cobra.NoArgs,
		RunE: do(func(cmd *cobra.Command, _ []string) error {
			s, err := a.status(cmd)
			if err != nil {
				return err
			}
			if asJSON {
				return json.NewEncoder(a.stdout).Encode(s)
			}
			return a.printStatus(s)
		}),
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON object")
	return a.withConfig(cmd)
}

func (a *app) status(cmd *cobra.Command) (s status, err error) {
	cfg, err := a.localConfig()
	if err != nil {
		return s, err
	}
	c, err := countsOf(cmd, ledgerPath(cfg))
	if err != nil {
		return s, err
	}
	s.Ledger, s.Waiting = report.LedgerOf(c), c.Waiting
	if !c.OldestPending.IsZero() {
		s.OldestPending = &c.OldestPending
	}
	h, held, err := sqlite.HolderOf(ledgerPath(cfg))
	if held {
		s.Holder = &h
	}
	return s, err
}

// countsOf reads the ledger at path; one that was never made is empty.
func countsOf(cmd *cobra.Command, path string) (queue.Counts, error) {
	if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
		return queue.Counts{}, nil
	}
	r, err := sqlite.OpenReader(cmd.Context(), path)
	if err != nil {
		return queue.Counts{}, err
	}
	c, err := r.Counts(cmd.Context())
	return c, errors.Join(err, r.Close())
}

func (a *app) printStatus(s status) error {
	l := s.Ledger
	fmt.Fprintf(a.stdout, "loaded     %d\npending    %d (%d tried before)\ndeleted    %d\ngone       %d\nprotected  %d\ndead       %d\n",
		l.Loaded, l.Pending, s.Waiting, l.Deleted, l.Gone, l.Protected, l.Dead)
	if s.OldestPending != nil {
		fmt.Fprintf(a.stdout, "oldest     loaded %s\n", s.OldestPending.Format(time.RFC3339))
	}
	if s.Holder == nil {
		_, err := fmt.Fprintln(a.stdout, "at work    nobody")
		return err
	}
	_, err := fmt.Fprintf(a.stdout, "at work    pid %d on %s since %s\n", s.Holder.PID, s.Holder.Host, s.Holder.Since.Format(time.RFC3339))
	return err
}
