package source

import (
	"fmt"
	"slices"
	"strings"
)

// ambiguousError says that several columns, or keys, could be meant.
type ambiguousError struct{ names []string }

// Error names them and says what to do.
func (e *ambiguousError) Error() string {
	return fmt.Sprintf("%s could each be the task ID; say which one it is: --column %s", list(e.names), quoted(e.names[0]))
}

// list returns names in quotes, with "and" before the last.
func list(names []string) string {
	quotes := make([]string, len(names))
	for i, n := range names {
		quotes[i] = fmt.Sprintf("%q", n)
	}
	last := len(quotes) - 1
	if last < 1 {
		return strings.Join(quotes, "")
	}
	return strings.Join(quotes[:last], ", ") + " and " + quotes[last]
}

// naming tells which of several names stands for the task ID.
type naming struct {
	column string // the one that the operator named; may be empty
}

// choice is what naming found among some names, by their places.
type choice struct {
	at int // the task ID's place; -1 for none
	// also are those that could be meant too, if they hold task IDs: an "id" beside a
	// task ID is most often another number.
	also []int
}

// choose returns the choice among names. The error is an *ambiguousError.
func (n naming) choose(names []string) (choice, error) {
	var sure, weak []int
	for i, name := range names {
		switch plain := plainName(name); {
		case n.column != "" && plain != plainName(n.column):
		case n.column != "" || plain == "taskid" || plain == "任务id":
			sure = append(sure, i)
		case plain == "id":
			weak = append(weak, i)
		}
	}
	if len(sure) == 0 {
		sure, weak = weak, nil
	}
	switch len(sure) {
	case 0:
		return choice{at: -1}, nil
	case 1:
		return choice{sure[0], weak}, nil
	}
	return choice{at: -1}, &ambiguousError{pick(names, sure)}
}

// known reports whether name alone would be chosen.
func (n naming) known(name string) bool {
	if len(name) > len(n.column)+16 { // as task IDs are
		return false
	}
	c, err := n.choose([]string{name})
	return err == nil && c.at == 0
}

// String says which names are looked for.
func (n naming) String() string {
	if n.column != "" {
		return n.column
	}
	return "task_id, taskId, task-id, Task ID or id"
}

// plainName returns name without what people write it with: case, spaces and signs
// between the words, quotes around it.
func plainName(name string) string {
	return strings.ToLower(strings.Map(func(c rune) rune {
		if strings.ContainsRune(" _-.\u00a0\ufeff\"'", c) {
			return -1
		}
		return c
	}, strings.TrimSpace(name)))
}

func pick(names []string, at []int) []string {
	picked := make([]string, len(at))
	for i, n := range at {
		picked[i] = strings.TrimSpace(names[n])
	}
	return slices.Clip(picked)
}
