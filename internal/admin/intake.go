package admin

import "time"

// Intake is one source of messages that name task IDs. The counts are since Started.
type Intake struct {
	Name      string `json:"name"`
	Kind      string `json:"kind"` // redis, rabbitmq or kafka
	Connected bool   `json:"connected"`
	// Waits says why nothing is received now, and Stopped why nothing will be until
	// somebody has looked, in words; empty when that is not so.
	Waits       string `json:"waits,omitempty"`
	Stopped     string `json:"stopped,omitempty"`
	Received    int64  `json:"received"` // messages
	Redelivered int64  `json:"redelivered"`
	Acked       int64  `json:"acked"`
	Rejected    int64  `json:"rejected"`
	New         int64  `json:"new"` // task IDs
	Duplicates  int64  `json:"duplicates"`
	Lag         *int64 `json:"lag"` // messages that wait at the broker; null when it does not tell
	// LastReceived is nil when nothing was received.
	LastReceived *time.Time `json:"last_received,omitempty"`
}

// Words says how it is.
func (i Intake) Words() string {
	switch {
	case i.Stopped != "":
		return sentence("Stopped until somebody has looked: " + i.Stopped)
	case i.Waits != "":
		return sentence("Receives nothing now: " + i.Waits)
	case !i.Connected:
		return "Not connected yet."
	}
	return "Receives."
}
