package sqlite

import (
	"bufio"
	"context"
	"encoding/hex"
	"fmt"
	"hash/fnv"
	"io"
	"iter"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"cleaner/internal/queue"
)

// childEnv names the ledger to a child of TestKill, and makes one of a process;
// mergeEnv does so for TestKillWhileMerging, and sweepEnv for TestKillWhileTakingBack.
const (
	childEnv = "CLEANER_TEST_LEDGER"
	mergeEnv = "CLEANER_TEST_MERGE"
	sweepEnv = "CLEANER_TEST_SWEEP"
)

// child works with a ledger until it is killed, if this process is a child.
func child() bool {
	for env, do := range map[string]func(context.Context, string) error{childEnv: work, mergeEnv: dieMerging, sweepEnv: dieSweeping} {
		if path, ok := os.LookupEnv(env); ok {
			if err := do(context.Background(), path); err != nil {
				fmt.Println("error", err)
			}
			return true
		}
	}
	return false
}

// mergedIDs is how many IDs dieMerging loads: two transactions of a load write them.
const mergedIDs = perTransaction + 1_000

// dieMerging kills this process when a load has written a part of its IDs.
func dieMerging(ctx context.Context, path string) error {
	opened, err := Open(ctx, path, Options{Command: "child"})
	if err != nil {
		return err
	}
	opened.most = 1_024 * len(key{})
	half := &halfLoaded{Context: ctx, l: &subject{Ledger: opened}, end: func() {
		fmt.Println("half loaded")
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
		select {}
	}}
	_, err = opened.Load(half, queue.Batch{Name: "a"}, randomIDs(mergedIDs, 2))
	return fmt.Errorf("the load has ended: %w", err)
}

// Of a load that is killed while it merges nothing is left, in the ledger or beside it.
func TestKillWhileMerging(t *testing.T) {
	path := ledgerPath(t)
	l := open(t, path, Options{})
	load(t, l, "before", 10, randomIDs(10, 1))
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), mergeEnv+"="+path)
	if said, err := cmd.Output(); err == nil || string(said) != "half loaded\n" {
		t.Fatalf("the child said %q, and ended with %v", said, err)
	}
	l = open(t, path, Options{})
	wantTen(t, l)
	if files, err := filepath.Glob(filepath.Join(filepath.Dir(path), ".*")); err != nil || len(files) > 0 {
		t.Errorf("it left %v, %v", files, err)
	}
	load(t, l, "a", mergedIDs, randomIDs(mergedIDs, 2))
}

// sweptIDs is how many IDs a load has that is stopped when more than two steps of sweep
// have been written.
const sweptIDs = 5 * sweepStep

// stopLate begins the load.
func stopLate(ctx context.Context, l *Ledger) error {
	l.most = 1_024 * len(key{})
	stopped, stop := context.WithCancel(ctx)
	half := &halfLoaded{Context: stopped, l: &subject{Ledger: l}, end: stop, most: 2 * sweepStep}
	_, err := l.Load(half, queue.Batch{Name: "a"}, randomIDs(sweptIDs, 2))
	return err
}

// dieSweeping kills this process while a stopped load is taken back.
func dieSweeping(ctx context.Context, path string) error {
	steps := 0
	opened, err := Open(ctx, path, Options{Command: "child", Removing: func(removed, all int64) {
		fmt.Println("removed", removed, "of", all)
		if steps++; steps == 2 {
			_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
			select {}
		}
	}})
	if err != nil {
		return err
	}
	return fmt.Errorf("the load has ended: %w", stopLate(ctx, opened))
}

// TestKillWhileTakingBack: a process is killed while it takes back a stopped load, and the
// next one too. The third goes on to the end.
func TestKillWhileTakingBack(t *testing.T) {
	path := ledgerPath(t)
	l := open(t, path, Options{})
	load(t, l, "before", 10, randomIDs(10, 1))
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		cmd := exec.CommandContext(t.Context(), os.Args[0])
		cmd.Env = append(os.Environ(), sweepEnv+"="+path)
		if said, err := cmd.Output(); err == nil || !strings.HasPrefix(string(said), fmt.Sprintf("removed %d of ", sweepStep)) {
			t.Fatalf("the child said %q, and ended with %v", said, err)
		}
	}
	l = open(t, path, Options{})
	wantTen(t, l)
	load(t, l, "a", sweptIDs, randomIDs(sweptIDs, 2))
}

