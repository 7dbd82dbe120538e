package metrics

import (
	"fmt"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"cleaner/internal/exitcode"
	"cleaner/internal/worker"
)

// The names of the metrics that are kept from one process to the next.
const (
	nameRunStart      = "cleaner_run_last_start_timestamp_seconds"
	nameRunCompletion = "cleaner_run_last_completion_timestamp_seconds"
	nameRunSuccess    = "cleaner_run_last_success_timestamp_seconds"
	nameRunFinished   = "cleaner_run_last_finished_timestamp_seconds"
	nameRunDuration   = "cleaner_run_duration_seconds"
)

// Runs counts runs, and says when and how the last ones ended.
type Runs struct {
	active    prometheus.Gauge
	total     map[string]prometheus.Counter // by result
	stopped   map[worker.StopKind]prometheus.Gauge
	completed *known
	duration  *known

	mu        sync.Mutex // guards what follows
	started   *known
	begun     time.Time // when the run under way began; zero before the first
	succeeded last
	finished  last
}

// last is a gauge of when something was last so.
type last struct {
	shown *known
	at    time.Time // zero when it is not known
}

// set keeps the time at, also when the clock was set back since the last one.
func (l *last) set(at time.Time) {
	l.at = at
	l.shown.setTime(0, at)
}

// restore keeps at if it is later than what is known, and not in the future, before which
// no alert could fire: the clock was set back.
func (l *last) restore(at time.Time) {
	if at.After(l.at) && !at.After(time.Now()) {
		l.set(at)
	}
}

// result is a value of the label result: the name of an exit code.
type result string

// String is the value.
func (r result) String() string { return string(r) }

func newRuns(f factory) *Runs {
	ends := exitcode.Table()
	names := make([]fmt.Stringer, len(ends))
	for i, e := range ends {
		names[i] = result(e.Name)
	}
	r := &Runs{
		total:   map[string]prometheus.Counter{},
		active:  f.gauge("cleaner_run_active", "1 while a run is under way, else 0."),
		stopped: map[worker.StopKind]prometheus.Gauge{},
		started: f.known(nameRunStart, "When the last run began. Absent before the first.", ""),
		completed: f.known(nameRunCompletion,
			"When the last run ended that ended so. Absent for a result that none had.", "result", names...),
		succeeded: last{shown: f.known(nameRunSuccess,
			"When the last run succeeded, also of an earlier process. Absent when it is not known that any did.", "")},
		finished: last{shown: f.known(nameRunFinished,
			"When a run last did all that was to do, also of an earlier process: one that succeeded, or that left dead letters. "+
				"Absent when it is not known that any did.", "")},
		duration: f.known(nameRunDuration, "How long the last run took. Absent before the first has ended.", ""),
	}
	vec := f.counters("cleaner_runs_total", "Runs that ended, by their result.", "result")
	for _, e := range ends {
		r.total[e.Name] = vec.WithLabelValues(e.Name)
	}
	stopped := f.gauges("cleaner_run_stopped", "1 for what ended the last run before its work was done, else 0.", "by")
	for _, kind := range worker.StopKinds() {
		r.stopped[kind] = stopped.WithLabelValues(string(kind))
	}
	return r
}

// start records that a run begins.
func (r *Runs) start(at time.Time) {
	r.active.Set(1)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.begun = at
	r.started.setTime(0, at)
}

// EndRun records how a run ended, and what stopped it before its work was done, if
// anything did. The result of a run is the name of its exit code; exitcode.OK sets the
// last success. A dry run is not to be recorded.
func (r *Runs) EndRun(at time.Time, code int, stopped worker.StopKind) {
	end := exitcode.Of(code)
	r.active.Set(0)
	for kind, g := range r.stopped {
		g.Set(oneIf(kind == stopped))
	}
	r.total[end.Name].Inc()
	r.completed.setTime(end.Code, at)
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.begun.IsZero() {
		r.duration.set(0, at.Sub(r.begun).Seconds())
	}
	if end.Code == exitcode.OK {
		r.succeeded.set(at)
	}
	if Finished(end.Code) {
		r.finished.set(at)
	}
}

// Finished reports whether a run that ended so did all that was to do. Dead letters are
// for a person to look at; the run that left them has nothing left to do.
func Finished(code int) bool { return code == exitcode.OK || code == exitcode.DeadLetters }

func oneIf(is bool) float64 {
	if is {
		return 1
	}
	return 0
}

// RestoreSuccess sets when a run of an earlier process last succeeded, so that a restart
// does not lose it. It does nothing when a later success is known, and nothing with a
// time in the future, before which no alert could fire: the clock was set back.
func (r *Runs) RestoreSuccess(at time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.succeeded.restore(at)
	r.finished.restore(at)
}

// RestoreFinished sets, under the same conditions, when a run of an earlier process last
// did all that was to do.
func (r *Runs) RestoreFinished(at time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.finished.restore(at)
}
