package admin

import (
	"strings"
	"time"

	"cleaner/internal/queue"
	"cleaner/internal/report"
	"cleaner/internal/schedule"
)

// Status is what the page shows and /status returns.
type Status struct {
	Version string    `json:"version"`
	Started time.Time `json:"started"` // when the process began
	Now     time.Time `json:"now"`     // when this was true
	// Alerts are problems that no other field shows, in whole sentences.
	Alerts []string `json:"alerts,omitempty"`
	Paused bool     `json:"paused"` // schedules start nothing
	// Pause says who has paused, why and until when; nil when the ledger keeps no pause.
	Pause *Pause `json:"pause,omitempty"`
	// Holds are those in force.
	Holds    []Hold `json:"holds,omitempty"`
	Draining bool   `json:"draining"` // the process is about to end
	DryRun   bool   `json:"dry_run"`  // always false: no pass of serve is a dry run
	Target   Target `json:"target"`
	// Host is the machine, and LedgerPath the file of the ledger there.
	Host       string `json:"host"`
	LedgerPath string `json:"ledger_path"`
	Safety     Safety `json:"safety"`
	// MaxRate is the highest rate, in requests a second, 0 for no limit; Workers is how
	// many requests may be in flight.
	MaxRate   float64    `json:"max_rate"`
	Workers   int        `json:"workers"`
	Ledger    Ledger     `json:"ledger"`
	Pass      *Pass      `json:"pass"` // nil when none is under way
	Schedules []Schedule `json:"schedules"`
	Passes    []Ended    `json:"passes"` // the latest first; 20 are shown
	// Learned is how endpoints answer for tasks that do not exist, and HeldBack why no
	// pass may send anything yet, in sentences.
	Learned  []Learned  `json:"learned,omitempty"`
	HeldBack []string   `json:"held_back,omitempty"`
	Intake   []Intake   `json:"intake,omitempty"`
	Dead     []DeadCode `json:"dead"`
	Outcomes []Outcome  `json:"outcomes"` // since Started
	// History is how the pass under way has gone, or the last one; the oldest first.
	History []report.Sample `json:"history"`
}

// Safety is what keeps passes from deleting what they should not.
type Safety struct {
	// Cap is the most task IDs that a pass may set out to delete; 0 is no cap.
	Cap int64 `json:"refuse_above"`
	// FailedShare and NotFoundShare are the shares of IDs that may fail, and not be there.
	FailedShare   float64 `json:"failed_share"`
	NotFoundShare float64 `json:"not_found_share"`
	// ProtectFile is the protect list; empty is none. ProtectRules says what it has, or why
	// it cannot be read.
	ProtectFile  string `json:"protect_file,omitempty"`
	ProtectRules string `json:"protect_rules,omitempty"`
}

// Target is where passes delete, and who signs in there. What the kind of credential does
// not tell is empty.
type Target struct {
	Region     string `json:"region"`
	Endpoint   string `json:"endpoint"`
	Credential string `json:"credential"` // its kind, as in the section auth
	Account    string `json:"account"`
	User       string `json:"user"`
	Project    string `json:"project"`
}

// String is the target in one line.
func (t Target) String() string {
	parts := []string{t.Endpoint}
	for _, part := range [][2]string{{"region", t.Region}, {"account", t.Account}, {"user", t.User}, {"project", t.Project}} {
		if part[1] != "" {
			parts = append(parts, part[0]+" "+part[1])
		}
	}
	return strings.Join(parts, ", ")
}

// Hold is what is held, with what it means in a sentence.
type Hold struct {
	queue.Hold
	Words string `json:"words"`
}

// Ledger counts all task IDs of the ledger.
type Ledger struct {
	report.Ledger
	Waiting       int64     `json:"waiting"` // pending IDs that were tried before
	OldestPending time.Time `json:"oldest_pending,omitzero"`
}

// Pass is the pass under way.
type Pass struct {
	Began    time.Time `json:"began"`
	Schedule string    `json:"schedule"` // its name; empty when started by hand
	Total    int64     `json:"total"`    // IDs it set out to settle
	Settled  int64     `json:"settled"`
	report.Traffic
	// Verification is nil before anything is known.
	Verification *report.Verification `json:"verification,omitempty"`
	Rate         float64              `json:"rate"`            // requests a second allowed now
	Achieved     float64              `json:"achieved"`        // requests a second in the last ten seconds that were not refused
	Limit        string               `json:"limit,omitempty"` // what was learned of the service's limit, in words
	LoginEnds    time.Time            `json:"login_ends,omitzero"`
	Bound        string               `json:"bound,omitempty"` // what bounds the rate, in words
	Left         time.Duration        `json:"left,omitzero"`   // how long the rest takes, in nanoseconds
	InFlight     int                  `json:"in_flight"`
	Breaker      string               `json:"breaker,omitempty"`  // why the breaker is open, in words
	Throttle     string               `json:"throttle,omitempty"` // why nothing is sent for now, in words: no login, or a pause that the service asked for
	Waits        string               `json:"waits,omitempty"`    // what the IDs that are left, or all, wait for, in words
	Stopping     bool                 `json:"stopping"`           // it takes no more IDs, and lets requests under way finish
	// LastSettled is when an ID was settled last; zero when none was.
	LastSettled time.Time `json:"last_settled,omitzero"`
}

// Next returns the schedule that is due first, and false when none will be due.
func (s Status) Next() (Schedule, bool) {
	return schedule.Soonest(s.Schedules, func(c Schedule) time.Time { return c.NextUTC })
}

// Schedule is one schedule and its next run, in UTC and in its own time zone.
// Both are zero when it will not run again.
type Schedule struct {
	Name      string    `json:"name"`
	Spec      string    `json:"spec"` // as configured
	NextUTC   time.Time `json:"next_utc,omitzero"`
	NextLocal time.Time `json:"next_local,omitzero"`
}

// Ended is a pass that is over. Its numbers are those of its report.
type Ended struct {
	ID        int64     `json:"id,omitempty"`      // in the ledger's history; 0 when it is not there
	Schedule  string    `json:"schedule"`          // empty when started by hand
	Trigger   string    `json:"trigger,omitempty"` // who has asked for it, in words
	Began     time.Time `json:"began"`
	Finished  time.Time `json:"finished"`
	ExitCode  int       `json:"exit_code"` // as of the run command
	StoppedBy string    `json:"stopped_by,omitempty"`
	Reason    string    `json:"reason,omitempty"`
	Loaded    int64     `json:"loaded"`
	queue.States
	report.Traffic
	// Verification is nil when nothing was to be deleted.
	Verification *report.Verification `json:"verification,omitempty"`
	Summary      string               `json:"summary"` // the report in one line
}

// Learned is how an endpoint answers for tasks that are not there, in words.
type Learned struct {
	Endpoint string    `json:"endpoint"`
	Words    string    `json:"words"`
	At       time.Time `json:"at"` // when it was learned
}

// DeadCode counts the dead letters with one code. Reason is what one of them says.
type DeadCode struct {
	Code   string    `json:"code"`
	Count  int64     `json:"count"`
	Reason string    `json:"reason,omitempty"`
	LastAt time.Time `json:"last_at,omitzero"`
}

// Outcome counts the IDs that ended in a state with a code; the code may be empty.
type Outcome struct {
	State string `json:"state"`
	Code  string `json:"code"`
	Count int64  `json:"count"`
}
