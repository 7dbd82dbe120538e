package pass

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"time"

	"go.uber.org/zap"

	"cleaner/internal/policy"
	"cleaner/internal/queue"
	"cleaner/internal/report"
	"cleaner/internal/worker"
)

// Report is what a pass came to.
type Report struct {
	report.Report
	// ID is the pass in the ledger; 0 when the ledger does not know of it.
	ID queue.PassID
	// Known says that the numbers mean something: the ledger was read, and counted
	// again after a panic.
	Known bool
	// Well says that the pass is well whatever it found, as an undisturbed rehearsal
	// is.
	Well bool
	// Without names the inputs that a tolerant pass went without.
	Without []string
	// Unread says that the machine could not read some of those.
	Unread bool

	began   time.Time                   // with the clock that does not jump, which StartedAt has not
	summary func(*report.Report) string // of a report whose numbers mean something
	holds   string                      // what is held, in words
}

// Begin says that the pass begins now.
func (r *Report) Begin() {
	r.began = time.Now()
	r.StartedAt = r.began.UTC()
}

// BegunWith returns the report of a pass that began when first did.
func (r Report) BegunWith(first Report) Report {
	r.began, r.StartedAt = first.began, first.StartedAt
	return r
}

// End says that the pass ends now: as long after its beginning as it took, however the
// clock of the machine has jumped.
func (r *Report) End() { r.FinishedAt = r.StartedAt.Add(time.Since(r.began)) }

// Summary is the pass in one line, also when its numbers mean nothing.
func (r *Report) Summary() string {
	if !r.Known {
		return "no numbers are known of this pass; the log says why"
	}
	return r.summary(&r.Report)
}

// failed has the report say why the pass failed, unless it says so already. Numbers that are
// not known are zeros in it, whatever the ledger holds.
func (r *Report) failed(err error) {
	if err == nil || r.Reason != "" {
		return
	}
	r.Reason = strings.Join(strings.Fields(err.Error()), " ")
	if !r.Known {
		r.Reason = "no numbers are known of this pass: " + r.Reason
	}
}

// crashed makes the report of a pass that has panicked: what the worker counted until
// then.
func (r *Report) crashed(done worker.Pass) {
	r.Add(done)
	r.StoppedBy, r.Reason = string(worker.StopPanic), "a fault of cleaner's own cut the pass short; the next pass goes on"
}

// book keeps the report of a pass. Nothing else writes the report's numbers, but for
// the exit code.
type book struct{ report Report }

// newBook begins the report of a pass. summary makes its summary.
func newBook(summary func(*report.Report) string) book {
	b := book{Report{summary: summary}}
	b.report.Begin()
	return b
}

// began says that the ledger has begun the pass.
func (b *book) began() { b.report.Known = true }

// loaded adds what a source brought. What is new the ledger counts.
func (b *book) loaded(l Loaded) {
	b.report.Duplicates += l.Duplicates
	b.report.Rejected += l.Rejected
}

// without says that the pass goes on without an input, and whether it is the machine
// that could not read it.
func (b *book) without(name string, unread bool) {
	b.report.Without = append(b.report.Without, name)
	b.report.Unread = b.report.Unread || unread
}

// stopped says that the pass ended before its worker began.
func (b *book) stopped(s worker.Stop) { b.report.Add(worker.Pass{Stop: s}) }

// worked takes over what the worker did, and adds what was set aside before.
func (b *book) worked(done worker.Pass, aside int64) {
	b.report.Add(done)
	b.report.Dead += aside
}

// paced says how fast the requests went that the worker sent, and what bounded them.
func (b *book) paced(done worker.Pass, s policy.PaceState, workers int, took time.Duration) {
	if done.Requests == 0 || took <= 0 || math.IsInf(s.Ceiling, 1) {
		return
	}
	e := s.Estimate(0, workers)
	r := &report.Pace{
		Permitted: s.Rate, Achieved: float64(done.Requests-min(done.Throttled, done.Requests)) / took.Seconds(),
		Bound: e.Bound.String(), Why: e.Why,
	}
	if l := s.Learned; !l.IsZero() {
		r.Limit, r.AtOnce, r.Source, r.LearnedAt = l.Rate, l.AtOnce, l.Origin().String(), l.At.UTC().Round(time.Millisecond)
	}
	if r.Achieved < e.Rate*paceUsed { // it was no bound to what was sent
		r.Bound, r.Why = policy.PaceWaiting.String(), ""
	}
	b.report.Pace = r
}

// paceUsed is from which share of the expected rate on it is what has bounded a pass: the rest
// of a slower one's time went into waiting.
const paceUsed = 0.5

// carried says what is pending before the pass sends anything; nil when there is
// nothing to be said of it.
func (b *book) carried(c *report.Carried) { b.report.Carried = c }

// left says how many IDs are pending outside of the scope of the pass, and how many in it
// are held.
func (b *book) left(outside queue.SourceCount, totals queue.Totals) {
	if b.report.Carried != nil {
		b.report.Carried.Left = outside.Count
	}
	b.report.Held = totals.Held - outside.Held
}

// served says how many logins the far side has sent, and how many IDs a rehearsal
// would have had deleted.
func (b *book) served(logins, would int64) { b.report.Logins, b.report.WouldDelete = logins, would }

// results says where the results file ends; nil when none was written.
func (b *book) results(head *report.Head) { b.report.Results = head }

// balance takes over what the ledger says of this pass and of all passes. An error
// says which numbers of the ledger and of those who counted on the way disagree.
func (b *book) balance(totals queue.Totals, all queue.Counts) error {
	r := &b.report
	r.Loaded, r.Pending = totals.Total(), totals.IDs[queue.Pending]
	r.Ledger = report.LedgerOf(all)
	return r.Balance(totals)
}

// recounted takes the numbers of a pass that has panicked from the ledger: what was
// counted on the way may lack what was being settled. Without them the report has
// none.
func (b *book) recounted(totals queue.Totals, all queue.Counts, err error) {
	r := &b.report
	if err != nil {
		r.Known = false
		r.Reason += "; its numbers are not known: " + err.Error()
		return
	}
	r.Recount(totals)
	r.Ledger = report.LedgerOf(all)
}

// close ends the report with what kept the pass from its work, and which inputs it
// went without.
func (b *book) close(err error, log *zap.Logger) {
	r := b.ended(err)
	if r.Reason != "" {
		log.Warn("stopped early", zap.String("by", r.StoppedBy), zap.String("reason", r.Reason))
	}
	if len(r.Without) > 0 {
		r.Reason = withoutText(r.Reason, r.Without)
	}
	b.report = r
}

// ended is the report as it would be if the pass ended now with err.
func (b *book) ended(err error) Report {
	r := b.report
	r.End()
	if stop, ok := errors.AsType[*worker.Stop](err); ok && r.StoppedBy == "" {
		r.StoppedBy, r.Reason = string(stop.Kind), stop.Why
	}
	return r
}

// mostNamed is how many inputs a reason names; the log has them all.
const mostNamed = 3

// withoutText adds to a reason which inputs the pass went without.
func withoutText(reason string, names []string) string {
	text := "not loaded: " + strings.Join(names[:min(len(names), mostNamed)], ", ")
	if more := len(names) - mostNamed; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	if reason != "" {
		text = reason + "; " + text
	}
	return text + "; the log says why"
}
