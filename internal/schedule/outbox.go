package schedule

import "time"

// outbox holds the calls of Config.Ticked and Config.Observe until they can be made
// without holding the Runner's lock. Its calls are made in the order of their adding.
type outbox struct {
	ticked  func(Job, time.Time) // may be nil
	observe func(Event)          // may be nil
	calls   []func()
}

// event adds the report of an event.
func (o *outbox) event(e Event) {
	if o.observe == nil {
		return
	}
	if e.Count == 0 {
		e.Count = 1
	}
	if e.Until.IsZero() {
		e.Until = e.Planned
	}
	o.calls = append(o.calls, func() { o.observe(e) })
}

// settled adds the report that the ticks of a job up to planned are settled.
func (o *outbox) settled(job Job, planned time.Time) {
	if o.ticked != nil {
		o.calls = append(o.calls, func() { o.ticked(job, planned) })
	}
}

// empty returns the calls, and keeps none.
func (o *outbox) empty() (calls []func()) {
	calls, o.calls = o.calls, nil
	return calls
}
