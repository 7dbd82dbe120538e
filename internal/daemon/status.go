package daemon

import "time"

// Status is everything the page shows, and what /status answers.
type Status struct {
	Version string    `json:"version"`
	Started time.Time `json:"started"` // when the process began
	Now     time.Time `json:"now"`     // when this was true
	// Alerts are things that are wrong beside those that the other fields tell, in
	// whole sentences.
	Alerts   []string `json:"alerts,omitempty"`
	Paused   bool     `json:"paused"`   // schedules start nothing
	Draining bool     `json:"draining"` // the process is about to end
	DryRun   bool     `json:"dry_run"`  // passes send nothing
	// MaxRate is the ceiling of the rate, in requests a second, 0 for none; Workers
	// is how many requests may be in flight.
	MaxRate   float64    `json:"max_rate"`
	Workers   int        `json:"workers"`
	Ledger    Ledger     `json:"ledger"`
	Pass      *Pass      `json:"pass"` // nil when none is under way
	Schedules []Schedule `json:"schedules"`
	Passes    []Ended    `json:"passes"` // the latest first; 20 are shown
	Dead      []DeadCode `json:"dead"`
	Outcomes  []Outcome  `json:"outcomes"` // since Started
	History   []Sample   `json:"history"`  // the oldest first
}

// Ledger is the state of the whole ledger. Loaded is the sum of the states;
// Waiting are those of Pending that were tried before.
type Ledger struct {
	Loaded        int64     `json:"loaded"`
	Pending       int64     `json:"pending"`
	Deleted       int64     `json:"deleted"`
	Gone          int64     `json:"gone"`
	Protected     int64     `json:"protected"`
	Dead          int64     `json:"dead"`
	Waiting       int64     `json:"waiting"`
	OldestPending time.Time `json:"oldest_pending,omitzero"`
}

// Pass is the pass under way.
type Pass struct {
	Began     time.Time `json:"began"`
	Schedule  string    `json:"schedule"` // its name; empty when started by hand
	Total     int64     `json:"total"`    // IDs it set out to settle
	Settled   int64     `json:"settled"`
	Requests  int64     `json:"requests"`
	Retries   int64     `json:"retries"`
	Throttled int64     `json:"throttled"`
	Rate      float64   `json:"rate"` // requests a second allowed now
	InFlight  int       `json:"in_flight"`
	Breaker   string    `json:"breaker,omitempty"`  // why the breaker is open, in words
	Throttle  string    `json:"throttle,omitempty"` // why nothing is sent for now, in words: no login, or a pause asked for
	Waits     string    `json:"waits,omitempty"`    // what the IDs that are left wait for, in words
	Stopping  bool      `json:"stopping"`
	// LastSettled is when an ID was settled last; zero when none was.
	LastSettled time.Time `json:"last_settled,omitzero"`
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
	Schedule  string    `json:"schedule"` // empty when started by hand
	Began     time.Time `json:"began"`
	Finished  time.Time `json:"finished"`
	ExitCode  int       `json:"exit_code"` // as of the run command
	StoppedBy string    `json:"stopped_by,omitempty"`
	Reason    string    `json:"reason,omitempty"`
	Loaded    int64     `json:"loaded"`
	Deleted   int64     `json:"deleted"`
	Gone      int64     `json:"gone"`
	Protected int64     `json:"protected"`
	Dead      int64     `json:"dead"`
	Pending   int64     `json:"pending"`
	Requests  int64     `json:"requests"`
	Retries   int64     `json:"retries"`
	Throttled int64     `json:"throttled"`
	Summary   string    `json:"summary"` // the report in one line
}

// DeadCode counts the dead letters with one code. Reason is what one of them says.
type DeadCode struct {
	Code   string    `json:"code"`
	Count  int64     `json:"count"`
	Reason string    `json:"reason,omitempty"`
	LastAt time.Time `json:"last_at,omitzero"`
}

// Outcome counts the IDs that ended in a state with a code; an empty code is none.
type Outcome struct {
	State string `json:"state"`
	Code  string `json:"code"`
	Count int64  `json:"count"`
}
