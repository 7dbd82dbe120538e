package serve

import (
	"context"
	"slices"
	"time"

	"cleaner/internal/admin"
	"cleaner/internal/pass"
	"cleaner/internal/policy"
	"cleaner/internal/report"
	"cleaner/internal/schedule"
)

// livePass is the pass under way, as others see and steer it.
type livePass struct {
	pass.Live
	tick   schedule.Tick
	taking context.Context // ends when the pass is to stop
	stop   context.CancelCauseFunc
	began  time.Time
}

// endedOf is a pass as the status page shows it afterwards.
func endedOf(t schedule.Tick, r *pass.Report) admin.Ended {
	return admin.Ended{
		ID: int64(r.ID), Schedule: nameOf(t), Trigger: triggerOf(t), Began: r.StartedAt, Finished: r.FinishedAt, ExitCode: r.ExitCode,
		StoppedBy: r.StoppedBy, Reason: r.Reason,
		Loaded: r.Loaded, States: r.States, Traffic: r.Traffic, Verification: r.Verification, Summary: r.Summary(),
	}
}

// limitOf is what was learned of a limit, in words; empty when nothing was.
func limitOf(l policy.PaceLearned) string {
	if l.IsZero() {
		return ""
	}
	return l.String()
}

// triggerOf says who has asked for a pass, as the ledger keeps it.
func triggerOf(t schedule.Tick) string {
	if name := nameOf(t); name != "" {
		return bySchedule + name
	}
	return "an operator"
}

// bySchedule stands before the name of the schedule that has asked for a pass.
const bySchedule = "schedule "

// nameOf names the schedule whose pass it is; empty for one that was asked for.
func nameOf(t schedule.Tick) string {
	if t.Reason == schedule.Manual {
		return ""
	}
	return t.Job
}

// shown is the pass as the status page shows it.
func (l *livePass) shown() *admin.Pass {
	v := l.View()
	return &admin.Pass{
		Began: l.began, Schedule: nameOf(l.tick), Total: v.Total, Rate: v.Rate, Achieved: v.Pace.Achieved, Limit: limitOf(v.Pace.Learned), LoginEnds: v.LoginEnds, Bound: v.Rest.Why, Left: v.Rest.Lasts, Stopping: l.taking.Err() != nil,
		Throttle: v.Throttle, Waits: v.Waits, Breaker: v.Breaker,
		Settled: v.Done.Settled(), Traffic: report.TrafficOf(v.Done), Verification: v.Verification,
		InFlight: v.InFlight, LastSettled: v.LastSettled,
	}
}

// sortLatest puts the latest pass first.
func sortLatest(passes []admin.Ended) {
	slices.SortStableFunc(passes, func(a, b admin.Ended) int { return b.Began.Compare(a.Began) })
}
