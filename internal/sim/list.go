package sim

import (
	"cmp"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// Bounds of the task list (API Reference, ShowTaskListByProjectId).
const (
	defaultLimit = 10
	maxLimit     = 100
	maxOffset    = 999_999
)

// taskList is the tasks that were added, in that order.
type taskList struct {
	mu      sync.Mutex
	keys    []key        // those deleted leave at the next look
	at      int64        // how many tasks were deleted at the last look
	details map[key]Task // of those that were added with any
}

// add puts a task at the end. It must not be there already.
func (o *taskList) add(k key, t Task) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.keys = append(o.keys, k)
	if t != (Task{ID: t.ID}) {
		if o.details == nil {
			o.details = map[key]Task{}
		}
		o.details[k] = t
	}
}

// page returns the tasks of a page counted from 0, and how many there are.
func (w *world) page(n, limit int) (tasks []Task, total int) {
	o := &w.added
	o.mu.Lock()
	defer o.mu.Unlock()
	// Looking through all tasks is slow; it is done only when one was deleted.
	if now := w.count.effects.Load() + w.count.removed.Load(); now != o.at {
		o.at = now
		o.keys = keep(o.keys, func(k key) bool {
			rec, _, _ := w.tasks.look(ref{key: k})
			return !rec.flags.has(gone)
		})
	}
	total = len(o.keys)
	from := min(n*limit, total)
	for _, k := range o.keys[from:min(from+limit, total)] {
		t := o.details[k]
		t.ID = w.tasks.ref(k).id()
		tasks = append(tasks, t.made())
	}
	return tasks, total
}

// taskJSON is an entry of the list.
type taskJSON struct {
	ID      string  `json:"task_id"`
	Name    string  `json:"task_name"`
	Creator string  `json:"creator_id"`
	GitURL  string  `json:"git_url"`
	Branch  string  `json:"git_branch"`
	Created string  `json:"created_at"`
	Checked *string `json:"last_check_time"` // null when never checked
}

// listTasks answers GET /v2/{project_id}/tasks. Its offset is the number of a
// page, not of a record.
func (c check) listTasks(x *exchange) reply {
	if p := c.opt.CheckProject; p != "" && x.r.PathValue("project_id") != p {
		return coded(http.StatusOK, codeNoProject, "project does not exist")
	}
	query := x.r.URL.Query()
	page, okPage := number(query.Get("offset"), 0, 0, maxOffset)
	limit, okLimit := number(query.Get("limit"), defaultLimit, 1, maxLimit)
	if !okPage || !okLimit {
		return coded(http.StatusOK, codeParameters, "parameters not valid")
	}
	tasks, total := c.page(max(page-c.opt.FirstPage, 0), limit)
	entries := make([]taskJSON, 0, len(tasks))
	for _, t := range tasks {
		entries = append(entries, t.json())
	}
	return reply{status: http.StatusOK, body: encode(struct {
		Tasks []taskJSON `json:"tasks"`
		Total int        `json:"total"`
	}{entries, total})}
}

// json is t as it is listed; times are UTC (API Reference since 2025-12).
func (t Task) json() taskJSON {
	j := taskJSON{t.ID, t.Name, t.Creator, t.Repository, t.Branch, t.Created.UTC().Format(time.RFC3339), nil}
	if !t.NeverChecked {
		checked := t.Checked.UTC().Format(time.RFC3339)
		j.Checked = &checked
	}
	return j
}

// number reads a decimal from lowest to highest; no text is the default.
func number(text string, byDefault, lowest, highest int) (n int, ok bool) {
	n, err := strconv.Atoi(cmp.Or(text, strconv.Itoa(byDefault)))
	return n, err == nil && lowest <= n && n <= highest
}
