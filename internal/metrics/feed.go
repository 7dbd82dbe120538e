package metrics

import "github.com/prometheus/client_golang/prometheus"

// feeds are the metrics of the entries of intake. Their label is the name that the
// configuration gives to an entry.
type feeds struct {
	messages, ids                *prometheus.CounterVec
	lag, connected, waits, stops *prometheus.GaugeVec
}

func newFeeds(f factory) feeds {
	return feeds{
		messages: f.counters("cleaner_intake_messages_total", "Messages of brokers, by what came of them. Each is received; those that the broker had "+
			"delivered before are redelivered too. Acknowledged ones are durable in the ledger, or rejected.", "source", "event"),
		ids:       f.counters("cleaner_intake_ids_total", "Task IDs of messages: new to the ledger, or known to it.", "source", "result"),
		lag:       f.gauges("cleaner_intake_lag_messages", "Messages that wait at the broker, as far as it tells.", "source"),
		connected: f.gauges("cleaner_intake_connected", "Whether there is a connection to the broker: 1 or 0.", "source"),
		waits: f.gauges("cleaner_intake_waiting", "1 while nothing is received: max_pending is reached, the ledger takes nothing in, or the broker is away.",
			"source"),
		stops: f.gauges("cleaner_intake_stopped", "1 when nothing will be received until somebody has looked: too many messages could not be read, or some "+
			"are lost at the broker.", "source"),
	}
}

// Feed measures one entry of intake. A nil one measures nothing.
type Feed struct {
	messages                struct{ received, redelivered, acked, rejected prometheus.Counter }
	ids                     struct{ fresh, known prometheus.Counter }
	lag                     *prometheus.GaugeVec
	source                  string
	connected, waits, stops prometheus.Gauge
}

// Feed returns the metrics of the entry of that name. All but the lag are there from
// now on.
func (i *Inputs) Feed(source string) *Feed {
	event := func(name string) prometheus.Counter { return i.feeds.messages.WithLabelValues(source, name) }
	f := &Feed{
		lag: i.feeds.lag, source: source, connected: i.feeds.connected.WithLabelValues(source),
		waits: i.feeds.waits.WithLabelValues(source), stops: i.feeds.stops.WithLabelValues(source),
	}
	m := &f.messages
	m.received, m.redelivered, m.acked, m.rejected = event("received"), event("redelivered"), event("acked"), event("rejected")
	f.ids.fresh, f.ids.known = i.feeds.ids.WithLabelValues(source, "new"), i.feeds.ids.WithLabelValues(source, "duplicate")
	f.stops.Set(0)
	return f
}

// ForgetFeed removes the gauges of an entry that the configuration does not have any more.
// Its counters stay.
func (i *Inputs) ForgetFeed(source string) {
	for _, gauges := range []*prometheus.GaugeVec{i.feeds.lag, i.feeds.connected, i.feeds.waits, i.feeds.stops} {
		gauges.DeleteLabelValues(source)
	}
}

// Received records messages that came, and how many of them had come before.
func (f *Feed) Received(n, again int64) {
	if f != nil {
		f.messages.received.Add(float64(n))
		f.messages.redelivered.Add(float64(again))
	}
}

// Loaded records what messages named, and how many of them could not be read.
func (f *Feed) Loaded(fresh, known, rejected int64) {
	if f != nil {
		f.ids.fresh.Add(float64(fresh))
		f.ids.known.Add(float64(known))
		f.messages.rejected.Add(float64(rejected))
	}
}

// Acked records messages that the broker may forget.
func (f *Feed) Acked(n int64) {
	if f != nil {
		f.messages.acked.Add(float64(n))
	}
}

// Lag records how many messages wait at the broker.
func (f *Feed) Lag(n int64) {
	if f != nil {
		f.lag.WithLabelValues(f.source).Set(float64(n))
	}
}

// Connected records whether there is a connection.
func (f *Feed) Connected(yes bool) {
	if f != nil {
		f.connected.Set(oneIf(yes))
	}
}

// Waiting records whether there is a reason to receive nothing.
func (f *Feed) Waiting(yes bool) {
	if f != nil {
		f.waits.Set(oneIf(yes))
	}
}

// Stopped records that nothing will be received until somebody has looked.
func (f *Feed) Stopped() {
	if f != nil {
		f.stops.Set(1)
		f.waits.Set(0)
	}
}
