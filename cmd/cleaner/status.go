package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"cleaner/internal/queue/sqlite"
	"cleaner/internal/report"
)

// status is what the status command shows.
type status struct {
	LedgerExists  bool           `json:"ledger_exists"` // false for one that was never made, or is elsewhere
	Ledger        report.Ledger  `json:"ledger"`
	Waiting       int64          `json:"waiting"`        // pending ones that were tried before
	OldestPending *time.Time     `json:"oldest_pending"` // null when nothing is pending
	Holder        *sqlite.Holder `json:"holder"`         // the process at work; null when none is
	Pass          *passStatus    `json:"pass"`           // the pass under way, or cut short by a death; null when none is
	Serve         *serveStatus   `json:"serve"`          // null when none answers at listen.socket

	path       string // of the ledger
	unanswered string // where no serve has answered, and why; empty when nobody was to be asked
}

// passStatus is what the ledger tells of a pass.
type passStatus struct {
	Began time.Time `json:"began"`
	Note  string    `json:"note"` // what holds it up; empty when nothing does
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
	if s.path, err = filepath.Abs(ledgerPath(cfg)); err != nil {
		return s, err
	}
	if err := s.read(cmd.Context()); err != nil {
		return s, err
	}
	if s.Serve, err = askServe(cmd.Context(), cfg.Listen); err != nil {
		s.unanswered = fmt.Sprintf("%s: %v", cfg.Listen.Socket, err)
	}
	h, held, err := sqlite.HolderOf(s.path)
	if held {
		s.Holder = &h
	}
	return s, err
}

// read reads the ledger; one that is not there is empty, and said not to be there.
func (s *status) read(ctx context.Context) (err error) {
	if _, err := os.Stat(s.path); errors.Is(err, os.ErrNotExist) {
		return nil
	}
	s.LedgerExists = true
	r, err := sqlite.OpenReader(ctx, s.path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	c, err := r.Counts(ctx)
	if err != nil {
		return err
	}
	s.Ledger, s.Waiting = report.LedgerOf(c), c.Waiting
	if !c.OldestPending.IsZero() {
		s.OldestPending = &c.OldestPending
	}
	p, ok, err := r.Pass(ctx)
	if ok {
		s.Pass = &passStatus{Began: p.Began, Note: p.Note}
	}
	return err
}

func (a *app) printStatus(s status) error {
	if !s.LedgerExists {
		fmt.Fprintf(a.stdout, "no ledger at %s yet\n", s.path)
	}
	l := s.Ledger
	fmt.Fprintf(a.stdout, "loaded     %d\npending    %d (waiting %d: tried before)\ndeleted    %d\ngone       %d\nprotected  %d\ndead       %d\n",
		l.Loaded, l.Pending, s.Waiting, l.Deleted, l.Gone, l.Protected, l.Dead)
	if s.OldestPending != nil {
		fmt.Fprintf(a.stdout, "oldest     loaded %s\n", s.OldestPending.Format(time.RFC3339))
	}
	if h := s.Holder; h == nil {
		fmt.Fprintln(a.stdout, "at work    nobody")
	} else {
		fmt.Fprintf(a.stdout, "at work    pid %d on %s since %s\n", h.PID, h.Host, h.Since.Format(time.RFC3339))
	}
	_, err := io.WriteString(a.stdout, s.passLine()+s.serveLine())
	return err
}

// passLine tells of the pass; it is empty when there is none.
func (s *status) passLine() string {
	if s.Pass == nil {
		return ""
	}
	line := "pass       began " + s.Pass.Began.Format(time.RFC3339)
	if s.Holder == nil {
		line += ", and did not end in order; the next run goes on"
	}
	if s.Pass.Note != "" {
		line += "; " + s.Pass.Note
	}
	return line + "\n"
}
