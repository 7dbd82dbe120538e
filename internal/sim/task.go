package sim

import (
	"fmt"
	"iter"
	"net/http"
	"slices"
	"time"
)

// Task is a check task that is listed. Only ID is needed: what else is left at
// its zero value is made up from the ID, the same way in every run.
type Task struct {
	ID, Name, Creator, Repository, Branch string
	// Created and Checked are when it was made and last checked; NeverChecked
	// makes the latter null in the list.
	Created, Checked time.Time
	NeverChecked     bool
	// Running makes its progress say so until it is stopped, and its deletion fail
	// with CC.00050015 unless Deletion.Running says otherwise.
	Running bool
}

// world is the tasks there are.
type world struct {
	opt   *Options
	count *counters
	tasks *table   // what is known of each task ID
	added taskList // the tasks that were added
	later later    // deletions that are put off
	stale later    // deleted tasks that looks still show

	absents uint64 // the salt under which absent IDs are drawn
	runs    uint64 // the salt under which running tasks are drawn
}

// AddIDs puts tasks that have nothing but an ID into the list. An ID that was
// added before, deleted or not, stays as it is. At an ID that is not
// well-formed it stops with an error; what came before is added.
func (w *world) AddIDs(ids iter.Seq[string]) error {
	for id := range ids {
		if err := w.add(Task{ID: id}); err != nil {
			return err
		}
	}
	return nil
}

// AddTasks is AddIDs for tasks with details.
func (w *world) AddTasks(tasks ...Task) error {
	for _, t := range tasks {
		if err := w.add(t); err != nil {
			return err
		}
	}
	return nil
}

// add puts one task into the list. The record is marked before the list is
// extended, so that of two calls for one ID just one extends it.
func (w *world) add(t Task) error {
	if !validID(t.ID) {
		return fmt.Errorf("add task %q: not 1 to %d letters, digits, dashes and underscores", t.ID, maxID)
	}
	r, known := refOf(t.ID), false
	w.tasks.update(r, func(e entry) {
		if known = e.flags.has(added); known {
			return
		}
		e.flags |= added
		w.count.added.Add(1)
		if t.Running {
			e.flags |= running
		}
	})
	if !known {
		w.added.add(r.key, t)
	}
	return nil
}

// Remove deletes tasks as another user would do it: their kind is KindRemoved,
// and no effect is counted. It stops with an error at an ID that does not exist;
// what came before is removed.
func (w *world) Remove(ids iter.Seq[string]) error {
	for id := range ids {
		there := false
		w.tasks.update(refOf(id), func(e entry) {
			if there = validID(id) && w.exists(refOf(id).key, e.flags); there {
				e.flags |= gone | removed
			}
		})
		if !there {
			return fmt.Errorf("remove task %q: it does not exist", id)
		}
		w.count.removed.Add(1)
	}
	return nil
}

// Exists reports whether there is such a task now.
func (w *world) Exists(id string) bool {
	w.settleLate()
	r := refOf(id)
	rec, _, _ := w.tasks.look(r)
	return validID(id) && w.exists(r.key, rec.flags)
}

// exists reports whether there is such a task now.
func (w *world) exists(k key, f flags) bool { return !f.has(gone) && w.existed(k, f) }

// existed reports whether there was ever such a task.
func (w *world) existed(k key, f flags) bool {
	switch {
	case f.has(added):
		return true
	case w.opt.OnlyAdded:
		return false
	}
	return w.opt.Absent == 0 || draw(w.absents, k) >= w.opt.Absent
}

// isRunning reports whether a check of the task is running. It does not end by
// itself.
func (w *world) isRunning(k key, f flags) bool {
	if f.has(added) || f.has(stopped) {
		return f.has(running)
	}
	return w.opt.Running > 0 && draw(w.runs, k) < w.opt.Running
}

// stopTask is the effect of POST /v2/tasks/{task_id}/stop. To stop what does not
// run is a success, which is an assumption.
func (c check) stopTask(x *exchange) reply {
	rec, _, _ := c.tasks.look(x.ref)
	if !validID(x.taskID) || !c.exists(x.ref.key, rec.flags) {
		return c.missing
	}
	if c.isRunning(x.ref.key, rec.flags) {
		c.tasks.update(x.ref, func(e entry) { e.flags = e.flags&^running | stopped })
	}
	return c.null
}

// showProgress answers GET /v2/tasks/{task_id}/progress: 0 for running, 2 for
// succeeded and 3 for stopped (API Reference, ShowProgressDetail).
func (c check) showProgress(x *exchange) reply {
	if c.opt.LooksDenied {
		return coded(http.StatusForbidden, codePermission, "current user does not have permission")
	}
	rec, _, _ := c.tasks.look(x.ref)
	switch {
	case !validID(x.taskID):
		return c.missing
	case !c.exists(x.ref.key, rec.flags):
		if c.stale.holds(x.ref, time.Now()) {
			return reply{status: http.StatusOK, body: shown}
		}
		return c.missing
	case c.isRunning(x.ref.key, rec.flags):
		return reply{status: 200, body: `{"task_status":0,"progress":{"ratio":"50%","info":"checking"}}`}
	case rec.flags.has(stopped):
		return reply{status: 200, body: `{"task_status":3}`}
	}
	return reply{status: 200, body: shown}
}

// made fills in what t leaves open, from its ID.
func (t Task) made() Task {
	h := refOf(t.ID).key.hash(0) // each detail takes a remainder of its own
	fill := func(s *string, made string) {
		if *s == "" {
			*s = made
		}
	}
	fill(&t.Name, "check-"+t.ID[:min(8, len(t.ID))])
	fill(&t.Creator, refOf(fmt.Sprint("creator ", h%7)).key.text())
	fill(&t.Repository, fmt.Sprintf("https://codehub.example.com/group/repo-%d.git", h%50))
	fill(&t.Branch, "master")
	if t.Created.IsZero() {
		t.Created = time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(h%(365*86400)) * time.Second)
	}
	if t.Checked.IsZero() {
		t.NeverChecked = t.NeverChecked || h%8 == 0
		t.Checked = t.Created.Add(time.Duration(h%720) * time.Hour)
	}
	return t
}

// keep drops from keys what alive refuses, in place.
func keep(keys []key, alive func(key) bool) []key {
	return slices.DeleteFunc(keys, func(k key) bool { return !alive(k) })
}
