package queue

import "strconv"

// String returns the state's name as reports and the log have it: pending,
// deleted, gone, protected, dead or withdrawn.
func (s State) String() string {
	names := [...]string{Pending: "pending", Deleted: "deleted", Gone: "gone", Protected: "protected", Dead: "dead", Withdrawn: "withdrawn"}
	if int(s) < len(names) {
		return names[s]
	}
	return "state " + strconv.Itoa(int(s))
}

// States counts task IDs by their state. It is how the ledger, the report, the status
// and the traces show such counts; they embed it, and its keys are theirs.
type States struct {
	Deleted   int64 `json:"deleted"`
	Gone      int64 `json:"gone"`
	Protected int64 `json:"protected"`
	Withdrawn int64 `json:"withdrawn"`
	Dead      int64 `json:"dead"`
	Pending   int64 `json:"pending"`
}

// Sum is the number of task IDs in all states.
func (s States) Sum() int64 { return s.ByState().Sum() }

// ByState returns the same counts as an array.
func (s States) ByState() ByState {
	return ByState{
		Pending: s.Pending, Deleted: s.Deleted, Gone: s.Gone, Protected: s.Protected, Withdrawn: s.Withdrawn, Dead: s.Dead,
	}
}

// ByState counts task IDs by their state, for code that treats all states alike.
type ByState [Withdrawn + 1]int64

// Sum is the number of task IDs in all states.
func (b ByState) Sum() (n int64) {
	for _, k := range b {
		n += k
	}
	return n
}

// States returns the same counts as a record.
func (b ByState) States() States {
	return States{
		Pending: b[Pending], Deleted: b[Deleted], Gone: b[Gone], Protected: b[Protected], Withdrawn: b[Withdrawn], Dead: b[Dead],
	}
}
