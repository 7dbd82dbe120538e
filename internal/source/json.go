package source

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
)

// tasksKey is the key of the list in the service's own answer: {"tasks": [...],
// "total": n}.
const tasksKey = "tasks"

// jsonLines reads one JSON value a line: a string, which is the task ID, or an
// object that has one.
type jsonLines struct {
	lines  *lines
	naming naming
}

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
		case !json.Valid(value):
			r.fault, r.torn = "not JSON", j.lines.open
		default:
			err = r.take(value, j.naming)
		}
		return r, err
	}
}

// take gives r what a valid JSON value says. The error is fatal.
func (r *record) take(value []byte, n naming) error {
	if value[0] != '{' {
		r.id, r.fault = stringOf(value)
		return nil
	}
	var o object
	for key, v := range members(value) {
		o.add(key, v)
	}
	if o.listed {
		return at(r.line, &conversion{
			problem: "one object of several has a list of tasks", command: "jq -c '.. | .tasks? // empty | .[]' %s > ids.jsonl",
		})
	}
	return o.fill(r, n)
}

// stringOf returns the text of a JSON string.
func stringOf(value []byte) (id, fault string) {
	var text *string
	if json.Unmarshal(value, &text) != nil || text == nil {
		return "", "the task ID is not a string"
	}
	return *text, ""
}

// object is what matters of a JSON object.
type object struct {
	names  []string
	values [][]byte
	listed bool   // it has the list of the service's answer
	nested string // the way to another list in it; empty for none
	tasks  bool   // that list holds objects, as a list of tasks does
}

// add takes in a member; value is valid JSON.
func (o *object) add(key string, value []byte) {
	null := string(value) == "null"
	if key == tasksKey && (value[0] == '[' || null) {
		o.listed = true
		return
	}
	if way, objects, found := listIn(step(key), value, mostDepth); found && (o.nested == "" || objects && !o.tasks) {
		o.nested, o.tasks = way, objects
	}
	if !null {
		o.names, o.values = append(o.names, key), append(o.values, value)
	}
}

// mostDepth is how many objects deep a list is looked for.
const mostDepth = 8

// listIn returns the way to the first list in value, as jq writes it, and whether it
// holds objects. It looks no deeper than that.
func listIn(way string, value []byte, deep int) (to string, objects, found bool) {
	switch {
	case deep == 0:
	case value[0] == '[':
		inner := bytes.TrimLeft(value[1:], jsonSpace)
		return way + "[]", inner[0] == '{', true
	case value[0] == '{':
		for key, v := range members(value) {
			if to, objects, found := listIn(way+step(key), v, deep-1); found {
				return to, objects, true
			}
		}
	}
	return "", false, false
}

// step is the way to a key, as jq writes it.
func step(key string) string {
	if plainName(key) == strings.ToLower(key) && quoted(key) == key {
		return "." + key
	}
	return fmt.Sprintf(".[%q]", printable([]byte(strings.ReplaceAll(key, "'", ""))))
}

// said is what o says of its task. What is not text says nothing.
func (o *object) said() (s said) {
	for i, name := range o.names {
		switch name {
		case "reason":
			s.reason, _ = stringOf(o.values[i])
		case "requested_by":
			s.by, _ = stringOf(o.values[i])
		}
	}
	return s
}

// fill gives r the task ID that o names. An object that may be more than one task is
// an error: nobody can tell whether its ID is one of a task, or of what holds tasks.
func (o *object) fill(r *record, n naming) error {
	c, err := n.choose(o.names)
	if err != nil {
		return at(r.line, err)
	}
	sure := c.at >= 0 && plainName(o.names[c.at]) != "id"
	switch {
	case o.listed && c.at >= 0:
		return at(r.line, &conversion{
			problem: fmt.Sprintf("an object with the key %q has a list of tasks too", o.names[c.at]),
			command: "jq -c '.tasks[]' %s > ids.jsonl",
		})
	case o.nested != "" && (c.at < 0 || !sure && o.tasks):
		return at(r.line, &conversion{
			problem: fmt.Sprintf("an object has a list at %s, where only one at .tasks is read", o.nested),
			command: "jq -c '" + o.nested + "' %s > ids.jsonl",
		})
	case c.at < 0:
		r.fault = "no key " + n.String()
		return nil
	}
	r.id, r.fault = stringOf(o.values[c.at])
	r.said = o.said()
	for _, i := range c.also {
		if other, fault := stringOf(o.values[i]); fault == "" {
			r.also = append(r.also, named{pick(o.names, []int{c.at, i}), other})
		}
	}
	return nil
}
