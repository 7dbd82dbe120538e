package serve

import (
	"cmp"
	"context"
	"errors"
	"time"

	"cleaner/internal/admin"
	"cleaner/internal/assemble"
	"cleaner/internal/knowledge"
	"cleaner/internal/queue"
	"cleaner/internal/report"
	"cleaner/internal/schedule"
)

// view is what others see of serve: its status and its health.
type view struct {
	state    *state
	outcomes *outcomes
	feeds    *feeds
	runner   *schedule.Runner
	archive  archive
	protect  protected
	version  string
	started  time.Time
	watchdog time.Duration // how long systemd lets it stand still; zero when systemd does not watch
}

// ready returns why no work can be done.
func (v *view) ready(ctx context.Context) (reasons []string) {
	if v.state.isDraining() {
		reasons = append(reasons, "the process is about to end")
	}
	if err := v.state.ledgerGone(); err != nil {
		reasons = append(reasons, err.Error())
	} else if _, err := assemble.Ledger(v.state.config()).Counts(ctx); err != nil {
		reasons = append(reasons, "the ledger cannot be read: "+err.Error())
	}
	return reasons
}

// stuckAfter is how long, beyond one request, workers may stand still before they
// are taken for stuck, unless systemd says how long it waits. What comes before and
// after their work may be one long step on a large ledger and a slow disk, and is
// given stillAtMost.
const (
	stuckAfter  = time.Minute
	stillAtMost = 15 * time.Minute
)

// progressing reports whether the work goes on: a pass that holds IDs and settles
// none for long, though nothing holds it up, is stuck, and so is one that reads or
// writes a file and does not come to its end.
func (v *view) progressing() bool {
	l := v.state.underWay()
	if l == nil {
		return true
	}
	return l.Progressing(cmp.Or(v.watchdog, stuckAfter)+v.state.config().Limits.RequestTimeout, stillAtMost)
}

// alive returns why a restart would help. It is what the watchdog of systemd goes
// by too; nobody restarts a process because the service is down.
func (v *view) alive() (reasons []string) {
	if !v.progressing() {
		reasons = append(reasons, "the pass under way is stuck: nothing has moved for long, and nothing outside holds it up")
	}
	return reasons
}

// status is what is shown.
func (v *view) status(ctx context.Context) (admin.Status, error) {
	cfg := v.state.config()
	st := admin.Status{
		Version: v.version, Started: v.started, Now: time.Now(), Workers: cfg.Limits.Workers, MaxRate: cfg.Limits.Rate, Target: assemble.Target(cfg),
		Host: hostname(), LedgerPath: assemble.Ledger(cfg).Path(), Safety: v.protect.safety(cfg),
	}
	v.state.show(&st)
	if err := v.showLedger(ctx, &st); err != nil {
		st.Alerts = append(st.Alerts, "The ledger cannot be read: "+err.Error()+".")
	}
	v.showSchedules(&st)
	st.Outcomes, st.Intake = v.outcomes.list(), v.feeds.shown()
	return st, nil
}

// showLedger fills in what the ledger holds.
func (v *view) showLedger(ctx context.Context, st *admin.Status) error {
	return assemble.Ledger(v.state.config()).Look(ctx, func(r queue.Reader) error {
		c, err := r.Counts(ctx)
		if err != nil {
			return err
		}
		st.Ledger = admin.Ledger{Ledger: report.LedgerOf(c), Waiting: c.Waiting, OldestPending: c.OldestPending}
		if err := errors.Join(v.showKnown(ctx, r, st), v.archive.complete(ctx, r, st)); err != nil {
			return err
		}
		codes, err := r.DeadCodes(ctx)
		for _, d := range codes {
			st.Dead = append(st.Dead, admin.DeadCode{Code: d.Code, Count: d.Count, Reason: d.Reason, LastAt: d.LastAt})
		}
		return err
	})
}

// showKnown fills in what was learned, and what holds passes back.
func (v *view) showKnown(ctx context.Context, r knowledge.Reader, st *admin.Status) error {
	k, err := knowledge.Read(ctx, r)
	if err != nil {
		return err
	}
	for _, l := range k.Learned {
		st.Learned = append(st.Learned, admin.Learned{Endpoint: l.Endpoint, Words: l.String(), At: l.At})
	}
	for _, h := range k.Holds {
		st.Holds = append(st.Holds, admin.Hold{Hold: h, Words: knowledge.WordsOfHold(h)})
	}
	if k.Pause != nil {
		p := admin.Pause(*k.Pause)
		st.Pause, st.Paused = &p, true
	}
	for _, w := range k.Waits {
		st.HeldBack = append(st.HeldBack, w.Words())
	}
	return nil
}

// showSchedules fills in when passes are to begin.
func (v *view) showSchedules(st *admin.Status) {
	state := v.runner.State()
	st.Paused = st.Paused || state.Paused
	for _, j := range state.Jobs {
		shown := admin.Schedule{Name: j.Name, Spec: j.Schedule.String()}
		if !st.Paused {
			shown.NextLocal = j.Due()
			shown.NextUTC = shown.NextLocal.UTC()
		}
		st.Schedules = append(st.Schedules, shown)
	}
}
