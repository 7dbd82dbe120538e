package queue

import "strconv"

// String returns the state's name as reports and the log have it: pending,
// deleted, gone, protected or dead.
func (s State) String() string {
	names := [...]string{Pending: "pending", Deleted: "deleted", Gone: "gone", Protected: "protected", Dead: "dead"}
	if int(s) < len(names) {
		return names[s]
	}
	return "state " + strconv.Itoa(int(s))
}