// work loads, takes and settles, and says on the standard output what has come
// back as done: "loaded" batch size, "remembered" batch, "settled" ID state.
func work(ctx context.Context, path string) error {
	opened, err := Open(ctx, path, Options{Command: "child"})
	if err != nil {
		return err
	}
	l := &subject{Ledger: opened}
	r := rand.New(rand.NewPCG(rand.Uint64(), 0))
	if r.IntN(3) > 0 {
		if err := clearSuspects(ctx, l); err != nil {
			return err
		}
	}
	for round := 0; ; round++ {
		name := fmt.Sprintf("%d-%d", os.Getpid(), round)
		size := 1 + r.IntN(1_500)
		if _, err := l.Load(ctx, queue.Batch{Name: name}, batchIDs(name, size)); err != nil {
			return err
		}
		fmt.Println("loaded", name, size)
		if err := l.Remember(ctx, "learned/batch", []byte(name)); err != nil {
			return err
		}
		fmt.Println("remembered", name)
		for range r.IntN(20) {
			if err := workOnce(ctx, l, r); err != nil {
				return err
			}
		}
	}
}

// clearSuspects settles what is lent alone, of which the death of a child leaves much,
// so that more is lent at once, and sampled.
func clearSuspects(ctx context.Context, l *subject) error {
	for {
		ds, _, err := l.Take(ctx, 1, time.Now())
		if err != nil || len(ds) == 0 {
			return err
		}
		now := time.Now()
		err = l.Settle(ctx, []queue.Outcome{{Delivery: ds[0], State: queue.Pending, Attempts: 1, FirstAt: now, At: now, Due: now.Add(time.Second)}})
		if err != nil || !ds[0].Alone {
			return err
		}
	}
}

// How many IDs a child has at once.
const (
	mostTaken   = 30
	mostSampled = 20
)

// workOnce takes some IDs, samples others, and settles them in every way.
func workOnce(ctx context.Context, l *subject, r *rand.Rand) error {
	ds, _, err := l.Take(ctx, 1+r.IntN(mostTaken), time.Now())
	if err != nil {
		return err
	}
	sampled, err := l.Sample(ctx, r.IntN(mostSampled+1), time.Now())
	if err != nil {
		return err
	}
	ds = append(ds, sampled...)
	now := time.Now()
	os := make([]queue.Outcome, len(ds))
	for i, d := range ds {
		os[i] = queue.Outcome{Delivery: d, Attempts: d.Attempts, At: now, Behind: r.IntN(4) == 0}
		if r.IntN(8) > 0 { // otherwise it goes back unsent
			os[i].State, os[i].Attempts, os[i].FirstAt = queue.State(r.IntN(5)), d.Attempts+1, now
		}
	}
	if err := l.Settle(ctx, os); err != nil {
		return err
	}
	var told strings.Builder
	for _, o := range os {
		fmt.Fprintln(&told, "settled", o.Delivery.ID, int(o.State))
	}
	fmt.Print(told.String())
	return nil
}

// batchIDs are the task IDs of a batch of a child, most of them in the service's
// form.
func batchIDs(name string, size int) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		for i := range size {
			id := fmt.Sprintf("%s-%d", name, i)
			if i%16 > 0 {
				h := fnv.New128a()
				_, _ = io.WriteString(h, id)
				id = hex.EncodeToString(h.Sum(nil))
			}
			if !yield(id, nil) {
				return
			}
		}
	}
}

