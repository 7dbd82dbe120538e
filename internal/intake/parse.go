package intake

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"

	"cleaner/internal/queue"
)

// Item is one task ID that a message names.
type Item struct {
	// ID is the task ID as it stands in the message.
	ID string
	// Batch is the batch that the message names; empty for none.
	Batch string
	// Asked is why the task is to go, and for whom; nil when the message does not say.
	Asked *queue.Asked
}

// The bounds of what a message may say, in bytes.
const (
	maxMessage = 1 << 20
	maxText    = 200
)

// Parse returns the task IDs that a message names. A message is a task ID as it stands;
// or JSON: a string, an object with task_id or id and perhaps batch, reason and
// requested_by, or a list of these; or several of either, one a line. The error says why
// the message cannot be read: then none of it is believed. Whether an ID looks like one
// is for others to say.
func Parse(body []byte) ([]Item, error) {
	if len(body) > maxMessage {
		return nil, fmt.Errorf("the message has %d bytes: at most %d are read", len(body), maxMessage)
	}
	if !utf8.Valid(body) {
		return nil, errors.New("the message is not UTF-8")
	}
	var items []Item
	for n, line := range lines(body) {
		some, err := parseLine(line)
		if err != nil && n > 0 {
			err = fmt.Errorf("line %d: %w", n+1, err)
		}
		if err != nil {
			return nil, err
		}
		items = append(items, some...)
	}
	if len(items) == 0 {
		return nil, errors.New("the message names no task ID")
	}
	return items, nil
}

// lines returns the parts of a message that each stand for themselves: the whole of it
// when it is one JSON value, and its lines otherwise, without the empty ones.
func lines(body []byte) (all [][]byte) {
	body = bytes.TrimSpace(body)
	if json.Valid(body) {
		return [][]byte{body}
	}
	for line := range bytes.Lines(body) {
		if line = bytes.TrimSpace(line); len(line) > 0 {
			all = append(all, line)
		}
	}
	return all
}

// parseLine reads a task ID as it stands, or a JSON value.
func parseLine(line []byte) ([]Item, error) {
	switch line[0] {
	case '{', '[', '"':
		return parseJSON(line)
	}
	return []Item{{ID: string(line)}}, nil
}

// parseJSON reads a string, an object, or a list of these.
func parseJSON(text []byte) (items []Item, err error) {
	switch text[0] {
	case '[':
		var list []json.RawMessage
		if err := decode(text, &list); err != nil {
			return nil, err
		}
		for _, element := range list {
			if element[0] != '{' && element[0] != '"' {
				return nil, errors.New("the list holds what is neither text nor an object")
			}
			some, err := parseJSON(element)
			if err != nil {
				return nil, err
			}
			items = append(items, some...)
		}
		return items, nil
	case '"':
		var id string
		if err := decode(text, &id); err != nil {
			return nil, err
		}
		return []Item{{ID: id}}, nil
	}
	item, err := parseObject(text)
	return []Item{item}, err
}

// decode reads one JSON value and nothing behind it.
func decode(text []byte, v any) error {
	dec := json.NewDecoder(bytes.NewReader(text))
	err := dec.Decode(v)
	if err == nil {
		_, err = dec.Token()
		if errors.Is(err, io.EOF) {
			return nil
		}
		err = errors.New("there is something behind the value")
	}
	return fmt.Errorf("it is no JSON that is understood: %w", err)
}

// parseObject reads one object. A key is known as it is spelled here, and counts once:
// of two IDs in one object nobody knows which is meant.
func parseObject(text []byte) (item Item, err error) {
	var taskID, id, reason, by string
	known := map[string]*string{
		"task_id": &taskID, "id": &id, "batch": &item.Batch, "reason": &reason, "requested_by": &by,
	}
	if err := eachKey(text, known); err != nil {
		return item, err
	}
	switch {
	case taskID == "" && id == "":
		return item, errors.New("the object has neither task_id nor id")
	case taskID != "" && id != "" && taskID != id:
		return item, errors.New("the object has a task_id and another id: say which is meant")
	case taskID != "":
		item.ID = taskID
	default:
		item.ID = id
	}
	item.Asked = queue.NewAsked(reason, by)
	return item, checkText("batch", item.Batch)
}

// eachKey puts the values of the known keys where they belong. A null counts as left
// out.
func eachKey(text []byte, known map[string]*string) error {
	dec := json.NewDecoder(bytes.NewReader(text))
	if _, err := dec.Token(); err != nil { // the brace
		return fmt.Errorf("it is no JSON that is understood: %w", err)
	}
	seen := map[string]bool{}
	for dec.More() {
		key, err := dec.Token()
		if err != nil {
			return fmt.Errorf("it is no JSON that is understood: %w", err)
		}
		name, _ := key.(string)
		var value json.RawMessage
		if err := dec.Decode(&value); err != nil {
			return fmt.Errorf("it is no JSON that is understood: %w", err)
		}
		to, isKnown := known[name]
		switch {
		case !isKnown:
			continue
		case seen[name]:
			return fmt.Errorf("the object has %s twice", name)
		case string(value) == "null":
		case value[0] != '"':
			return fmt.Errorf("the object's %s is not text", name)
		default:
			if err := json.Unmarshal(value, to); err != nil {
				return fmt.Errorf("the object's %s cannot be read: %w", name, err)
			}
		}
		seen[name] = true
	}
	if _, err := dec.Token(); err != nil { // the brace
		return fmt.Errorf("it is no JSON that is understood: %w", err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return errors.New("there is something behind the object")
	}
	return nil
}

// checkText refuses what cannot be shown in one line.
func checkText(key, text string) error {
	if len(text) > maxText {
		return fmt.Errorf("the object's %s has %d bytes: at most %d are allowed", key, len(text), maxText)
	}
	if strings.ContainsFunc(text, func(c rune) bool { return !unicode.IsPrint(c) }) {
		return fmt.Errorf("the object's %s has characters that cannot be shown", key)
	}
	return nil
}
