package sim

import (
	"fmt"
	"iter"
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
	// Running makes its progress say so, and its deletion fail with
	// CC.00050015, until it is stopped. That a running task is not deleted is an
	// assumption: the documentation lists the code, not when it comes.
	Running bool
}

// AddIDs puts tasks that have nothing but an ID into the list. An ID that was
// added before, deleted or not, stays as it is. At an ID that is not
// well-formed it stops with an error; what came before is added.
func (s *Sim) AddIDs(ids iter.Seq[string]) error {
	for id := range ids {
		if err := s.add(Task{ID: id}); err != nil {
			return err
		}
	}
	return nil
}

// AddTasks is AddIDs for tasks with details.
func (s *Sim) AddTasks(tasks ...Task) error {
	for _, t := range tasks {
		if err := s.add(t); err != nil {
			return err
		}
	}
	return nil
}

// add puts one task into the list. The record is marked before the list is
// extended, so that of two calls for one ID just one extends it.
func (s *Sim) add(t Task) error {
	if !validID(t.ID) {
		return fmt.Errorf("add task %q: not 1 to %d letters, digits, dashes and underscores", t.ID, maxID)
	}
	r, known := refOf(t.ID), false
	s.tasks.update(r, func(e entry) {
		if known = e.flags.has(added); known {
			return
		}
		e.flags |= added
		if t.Running {
			e.flags |= running
		}
	})
	if !known {
		s.roster.add(r.key, t)
	}
	return nil
}

// exists reports whether there is such a task now.
func (s *Sim) exists(k key, f flags) bool {
	switch {
	case f.has(gone):
		return false
	case f.has(added):
		return true
	case s.opt.OnlyAdded:
		return false
	}
	return s.opt.Absent == 0 || draw(s.absents, k) >= s.opt.Absent
}

// isRunning reports whether a check of the task is running. It does not end by
// itself.
func (s *Sim) isRunning(k key, f flags) bool {
	if f.has(added) || f.has(stopped) {
		return f.has(running)
	}
	return s.opt.Running > 0 && draw(s.runs, k) < s.opt.Running
}

// deleteTask is the effect of DELETE /v2/tasks/{task_id}. Whether the task is
// there, and its end, are one step under the lock of its record: however many
// requests come at once, one of them deletes it.
func (s *Sim) deleteTask(x *exchange) (rep reply) {
	if !validID(x.taskID) {
		return coded(200, codeParameters, "parameters not valid")
	}
	s.tasks.update(x.ref, func(e entry) {
		switch {
		case !s.exists(x.ref.key, e.flags):
			rep = s.absent
		case s.isRunning(x.ref.key, e.flags):
			rep = coded(200, codeRunning, "task is running")
		case e.flags.has(leaving):
			rep = s.null
		case x.late > 0:
			e.flags |= leaving
			s.later.add(x.ref, time.Now().Add(x.late))
			rep = s.null
		default:
			e.flags |= gone
			e.effects++
			x.took = true
			rep = s.null
		}
	})
	if x.took {
		s.count.effects.Add(1)
	}
	return rep
}

// stopTask is the effect of POST /v2/tasks/{task_id}/stop. To stop what does not
// run is a success, which is an assumption.
func (s *Sim) stopTask(x *exchange) reply {
	rec, _, _ := s.tasks.look(x.ref)
	if !validID(x.taskID) || !s.exists(x.ref.key, rec.flags) {
		return s.missing
	}
	if s.isRunning(x.ref.key, rec.flags) {
		s.tasks.update(x.ref, func(e entry) { e.flags = e.flags&^running | stopped })
	}
	return s.null
}

// showProgress answers GET /v2/tasks/{task_id}/progress: 0 for running, 2 for
// succeeded and 3 for stopped (API Reference, ShowProgressDetail).
func (s *Sim) showProgress(x *exchange) reply {
	rec, _, _ := s.tasks.look(x.ref)
	switch {
	case !validID(x.taskID) || !s.exists(x.ref.key, rec.flags):
		return s.missing
	case s.isRunning(x.ref.key, rec.flags):
		return reply{status: 200, body: `{"task_status":0,"progress":{"ratio":"50%","info":"checking"}}`}
	case rec.flags.has(stopped):
		return reply{status: 200, body: `{"task_status":3}`}
	}
	return reply{status: 200, body: `{"task_status":2}`}
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
