package sqlite

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"cleaner/internal/queue"
)

// fewKeys has a load spill IDs that it would have in memory otherwise.
const fewKeys = 16 * len(key{})

// randomKeys are n keys in no order, some of them twice.
func randomKeys(r *rand.Rand, n int) []key {
	keys := make([]key, n)
	for i := range keys {
		for j := range keys[i] {
			keys[i][j] = byte(r.Uint32())
		}
		if i > 0 && r.IntN(10) == 0 {
			keys[i] = keys[r.IntN(i)]
		}
	}
	return keys
}

// spillIn spills keys in so many runs.
func spillIn(t *testing.T, keys []key, runs int) *spill {
	t.Helper()
	s := &spill{folder: t.TempDir()}
	t.Cleanup(s.close)
	for i := range runs {
		some := slices.Clone(keys[len(keys)*i/runs : len(keys)*(i+1)/runs])
		slices.SortFunc(some, key.compare)
		if err := s.write(some); err != nil {
			t.Fatal(err)
		}
	}
	if files, err := os.ReadDir(s.folder); err != nil || len(files) > 0 {
		t.Errorf("there is %v, %v", files, err)
	}
	return s
}

// drainMerged returns all keys of m, read some at a time.
func drainMerged(m *merged, some int) (keys []key, err error) {
	for !m.done() {
		blob, err := m.next(nil, some)
		if err != nil {
			return keys, err
		}
		for part := range slices.Chunk(blob, len(key{})) {
			keys = append(keys, key(part))
		}
	}
	return keys, nil
}

// Whatever the runs, and the memory there is, all keys come back in order.
func TestMerge(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, row := range []struct{ keys, runs, room int }{
		{0, 0, 0},
		{1, 1, 0},
		{5, 10, 100},
		{1_000, 1, 1},
		{1_000, 7, 1_000},
		{1_000, 100, 100},
		{30_000, 3, 30_000},
		{30_000, 3, 10},
		{30_000, 40, 12_000},
	} {
		t.Run(fmt.Sprint(row), func(t *testing.T) {
			keys := randomKeys(r, row.keys)
			m, err := spillIn(t, keys, row.runs).merge(make([]key, row.room))
			if err != nil {
				t.Fatal(err)
			}
			got, err := drainMerged(m, 1+r.IntN(300))
			if err != nil {
				t.Fatal(err)
			}
			slices.SortFunc(keys, key.compare)
			if !slices.Equal(got, keys) {
				t.Errorf("%d keys came back, and not the %d that were spilled in order", len(got), len(keys))
			}
			if got, err = drainMerged(inOrder(keys), 7); err != nil || !slices.Equal(got, keys) {
				t.Errorf("%d of %d keys in memory came back, %v", len(got), len(keys), err)
			}
		})
	}
}

// What the disk gives back is not believed when it is not what was written.
func TestMergeDamaged(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	const n = 3_000
	for _, row := range []struct {
		name   string
		damage func(f *os.File) error
	}{
		{"a bit", func(f *os.File) error { return flip(f, r.Int64N(n*int64(len(key{})))) }},
		{"the last bit", func(f *os.File) error { return flip(f, n*int64(len(key{}))-1) }},
		{"the end", func(f *os.File) error { return f.Truncate(n*int64(len(key{})) - 1) }},
		{"all", func(f *os.File) error { return f.Truncate(0) }},
	} {
		t.Run(row.name, func(t *testing.T) {
			s := spillIn(t, randomKeys(r, n), 4)
			if err := row.damage(s.file); err != nil {
				t.Fatal(err)
			}
			m, err := s.merge(make([]key, 500))
			if err == nil {
				_, err = drainMerged(m, 250)
			}
			if err == nil || !strings.Contains(err.Error(), "sort task IDs") {
				t.Errorf("the error is %v", err)
			}
		})
	}
}

// flip changes one bit of a file.
func flip(f *os.File, at int64) error {
	b := make([]byte, 1)
	if _, err := f.ReadAt(b, at); err != nil {
		return err
	}
	b[0] ^= 4
	_, err := f.WriteAt(b, at)
	return err
}

// A load larger than a chunk brings what one in memory brings.
func TestLargeLoad(t *testing.T) {
	const n = 2_000
	ids := func(yield func(string, error) bool) {
		for range 2 { // each ID twice
			for id, err := range randomIDs(n, 5) {
				if !yield(id, err) {
					return
				}
			}
		}
	}
	var got [2]queue.Loaded
	for i, most := range []int{mostChunk, fewKeys} {
		path := ledgerPath(t)
		l := open(t, path, Options{})
		l.most = most
		load(t, l, "before", n/2, randomIDs(n/2, 5))
		var err error
		if got[i], err = l.Load(t.Context(), queue.Batch{Name: "a"}, ids); err != nil {
			t.Fatal(err)
		}
		take(t, l, n)
		if err := l.Check(t.Context()); err != nil {
			t.Error(err)
		}
		if files, err := filepath.Glob(filepath.Join(filepath.Dir(path), ".*")); err != nil || len(files) > 0 {
			t.Errorf("it left %v, %v", files, err)
		}
	}
	if want := (queue.Loaded{New: n / 2, Duplicates: 3 * n / 2, Batch: "a"}); got[0] != want || got[1] != want {
		t.Errorf("Load = %+v, want %+v", got, want)
	}
}

