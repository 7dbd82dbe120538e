package sim

import "slices"

// Override puts into o, which may be a profile's, what of with was given, and adds faults.
// given knows options by the names of the flags of cleaner sim: absent, running, latency,
// throttle and throttle-window. A throttle that is given has the window of with, too.
func (o *Options) Override(with Options, given func(name string) bool, faults []string) error {
	if given("absent") {
		o.Absent = with.Absent
	}
	if given("running") {
		o.Running = with.Running
	}
	if given("latency") {
		o.Latency = with.Latency
	}
	if given("throttle") {
		o.Throttle.Limit = with.Throttle.Limit
	}
	if given("throttle") || given("throttle-window") {
		o.Throttle.Window = with.Throttle.Window
	}
	o.Faults = slices.Clone(o.Faults)
	for _, text := range faults {
		fault, err := ParseFault(text)
		if err != nil {
			return err
		}
		o.Faults = append(o.Faults, fault)
	}
	return nil
}
