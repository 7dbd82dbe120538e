package queuetest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	"cleaner/internal/queue"
)

func loadTests() []test {
	return []test{
		{"an empty queue has nothing", func(f *fixture) {
			f.wantStates(queue.States{})
			f.wantIDs(f.take(10))
		}},
		{"a load survives reopening and a crash", func(f *fixture) {
			f.load("a", 2, id(1), id(2))
			f.reopen()
			f.wantStates(queue.States{Pending: 2})
			f.crash()
			f.wantIDs(f.take(10), id(1), id(2))
		}},
		{"a batch may be empty, and its name is taken", func(f *fixture) {
			f.load("a", 0)
			f.load("b", 0)
			f.load("c", 1, id(1))
			f.wantStates(queue.States{Pending: 1})
			f.refuseName("b")
		}},
		{"IDs of any form come back as they were", func(f *fixture) {
			ids := oddIDs()
			f.load("a", len(ids), ids...)
			f.reopen()
			f.wantIDs(f.take(len(ids)+1), ids...)
		}},
		{"an ID that is known in upper case is a duplicate, and keeps its spelling", func(f *fixture) {
			f.load("a", 2, strings.ToUpper(id(255)), id(1))
			f.load("b", 1, id(255), id(1), id(254))
			f.reopen()
			ds := f.take(1)
			f.settle(sent(ds[0], queue.Deleted))
			f.load("c", 0, id(255), id(254), id(1))
			f.wantStates(queue.States{Pending: 2, Deleted: 1})
		}},
		{"duplicates within a load count once", func(f *fixture) {
			f.load("a", 3, id(1), id(2), id(1), "x", "x")
			f.wantStates(queue.States{Pending: 3})
		}},
		{"duplicates across loads and restarts count once, settled or not", func(f *fixture) {
			f.load("a", 4, id(1), id(2), id(3), "x")
			ds := f.take(2)
			f.settle(sent(ds[0], queue.Deleted), dead(ds[1], "c", now()))
			f.load("b", 0, id(1), id(2), id(3), "x")
			f.reopen()
			f.load("c", 1, id(1), id(2), id(3), "x", id(4))
			f.wantStates(queue.States{Pending: 3, Deleted: 1, Dead: 1})
		}},
		{"a batch name is refused before anything is read", func(f *fixture) {
			f.load("a", 1, id(1))
			f.refuseName("a")
			f.wantStates(queue.States{Pending: 1})
		}},
		{"an error from the source leaves nothing behind", failingLoad},
		{"a cancelled load leaves nothing behind", cancelledLoad},
		{"nothing of an unfinished load is lent or counted", unfinishedLoad},
		{"loads at the same time share out their IDs", parallelLoads},
	}
}

// id is a task ID in the service's own form.
func id(n int) string { return fmt.Sprintf("%032x", n) }

// ids are the task IDs from first on.
func ids(first, n int) []string {
	all := make([]string, n)
	for i := range all {
		all[i] = id(first + i)
	}
	return all
}

// mixed are the task IDs from first on, of which one in a hundred has another form: an
// implementation may write those down at another time than the others.
func mixed(first, n int) []string {
	all := ids(first, n)
	for i := range all {
		if i%100 == 50 {
			all[i] = "of-another-form-" + all[i]
		}
	}
	return all
}

// oddIDs are task IDs that a store could confuse or mangle.
func oddIDs() []string {
	return []string{
		id(255), strings.ToUpper(id(255)), id(255)[1:], id(255) + "0", "0123456789abcdef",
		"0", "00", "1e3", "1000", "1000.0", " x", "x ", "x", "X", "null", "ä", "a\u0308", "\xff\xfe", "a\x00b", "a",
		`"quoted"`, "it's", strings.Repeat("z", 128), "-1",
	}
}

// refuseName checks that a batch of that name is refused unread.
func (f *fixture) refuseName(name string) {
	f.Helper()
	_, err := f.Load(f.ctx, queue.Batch{Name: name}, func(func(string, error) bool) { f.Error("the source was read") })
	if !errors.Is(err, queue.ErrBatchExists) {
		f.Errorf("a second batch %q: %v", name, err)
	}
}

// The failing loads are longer than a first chunk of any implementation.
const long = 5_000

func failingLoad(f *fixture) {
	broken := errors.New("line 5001: broken")
	f.load("a", 1, id(1))
	_, err := f.Load(f.ctx, queue.Batch{Name: "b"}, each(mixed(1, long), broken))
	if !errors.Is(err, broken) {
		f.Fatalf("Load returned %v, want the error of the source", err)
	}
	f.wantStates(queue.States{Pending: 1})
	f.wantIDs(f.take(10), id(1))
	f.load("b", long-1, mixed(1, long)...)
}

func cancelledLoad(f *fixture) {
	ctx, cancel := context.WithCancel(f.ctx)
	_, err := f.Load(ctx, queue.Batch{Name: "a"}, func(yield func(string, error) bool) {
		for i, id := range mixed(1, long) {
			if i == long-1 {
				cancel()
			}
			if !yield(id, nil) {
				return
			}
		}
	})
	if !errors.Is(err, context.Canceled) {
		f.Fatalf("Load returned %v, want that it was cancelled", err)
	}
	f.wantStates(queue.States{})
	f.crash()
	f.load("a", long, mixed(1, long)...)
}

func unfinishedLoad(f *fixture) {
	f.load("a", 1, id(1))
	_, err := f.Load(f.ctx, queue.Batch{Name: "b"}, func(yield func(string, error) bool) {
		for _, id := range mixed(2, long) {
			if !yield(id, nil) {
				return
			}
		}
		f.wantStates(queue.States{Pending: 1})
		f.wantIDs(f.take(10), id(1))
	})
	if err != nil {
		f.Fatal(err)
	}
	f.wantStates(queue.States{Pending: 1 + long})
	if n := len(f.take(2 * long)); n != long {
		f.Errorf("%d IDs were lent, want %d", n, long)
	}
}

func parallelLoads(f *fixture) {
	const loads, size = 8, 300
	var wg sync.WaitGroup
	var mu sync.Mutex
	var sum queue.Loaded
	for i := range loads {
		wg.Go(func() {
			n, err := f.Load(f.ctx, queue.Batch{Name: fmt.Sprint(i)}, each(ids(1, size), nil))
			if err != nil {
				f.Error(err)
			}
			mu.Lock()
			defer mu.Unlock()
			sum.New += n.New
			sum.Duplicates += n.Duplicates
		})
	}
	wg.Wait()
	if want := (queue.Loaded{New: size, Duplicates: (loads - 1) * size}); sum != want {
		f.Errorf("together they loaded %+v, want %+v", sum, want)
	}
	f.wantIDs(f.take(2*size), ids(1, size)...)
}