// A load that ends while it merges, by a crash, by its caller or on a full disk, leaves
// nothing behind, and can be made again.
func TestEndWhileMerging(t *testing.T) {
	const n = perTransaction + 1_000
	for _, row := range []struct {
		name string
		end  func(l *subject, cancel context.CancelFunc)
	}{
		{"a crash", func(l *subject, _ context.CancelFunc) { l.closed = true; _ = l.shut() }},
		{"its caller", func(_ *subject, cancel context.CancelFunc) { cancel() }},
		{"a full disk", func(l *subject, _ context.CancelFunc) {
			if err := l.store.script(context.Background(), "PRAGMA max_page_count = 1"); err != nil {
				t.Error(err)
			}
		}},
	} {
		t.Run(row.name, func(t *testing.T) {
			path := ledgerPath(t)
			l := open(t, path, Options{})
			l.most = 1_024 * len(key{})
			load(t, l, "before", 10, randomIDs(10, 1))
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			ended := &halfLoaded{Context: ctx, l: l, end: func() { row.end(l, cancel) }}
			if got, err := l.Load(ended, queue.Batch{Name: "a"}, randomIDs(n, 2)); err == nil || !ended.half {
				t.Errorf("Load = %+v, %v, and should have ended", got, err)
			}
			if err := l.Close(); err != nil {
				t.Fatal(err)
			}
			l = open(t, path, Options{})
			if c, err := l.Counts(t.Context()); err != nil || c.Pending != 10 || c.Loaded() != 10 {
				t.Errorf("Counts = %+v, %v", c, err)
			}
			if err := l.Check(t.Context()); err != nil {
				t.Error(err)
			}
			load(t, l, "a", n, randomIDs(n, 2))
		})
	}
}

// halfLoaded is the context of a load that calls end, once, when something of the load is
// in the file. The load asks it before each transaction, and has the ledger then.
type halfLoaded struct {
	context.Context
	l    *subject
	end  func()
	most int64 // how many may be written
	half bool
}

// Err implements context.Context.
func (h *halfLoaded) Err() error {
	const query = `SELECT count(*) > ? FROM task WHERE seq > ?`
	if h.half {
		return h.Context.Err()
	}
	if err := h.l.store.one(context.Background(), query, []any{h.most, h.l.checkpoint.high}, &h.half); err != nil {
		return err
	}
	if h.half {
		h.end()
	}
	return h.Context.Err()
}

// A load that ends while it reads has written nothing that would have to be removed.
func TestEndWhileSpilling(t *testing.T) {
	l := open(t, ledgerPath(t), Options{})
	l.most = fewKeys
	broken := errors.New("broken")
	_, err := l.Load(t.Context(), queue.Batch{Name: "a"}, endingWith(randomIDs(2_000, 1), broken))
	if !errors.Is(err, broken) {
		t.Errorf("Load = %v", err)
	}
	if entered := l.store.one(t.Context(), `SELECT first FROM batch`, nil, new(int)); entered == nil {
		t.Error("there is a batch")
	}
	// A folder that takes no files says so, and is named.
	l.most, l.path = fewKeys, filepath.Join(t.TempDir(), "none", "ledger.db")
	if _, err = l.Load(t.Context(), queue.Batch{Name: "a"}, randomIDs(2_000, 1)); err == nil || !strings.Contains(err.Error(), l.path[:len(l.path)-10]) {
		t.Errorf("Load = %v", err)
	}
}

// endingWith are ids with an error at the end.
func endingWith(ids iter.Seq2[string, error], last error) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		for id, err := range ids {
			if !yield(id, err) {
				return
			}
		}
		yield("", last)
	}
}

// Each key of a window is inserted once.
func TestSpace(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for _, n := range []int{0, 1, holdBack - 1, holdBack, holdBack + 1, 100, window} {
		keys := randomKeys(r, n)
		slices.SortFunc(keys, key.compare)
		m := inOrder(keys)
		early, late, err := m.space(nil, nil)
		if err != nil || !m.done() || len(late) != n/holdBack*len(key{}) {
			t.Fatalf("%d bytes of %d keys come late, %v", len(late), n, err)
		}
		var got []key
		for k := range slices.Chunk(append(early, late...), len(key{})) {
			got = append(got, key(k))
		}
		slices.SortFunc(got, key.compare)
		if !slices.Equal(got, keys) {
			t.Errorf("%d of %d keys are inserted", len(got), len(keys))
		}
	}
}

// The pages of the index are nearly full after a load, whatever its size.
func TestIndexIsFull(t *testing.T) {
	for _, n := range []int{10_000, 150_000} {
		l := open(t, ledgerPath(t), Options{})
		load(t, l, "a", n, randomIDs(n, 1))
		const query = `SELECT 1.0 * sum(pgsize - unused) / sum(pgsize) FROM dbstat WHERE name = 'sqlite_autoindex_task_1'`
		var full float64
		if err := l.store.one(t.Context(), query, nil, &full); err != nil || full < 0.95 {
			t.Errorf("%d IDs: the pages are %.3f full, %v, want 0.95", n, full, err)
		}
	}
}
