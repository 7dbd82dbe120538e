// Package status is what the ledger of a configuration says, and the serve at work on it,
// read from another shell: as lines for people, or as JSON.
package status

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"time"

	"cleaner/internal/assemble"
	"cleaner/internal/config"
	"cleaner/internal/knowledge"
	"cleaner/internal/ledger"
	"cleaner/internal/queue"
	"cleaner/internal/report"
)

// Status is what the status command shows.
type Status struct {
	LedgerExists  bool          `json:"ledger_exists"` // false for one that was never made, or is elsewhere
	Ledger        report.Ledger `json:"ledger"`
	Waiting       int64         `json:"waiting"`        // pending ones that were tried before
	OldestPending *time.Time    `json:"oldest_pending"` // null when nothing is pending
	Holder        *queue.Holder `json:"holder"`         // the process at work; null when none is
	Pass          *Pass         `json:"pass"`           // the pass under way, or cut short by a death; null when none is
	Serve         *Serve        `json:"serve"`          // null when none answers at listen.socket
	// Takes is how long what is pending takes, in words; empty when nothing is.
	Takes string `json:"takes"`
	knowledge.All

	asked
}

// asked is whom a status is from.
type asked struct {
	path       string // of the ledger
	unanswered string // where no serve has answered, and why; empty when nobody was to be asked
}

// Pass is what the ledger says about a pass.
type Pass struct {
	Began time.Time `json:"began"`
	Note  string    `json:"note"` // what holds it up; empty when nothing does
}

// Of reads the ledger of a configuration, and asks the serve of it.
func Of(ctx context.Context, cfg *config.Config) (s Status, err error) {
	at := assemble.Ledger(cfg)
	if s.path, err = filepath.Abs(at.Path()); err != nil {
		return s, err
	}
	if err := s.read(ctx, at, cfg); err != nil {
		return s, err
	}
	if s.Serve, err = askServe(ctx, cfg); err != nil {
		s.unanswered = fmt.Sprintf("%s: %v", cfg.Listen.Socket, err)
	}
	held, err := at.Holder()
	if held != nil {
		s.Holder = &held.Holder
	}
	return s, err
}

// read reads the ledger; one that is not there is empty, and said not to be there.
func (s *Status) read(ctx context.Context, at ledger.Location, cfg *config.Config) (err error) {
	return at.Look(ctx, func(r queue.Reader) error {
		s.LedgerExists = true
		c, err := r.Counts(ctx)
		if err != nil {
			return err
		}
		s.Ledger, s.Waiting = report.LedgerOf(c), c.Waiting
		if !c.OldestPending.IsZero() {
			s.OldestPending = &c.OldestPending
		}
		if s.Takes, err = takes(ctx, r, cfg, c.Pending-c.Held); err != nil {
			return err
		}
		passes, err := r.Unfinished(ctx)
		if err != nil {
			return err
		}
		if len(passes) > 0 {
			latest := passes[len(passes)-1]
			s.Pass = &Pass{Began: latest.Began, Note: latest.Note}
		}
		s.All, err = knowledge.Read(ctx, r)
		return err
	})
}

// takes says how long n IDs take, by the limit that r keeps; nothing when this user cannot read
// who signs in, and so not whose limit it is.
func takes(ctx context.Context, r queue.FactReader, cfg *config.Config, n int64) (string, error) {
	spec, err := assemble.Spec(cfg)
	if err != nil {
		return "", nil //nolint:nilerr // the rest is shown
	}
	known, err := spec.Limits.Known(ctx, r, spec.Scope)
	return known.Estimate(n, spec.Limits.Workers).String(), err
}

// Print writes s in lines.
func (s *Status) Print(w io.Writer) error {
	if !s.LedgerExists {
		fmt.Fprintf(w, "no ledger at %s yet\n", s.path)
	}
	l := s.Ledger
	fmt.Fprintf(w, "loaded     %d\npending    %d (waiting %d: tried before)\ndeleted    %d\ngone       %d\nprotected  %d\nwithdrawn  %d\ndead       %d\n",
		l.Loaded, l.Pending, s.Waiting, l.Deleted, l.Gone, l.Protected, l.Withdrawn, l.Dead)
	if s.OldestPending != nil {
		fmt.Fprintf(w, "oldest     loaded %s\n", s.OldestPending.Format(time.RFC3339))
	}
	if h := s.Holder; h == nil {
		fmt.Fprintln(w, "at work    nobody")
	} else {
		fmt.Fprintf(w, "at work    pid %d on %s since %s\n", h.PID, h.Host, h.Since.Format(time.RFC3339))
	}
	_, err := io.WriteString(w, s.takesLine()+s.passLine()+verifiedLine(s.Verification)+s.Lines()+s.serveLine())
	return err
}

// takesLine returns the line about how long what is pending takes; empty when nothing is.
func (s *Status) takesLine() string {
	if s.Takes == "" {
		return ""
	}
	return "takes      " + s.Takes + "\n"
}

// passLine returns the line about the pass; empty when there is none.
func (s *Status) passLine() string {
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

// verifiedLine returns the line about the effect of the deletions; empty when v is nil.
func verifiedLine(v *knowledge.Verified) string {
	if v == nil {
		return ""
	}
	return fmt.Sprintf("deletions  %s (pass of %s)\n", v.Effect(), Clock(v.Began))
}

// Serve is what a running serve says of its schedules.
type Serve struct {
	Paused   bool       `json:"paused"`    // schedules start nothing
	Draining bool       `json:"draining"`  // it is about to end
	NextPass *time.Time `json:"next_pass"` // null when none is planned
}

// askServe asks the serve behind the control socket. There is nothing to tell
// without a socket; an error says why nobody has answered there.
func askServe(ctx context.Context, cfg *config.Config) (*Serve, error) {
	if cfg.Listen.Socket == "" {
		return nil, nil
	}
	said, err := assemble.ServeOf(cfg).Status(ctx)
	if err != nil {
		return nil, err
	}
	s := &Serve{Paused: said.Paused, Draining: said.Draining}
	if next, ok := said.Next(); ok {
		s.NextPass = &next.NextUTC
	}
	return s, nil
}

// serveLine returns the line about serve; empty when none can be asked.
func (s *Status) serveLine() string {
	switch serve := s.Serve; {
	case s.unanswered != "":
		return "serve      none answers at " + s.unanswered + "\n"
	case serve == nil:
		return ""
	case serve.Draining:
		return "serve      about to end\n"
	case serve.Paused:
		return "serve      paused: schedules start nothing until the pause is over\n"
	case serve.NextPass == nil:
		return "serve      running, no pass is planned\n"
	default:
		return "serve      running, the next pass is planned for " + Clock(*serve.NextPass) + "\n"
	}
}

// Clock writes a moment for people in every time zone.
func Clock(t time.Time) string { return t.UTC().Format(time.RFC3339) }
