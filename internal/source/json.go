package source

import (
	"bytes"
	"encoding/json"
)

// jsonLines reads one JSON value a line: a string, which is the task ID, or an
// object that has one.
type jsonLines struct{ lines *lines }

func (j *jsonLines) next() (record, error) {
	for {
		line, long, err := j.lines.next()
		if err != nil {
			return record{}, err
		}
		r := record{line: j.lines.n, text: line}
		value := bytes.TrimSpace(line)
		switch {
		case long:
			r.fault = tooLong
		case len(value) == 0:
			continue
		default:
			r.id, r.fault = jsonID(value)
		}
		return r, nil
	}
}

// keyed is an object with a task ID, under any of the names that columns have.
type keyed struct {
	SnakeID json.RawMessage `json:"task_id"`
	CamelID json.RawMessage `json:"taskId"`
	KebabID json.RawMessage `json:"task-id"`
	ID      json.RawMessage `json:"id"`
}

// jsonID returns the task ID that a JSON value names, or why it names none.
func jsonID(value []byte) (id, fault string) {
	if value[0] == '{' {
		var k keyed
		if json.Unmarshal(value, &k) != nil {
			return "", "not JSON"
		}
		value = nil
		for _, v := range []json.RawMessage{k.SnakeID, k.CamelID, k.KebabID, k.ID} {
			if len(v) > 0 && string(v) != "null" {
				value = v
				break
			}
		}
		if value == nil {
			return "", "no key task_id, taskId, task-id or id"
		}
	}
	if !json.Valid(value) {
		return "", "not JSON"
	}
	var text *string
	if json.Unmarshal(value, &text) != nil || text == nil {
		return "", "the task ID is not a string"
	}
	return *text, ""
}
