package sqlite

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"cleaner/internal/queue"
)

// A load brings each ID once, however many there are: none, one, and around the sizes at
// which it spills, and begins another transaction.
func TestSizesOfLoads(t *testing.T) {
	for _, row := range []struct{ most, n int }{
		{mostChunk, 0},
		{mostChunk, 1},
		{mostChunk, mostChunk / len(key{})},
		{mostChunk, mostChunk/len(key{}) + 1},
		{fewKeys, 15},
		{fewKeys, 16},
		{fewKeys, 17},
		{fewKeys, 32},
		{fewKeys, 33},
		{1_024 * len(key{}), perTransaction + 1},
	} {
		t.Run(fmt.Sprint(row), func(t *testing.T) {
			l := open(t, ledgerPath(t), Options{})
			l.most = row.most
			load(t, l, "a", row.n, randomIDs(row.n, 1))
			var want []string
			for id, err := range randomIDs(row.n, 1) {
				if err != nil {
					t.Fatal(err)
				}
				want = append(want, id)
			}
			if got := pendingIDs(t, l); !slices.Equal(got, slices.Sorted(slices.Values(want))) {
				t.Errorf("%d IDs are pending, and should be the %d that were loaded", len(got), len(want))
			}
			if err := l.Check(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
}

// pendingIDs are the pending IDs, in order.
func pendingIDs(t *testing.T, l *subject) (ids []string) {
	t.Helper()
	for id, err := range l.Pending(t.Context(), queue.Scope{}) {
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids
}

// However little a load has in memory, the ledger comes to say the same of each ID: its
// state, its batch, what was said with it, and which batches have named it.
func TestMemoryOfLoadsChangesNothing(t *testing.T) {
	for seed := range uint64(2) {
		var want []string
		for _, most := range []int{mostChunk, fewKeys, 5 * fewKeys} {
			l := open(t, ledgerPath(t), Options{})
			l.most = most
			workAtRandom(t, l, rand.New(rand.NewPCG(seed, 1)))
			if err := l.Check(t.Context()); err != nil {
				t.Errorf("seed %d, %d bytes: %v", seed, most, err)
			}
			got := contents(t, l)
			if want == nil {
				want = got
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Fatalf("seed %d, %d bytes (-with more +with these):\n%s", seed, most, diff)
			}
			if err := l.Close(); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// workAtRandom loads lists whose IDs the ledger knows in part, settles, withdraws and
// requeues. What it does depends on r alone, and not on the order in which IDs are lent.
func workAtRandom(t *testing.T, l *subject, r *rand.Rand) {
	t.Helper()
	sizes := []int{0, 1, 15, 16, 17, 32, 33, 80, 81, 300, 700}
	for n := range 8 {
		loadAtRandom(t, l, r, n, sizes[r.IntN(len(sizes))])
		if r.IntN(3) == 0 {
			if _, err := l.Withdraw(t.Context(), fmt.Sprint(r.IntN(n+1)), "a test"); err != nil {
				if _, none := errors.AsType[*queue.NoBatchError](err); !none { // it was there under another name
					t.Fatal(err)
				}
			}
		}
		if share := uint32(r.IntN(100)); share < 60 {
			settleByID(t, l, n, share)
		}
		if r.IntN(3) == 0 {
			if _, err := l.Requeue(t.Context(), queue.Filter{Code: "c"}); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// loadAtRandom loads n IDs of some hundred, some twice, in a batch with a number. The
// first one has IDs in upper case, as older versions took them.
func loadAtRandom(t *testing.T, l *subject, r *rand.Rand, batch, n int) {
	t.Helper()
	saying := r.IntN(3) // nothing with any ID, with some, with all
	var said *queue.Asked
	digest := sha256.New()
	_, err := l.Load(t.Context(), queue.Batch{
		Name: fmt.Sprint(batch), Source: "a test",
		Digest: func() string { return hex.EncodeToString(digest.Sum(nil)) },
		Asked:  func() *queue.Asked { return said },
	}, func(yield func(string, error) bool) {
		for i := range n {
			id := mixedID(r.IntN(400))
			if batch == 0 {
				id = strings.ToUpper(id)
			}
			if said = nil; saying == 2 || saying == 1 && r.IntN(50) == 0 {
				said = &queue.Asked{Reason: fmt.Sprint(batch, i), By: "a test"}
			}
			fmt.Fprintln(digest, id)
			if !yield(id, nil) {
				return
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
}

// mixedID is the i-th of many IDs, of which most have the service's form.
func mixedID(i int) string {
	if i%20 == 7 {
		return fmt.Sprintf("of another form %d", i)
	}
	sum := sha256.Sum256([]byte(fmt.Sprint(i)))
	return hex.EncodeToString(sum[:16])
}

// settleByID takes all IDs, and settles a share of them, in a hundred, which depends on
// the ID and a number, and gives back the others.
func settleByID(t *testing.T, l *subject, number int, share uint32) {
	t.Helper()
	now := time.Now()
	var outcomes []queue.Outcome
	for {
		ds, _, err := l.Take(t.Context(), 100, now)
		if err != nil {
			t.Fatal(err)
		}
		if len(ds) == 0 {
			break
		}
		for _, d := range ds {
			h := fnv.New32a()
			fmt.Fprint(h, number, d.ID)
			o := queue.Outcome{Delivery: d, Attempts: d.Attempts, FirstAt: d.FirstAt, At: now}
			if chosen := h.Sum32() % 100; chosen < share {
				o.State = []queue.State{queue.Deleted, queue.Gone, queue.Dead}[h.Sum32()/100%3]
				o.Attempts, o.FirstAt, o.Code = 1, now, "c"
			}
			outcomes = append(outcomes, o)
		}
	}
	if err := l.Settle(t.Context(), outcomes); err != nil {
		t.Fatal(err)
	}
}

// contents are what the ledger says of each ID and each batch, in order.
func contents(t *testing.T, l *subject) (all []string) {
	t.Helper()
	for _, query := range []string{
		`SELECT 'task ' || hex(id) || typeof(id) || ' is ' || state || ' of ' || name || ', ' || ifnull(reason || by, 'nothing was said')
			FROM task JOIN batch ON seq BETWEEN first AND last LEFT JOIN asked USING (seq)`,
		`SELECT 'batch ' || name || ' has named ' || hex(id) FROM named JOIN batch ON first = named.batch JOIN task USING (seq)`,
		`SELECT 'batch ' || name || ': ' || concat_ws(' ', digest, added, duplicates, pending, waiting, deleted, gone, protected, dead, withdrawn,
			withdrawn_at IS NULL) FROM batch`,
		`SELECT 'there are ' || (SELECT count(*) FROM task) || ' ' || (SELECT count(*) FROM named) || ' ' || (SELECT count(*) FROM asked)`,
	} {
		err := l.store.each(t.Context(), query, nil, func(scan scan) error {
			var line string
			err := scan(&line)
			all = append(all, line)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	slices.Sort(all)
	return all
}

// While a load merges, IDs that were there before it are lent and settled, and none of
// its own before it is whole.
func TestLendWhileMerging(t *testing.T) {
	const before, n = 500, 2 * perTransaction
	l := open(t, ledgerPath(t), Options{})
	l.most = 1_024 * len(key{})
	load(t, l, "before", before, randomIDs(before, 1))
	loaded := make(chan error, 1)
	go func() {
		_, err := l.Load(t.Context(), queue.Batch{Name: "a"}, randomIDs(n, 2))
		loaded <- err
	}()
	lent := 0
	for done := false; !done; {
		ds, _, err := l.Take(t.Context(), 1, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		if len(ds) > 0 {
			if lent++; lent > before {
				break // it is of the load
			}
			settle(t, l, ds, queue.Deleted)
		}
		select {
		case err = <-loaded:
			done = true
			loaded <- err
		case <-time.After(time.Millisecond):
		}
	}
	c, err := l.Counts(t.Context())
	if err != nil || c.Loaded() != before && c.Loaded() != before+n || lent > before && c.Loaded() == before {
		t.Errorf("Counts = %+v, %v when %d were lent", c, err, lent)
	}
	if err := <-loaded; err != nil || lent == 0 {
		t.Errorf("Load = %v, and %d were lent", err, lent)
	}
	if err := l.Check(t.Context()); err != nil {
		t.Error(err)
	}
}

// A rehearsal spills where temporary files are kept, and not beside the ledger,
// and says so when it cannot. Other loads need no such folder.
func TestNoTemporaryFolder(t *testing.T) {
	missing := filepath.Join(t.TempDir(), "missing")
	t.Setenv("TMPDIR", missing)
	path := ledgerPath(t)
	for _, rehearse := range []bool{false, true} {
		l := open(t, path, Options{Rehearse: rehearse})
		l.most = fewKeys
		_, err := l.Load(t.Context(), queue.Batch{Name: fmt.Sprint(rehearse)}, randomIDs(100, 1))
		if failed := err != nil && strings.Contains(err.Error(), missing); failed != rehearse || err != nil && !failed {
			t.Errorf("rehearsal %v: Load = %v", rehearse, err)
		}
		if c, err := l.Counts(t.Context()); err != nil || c.Loaded() != 100 {
			t.Errorf("rehearsal %v: Counts = %+v, %v", rehearse, c, err)
		}
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// A disk that is full while a load spills is said, as one that is full otherwise.
func TestSpillOnFullDisk(t *testing.T) {
	full, err := os.OpenFile("/dev/full", os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	s := &spill{file: full}
	defer s.close()
	if err := s.write(make([]key, 10)); err == nil || !strings.Contains(err.Error(), "the disk is full: make room") {
		t.Errorf("the error is %v", err)
	}
}
