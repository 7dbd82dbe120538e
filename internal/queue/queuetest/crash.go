package queuetest

import (
	"time"

	"cleaner/internal/queue"
)

func crashTests() []test {
	return []test{
		{"a crash gives back loans, and says what may have been sent", func(f *fixture) {
			f.load("a", 4, ids(1, 4)...)
			f.settle(later(f.takeOne(), now().Add(-time.Second)))
			lent := f.take(3) // the one that waited, and two new ones
			f.crash()
			f.wantCounts(queue.Counts{Pending: 4, Waiting: 1})
			again := f.take(10)
			f.wantIDs(again, ids(1, 4)...)
			lost := map[string]bool{}
			for _, d := range again {
				lost[d.ID] = d.Lost
			}
			for _, d := range lent {
				if !lost[d.ID] {
					f.Errorf("%s may have been sent before the crash, and nobody says so", d.ID)
				}
			}
		}},
		{"Close gives back loans", func(f *fixture) {
			f.load("a", 2, ids(1, 2)...)
			f.take(2)
			f.reopen()
			f.wantIDs(f.take(5), ids(1, 2)...)
		}},
		{"an ID returned before a Close is not said to be lost", func(f *fixture) {
			f.load("a", 3, ids(1, 3)...)
			f.settle(later(f.takeOne(), now().Add(-time.Second)))
			for _, d := range f.take(2) {
				f.settle(unsent(d))
			}
			f.reopen()
			for _, d := range f.take(5) {
				if d.Lost {
					f.Errorf("%s is said to be lost", d.ID)
				}
			}
		}},
		{"an unfinished load is gone after a crash", func(f *fixture) {
			f.load("a", 1, id(1))
			q := f.Queue
			_, _ = q.Load(f.ctx, queue.Batch{Name: "b"}, func(yield func(string, error) bool) {
				for _, id := range ids(1, long) {
					if !yield(id, nil) {
						return
					}
				}
				f.crash()
			})
			f.wantCounts(queue.Counts{Pending: 1})
			f.load("b", long-1, ids(1, long)...)
		}},
		{"Close twice is no error, and nothing works after it", func(f *fixture) {
			f.load("a", 1, id(1))
			q := f.Queue
			f.reopen()
			if err := q.Close(); err != nil {
				f.Errorf("second Close: %v", err)
			}
			if _, _, err := q.Take(f.ctx, 1); err == nil {
				f.Error("Take works after Close")
			}
			if _, err := q.Load(f.ctx, queue.Batch{Name: "b"}, each(ids(1, 1), nil)); err == nil {
				f.Error("Load works after Close")
			}
			f.wantIDs(f.take(5), id(1))
		}},
	}
}
