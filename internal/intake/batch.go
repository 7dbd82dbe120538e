package intake

import (
	"iter"
	"time"

	"cleaner/internal/queue"
)

// load is the task IDs that go into the ledger under one name.
type load struct {
	batch string // as a message names it; empty for the batch of the hour
	items []Item
}

// ids yields the task IDs. asked is called after each, and returns what was said with it.
func (l load) ids() (ids iter.Seq2[string, error], asked func() *queue.Asked) {
	var last *queue.Asked
	ids = func(yield func(string, error) bool) {
		for _, i := range l.items {
			last = i.Asked
			if !yield(i.ID, nil) {
				return
			}
		}
	}
	return ids, func() *queue.Asked { return last }
}

// loads groups items by the batch that they name, in the order in which the names
// appear.
func loads(items []Item) (all []load) {
	at := map[string]int{}
	for _, i := range items {
		n, ok := at[i.Batch]
		if !ok {
			n = len(all)
			at[i.Batch] = n
			all = append(all, load{batch: i.Batch})
		}
		all[n].items = append(all[n].items, i)
	}
	return all
}

// batches are what a load of a source at a moment may be called, the first choice first: the
// batch that a message names, or that of the source and the hour. What comes later goes on
// with that. Where another load lies between, it cannot: then the name has the moment behind
// it, to the nanosecond.
func batches(source, batch string, now time.Time) (all [2]queue.Batch) {
	now = now.UTC()
	if batch == "" {
		batch = source + "-" + now.Format("20060102T15Z")
	}
	all[0] = queue.Batch{Name: batch, Extends: batch}
	all[1] = queue.Batch{Name: batch + "." + now.Format("20060102T150405.000000000Z"), Extends: batch}
	return all
}