// TestKill kills a child at twenty random moments. What the child was told is
// done must be done, whatever it was doing when it died.
func TestKill(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ledger.db")
	known := &witness{loaded: map[string]int{}, settled: map[string]queue.State{}}
	for round := range 20 {
		known.listen(t, runAndKill(t, path, time.Duration(rand.IntN(120))*time.Millisecond))
		l, err := Open(t.Context(), path, Options{})
		if err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
		known.compare(t, &subject{Ledger: l})
		if err := l.Close(); err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
	}
	t.Logf("%d batches, %d IDs settled for good", len(known.loaded), len(known.settled))
	if len(known.loaded) == 0 || len(known.settled) == 0 {
		t.Error("the children did nothing")
	}
}

// runAndKill runs a child, kills it some time after its first word, and returns
// all that it said.
func runAndKill(t *testing.T, path string, after time.Duration) string {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel() // kills with SIGKILL
	cmd := exec.CommandContext(ctx, os.Args[0])
	cmd.Env = append(os.Environ(), childEnv+"="+path)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	words := bufio.NewReader(out)
	first, err := words.ReadString('\n')
	if err != nil {
		t.Fatalf("the child said nothing: %v", err)
	}
	timer := time.AfterFunc(after, cancel)
	defer timer.Stop()
	rest, err := io.ReadAll(words)
	if err != nil {
		t.Fatal(err)
	}
	if cmd.Wait() == nil {
		t.Fatal("the child ended by itself")
	}
	return first + string(rest)
}

// witness is what the children were told.
type witness struct {
	loaded     map[string]int
	settled    map[string]queue.State
	lastLoaded string
	remembered string
	inDoubt    int
}

// listen takes in what a child said, but for a last line that was cut.
func (w *witness) listen(t *testing.T, said string) {
	t.Helper()
	for line := range strings.Lines(said) {
		var name string
		var n int
		if !strings.HasSuffix(line, "\n") {
			continue
		}
		if _, err := fmt.Sscanf(line, "loaded %s %d", &name, &n); err == nil {
			w.loaded[name], w.lastLoaded = n, name
		} else if _, err := fmt.Sscanf(line, "remembered %s", &name); err == nil {
			w.remembered = name
		} else if _, err := fmt.Sscanf(line, "settled %s %d", &name, &n); err != nil {
			t.Fatalf("the child said %q", line)
		} else if state := queue.State(n); state != queue.Pending {
			w.settled[name] = state
		}
	}
}

// compare looks for everything the witness knows in the ledger.
func (w *witness) compare(t *testing.T, l *subject) {
	t.Helper()
	if err := l.Check(t.Context()); err != nil {
		t.Error(err)
	}
	before := w.inDoubt
	err := l.store.one(t.Context(), `SELECT count(*) FROM attempt WHERE lost = 2`, nil, &w.inDoubt)
	if err != nil || w.inDoubt > before+mostTaken+mostSampled {
		t.Errorf("%d sampled and waiting IDs are in doubt after %d, %v; a child has %d at most",
			w.inDoubt, before, err, mostTaken+mostSampled)
	}
	switch got, err := l.Recall(t.Context(), "learned/batch"); {
	case err != nil:
		t.Error(err)
	case string(got) != w.remembered && string(got) != w.lastLoaded: // it may have died before it could tell
		t.Errorf("the ledger remembers %q, but was last told %q", got, w.remembered)
	default:
		w.remembered = string(got)
	}
	states := map[string]queue.State{}
	err = l.store.each(t.Context(), `SELECT id, state FROM task`, nil, func(scan scan) error {
		var id storedID
		var state queue.State
		err := scan(&id, &state)
		states[string(id)] = state
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for name, size := range w.loaded {
		for id, err := range batchIDs(name, size) {
			if _, ok := states[id]; !ok || err != nil {
				t.Fatalf("%s is lost: %v", id, err)
			}
		}
	}
	for id, want := range w.settled {
		if got := states[id]; got != want {
			t.Fatalf("%s was settled as %d and is %d", id, want, got)
		}
	}
}

// wantTen: the ten task IDs of before are there, and nothing else.
func wantTen(t *testing.T, l *subject) {
	t.Helper()
	if c, err := l.Counts(t.Context()); err != nil || c.Pending != 10 || c.Loaded() != 10 {
		t.Errorf("Counts = %+v, %v", c, err)
	}
	if err := l.Check(t.Context()); err != nil {
		t.Error(err)
	}
}
