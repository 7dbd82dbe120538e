package serve

import (
	"cmp"
	"slices"
	"sync"

	"cleaner/internal/admin"
	"cleaner/internal/queue"
)

// mostOutcomes bounds how many different ends of IDs are counted; codes are the
// service's, and there might be many.
const mostOutcomes = 100

// outcomes count how IDs end, by state and code, from the start of the process.
type outcomes struct {
	mu     sync.Mutex // guards counts
	counts map[admin.Outcome]int64
}

// count counts how IDs have ended.
func (c *outcomes) count(settled []queue.Outcome) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, o := range settled {
		end := admin.Outcome{State: o.State.String(), Code: o.Code}
		if o.State == queue.Pending || c.counts[end] == 0 && len(c.counts) >= mostOutcomes {
			continue
		}
		c.counts[end]++
	}
}

// list returns the ends, by state, the most frequent first.
func (c *outcomes) list() (all []admin.Outcome) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for end, n := range c.counts {
		end.Count = n
		all = append(all, end)
	}
	slices.SortFunc(all, func(a, b admin.Outcome) int {
		return cmp.Or(cmp.Compare(a.State, b.State), cmp.Compare(b.Count, a.Count), cmp.Compare(a.Code, b.Code))
	})
	return all
}
