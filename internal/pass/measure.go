package pass

import (
	"errors"
	"time"

	"cleaner/internal/answer"
	"cleaner/internal/metrics"
	"cleaner/internal/worker"
)

// measured are the metrics as an observer of a pass. Without metrics its methods do
// nothing.
type measured struct{ to *metrics.Metrics }

// start tells the metrics that the pass begins, and what bounds it.
func (m measured) start(s Spec) {
	if m.to != nil {
		m.to.StartRun(time.Now())
		m.to.SetBounds(s.Limits.Rate, s.Safety.Cap)
	}
}

// input counts an input that was loaded, or with ofInput was not for its own sake.
func (m measured) input(l Loaded, err error, ofInput bool) {
	lines := metrics.Lines{New: l.New, Duplicate: l.Duplicates, Rejected: l.Rejected}
	switch {
	case m.to == nil:
	case ofInput:
		m.to.Input(metrics.InputRefused, lines)
	case err == nil && l.Empty:
		m.to.Input(metrics.InputEmpty, lines)
	case err == nil:
		m.to.Input(metrics.InputLoaded, lines)
	}
}

// ledger lets the metrics see the ledger, until the returned function is called.
func (m measured) ledger(q metrics.Ledger) (leave func()) {
	if m.to == nil {
		return func() {}
	}
	return m.to.WatchLedger(q)
}

// watch lets the metrics see the parts of the worker, and returns them as an observer
// of what it does; none when nobody measures.
func (m measured) watch(o *worker.Options, live *Live, pacer metrics.Pacer) []worker.Observer {
	if m.to == nil {
		return nil
	}
	m.to.SetWorkers(o.Workers)
	m.to.WatchPace(pacer)
	m.to.WatchVerification(live)
	o.Service = m.to.Watch(o.Service)
	return []worker.Observer{{
		Outcomes: m.to.ObserveOutcomes,
		Exchange: func(e worker.Exchange) { m.to.Observe(exchangeOf(e)) },
		Breaker:  m.to.SetBreaker,
	}}
}

// login counts a login; expiry is when its token ends.
func (m measured) login(err error, took time.Duration, expiry time.Time) {
	if m.to != nil {
		m.to.Login(loginResult(err), took)
		m.to.SetTokenExpiry(expiry)
	}
}

// exchangeOf is a request as the metrics count it.
func exchangeOf(e worker.Exchange) metrics.Exchange {
	return metrics.Exchange{
		Op: opOf(e.Op), Ruling: e.Ruling, Fault: e.Fault, Seen: e.Seen, Absent: e.Absent, Took: e.Took, Again: e.Again,
	}
}

// loginResult is how a login ended, as the metrics count it.
func loginResult(err error) metrics.LoginResult {
	if err == nil {
		return metrics.LoginOK
	}
	if e, ok := errors.AsType[*answer.Error](err); ok && e.Fault == answer.FaultRefused {
		return metrics.LoginRefused
	}
	return metrics.LoginFailed
}

// opOf is what a request of the worker's is for the metrics.
func opOf(o worker.Op) metrics.Op {
	return [...]metrics.Op{
		worker.OpDelete: metrics.OpDelete, worker.OpStop: metrics.OpStop,
		worker.OpLook: metrics.OpLook, worker.OpCalibrate: metrics.OpCalibrate,
	}[o]
}
