package intake

import (
	"errors"

	"cleaner/internal/source"
)

// judge tells messages that can be read from others.
type judge struct {
	check  func(id string) error // the rule for a task ID
	window window
	// perMessage is the most task IDs that one message has named lately.
	perMessage int64
}

// messages is how many messages to ask for where there is room for so many IDs.
func (r *judge) messages(room int64) int { return int(max(1, room/r.perMessage)) }

// judged is a batch of messages, and what they say.
type judged struct {
	messages []Message
	bytes    int    // of their bodies
	short    bool   // the broker has sent fewer than it was asked for, last
	items    []Item // of the messages that can be read, with IDs as the ledger is to know them
	rejects  []source.Reject
}

// read reads messages and adds them to j. A message with one invalid ID is rejected as a
// whole: half of a message is not what its sender meant.
func (r *judge) read(j *judged, messages []Message) {
	most := int64(1)
	for i := range messages {
		m := &messages[i]
		j.bytes += len(m.Body)
		items, err := r.readOne(m)
		if r.window.add(err != nil); err != nil {
			m.Rejected = true
			j.rejects = append(j.rejects, source.Reject{Position: m.Position, Text: string(m.Body[:min(len(m.Body), maxText)]), Reason: err.Error()})
			continue
		}
		most = max(most, int64(len(items)))
		j.items = append(j.items, items...)
	}
	j.messages = append(j.messages, messages...)
	r.perMessage = max(most, r.perMessage/2) // it falls slowly
}

// readOne returns the task IDs of a message.
func (r *judge) readOne(m *Message) ([]Item, error) {
	if m.Fault != "" {
		return nil, errors.New(m.Fault)
	}
	items, err := Parse(m.Body)
	if err != nil {
		return nil, err
	}
	for i := range items {
		items[i].ID = source.Fold(items[i].ID)
		if err := r.check(items[i].ID); err != nil {
			return nil, err
		}
	}
	return items, nil
}
