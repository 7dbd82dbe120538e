// Package exitcode is the table of the exit codes. Help, manual page, status page and
// metrics read it, and a test holds the documentation to it. Which code an error has
// is decided in cmd/cleaner alone.
package exitcode

// The exit codes. They are an interface: scripts and alerts depend on them.
const (
	OK          = iota // everything settled well, or nothing to do
	Internal           // a fault of cleaner's or of its machine
	Usage              // usage, configuration or input
	DeadLetters        // finished, with dead letters
	Limit              // a cap, the time box or the pace left work pending
	Belt               // a safety belt stopped the pass
	Credentials        // credentials, permission, region or endpoint
	Locked             // another process holds the queue
	Signal             // stopped by a signal or an operator
	codes
)

// Severity says how much an end asks of people.
type Severity string

// The severities, as the status page colours them.
const (
	Good Severity = "ok"
	Note Severity = "note" // nothing to do, but good to know
	Warn Severity = "warn" // to be looked at
	Bad  Severity = "bad"  // to be mended
)

// Row is one exit code.
type Row struct {
	Code int
	// Name is one word for labels; it never changes.
	Name string
	// Meaning is what it says, for people.
	Meaning  string
	Severity Severity
}

// table has one row for each code, in order.
var table = [codes]Row{
	{OK, "success", "everything settled well, or nothing to do", Good},
	{Internal, "internal", "a fault of cleaner's or of its machine", Bad},
	{Usage, "usage", "usage, configuration or input", Bad},
	{DeadLetters, "dead_letters", "finished, with dead letters", Warn},
	{Limit, "limit", "a cap, the time box or the service's own pace left work pending", Note},
	{Belt, "belt", "a safety belt stopped the pass", Bad},
	{Credentials, "credentials", "credentials, permission, region or endpoint", Bad},
	{Locked, "locked", "another process holds the queue", Bad},
	{Signal, "signal", "stopped by a signal or an operator, after draining", Note},
}

// Table returns all rows, in the order of their codes.
func Table() []Row { return append([]Row(nil), table[:]...) }

// Of returns the row of a code; a code that is none of ours, as after a kill, has
// the row of Internal.
func Of(code int) Row {
	if code < 0 || code >= codes {
		code = Internal
	}
	return table[code]
}
