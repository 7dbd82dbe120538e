package sqlite

import (
	"encoding/hex"
	"fmt"
	"iter"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"cleaner/internal/queue"
)

// Run them with -benchtime 1x: an iteration is a whole ledger.

// randomIDs yields n task IDs in no order, the same for the same seed.
func randomIDs(n int, seed uint64) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		r := rand.New(rand.NewPCG(seed, 7))
		var k key
		for range n {
			for i := range k {
				k[i] = byte(r.Uint32())
			}
			if !yield(hex.EncodeToString(k[:]), nil) {
				return
			}
		}
	}
}

// meter measures what the process computes for each ID: on a busy machine the
// clock on the wall says little.
type meter struct {
	b    *testing.B
	from time.Duration
	used time.Duration
	ids  int
}

// start and stop enclose work on n IDs.
func (m *meter) start() { m.from = cpuTime(m.b) }

func (m *meter) stop(n int) {
	m.used += cpuTime(m.b) - m.from
	m.ids += n
}

func (m *meter) report() {
	m.b.ReportMetric(float64(m.used.Nanoseconds())/float64(m.ids), "cpu-ns/ID")
	m.b.ReportMetric(0, "ns/op")
}

// cpuTime is the processor time that the process has used.
func cpuTime(t testing.TB) time.Duration {
	t.Helper()
	var r syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &r); err != nil {
		t.Fatal(err)
	}
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}

// peakMemory is the most memory that the process has had resident, in MiB.
func peakMemory(t testing.TB) float64 {
	t.Helper()
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(status)) {
		var kib float64
		if _, err := fmt.Sscanf(line, "VmHWM: %f kB", &kib); err == nil {
			return kib / 1024
		}
	}
	t.Fatal("no VmHWM in /proc/self/status")
	return 0
}

func BenchmarkLoad(b *testing.B) {
	for _, n := range []int{10_000, 100_000, 1_000_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			m := meter{b: b}
			var path string
			for b.Loop() {
				path = filepath.Join(b.TempDir(), "ledger.db")
				l := open(b, path, Options{})
				m.start()
				load(b, l, "a", n, randomIDs(n, 1))
				if err := l.Close(); err != nil {
					b.Fatal(err)
				}
				m.stop(n)
			}
			m.report()
			onDisk(b, path, n)
			b.ReportMetric(peakMemory(b), "peak-MiB")
		})
	}
}

// BenchmarkRehearse watches the memory of a rehearsal: it can take all back.
func BenchmarkRehearse(b *testing.B) {
	const n = 500_000
	path := filepath.Join(b.TempDir(), "ledger.db")
	l := open(b, path, Options{})
	load(b, l, "a", n, randomIDs(n, 1))
	if err := l.Close(); err != nil {
		b.Fatal(err)
	}
	m := meter{b: b}
	for b.Loop() {
		l := open(b, path, Options{Rehearse: true})
		m.start()
		load(b, l, "b", n, randomIDs(n, 2))
		drain(b, l, n/5, 64)
		if err := l.Close(); err != nil {
			b.Fatal(err)
		}
		m.stop(n)
	}
	m.report()
	b.ReportMetric(peakMemory(b), "peak-MiB")
}

func BenchmarkLoadDuplicates(b *testing.B) {
	const n = 1_000_000
	l := open(b, filepath.Join(b.TempDir(), "ledger.db"), Options{})
	load(b, l, "a", n, randomIDs(n, 1))
	m := meter{b: b}
	for i := 0; b.Loop(); i++ {
		m.start()
		load(b, l, fmt.Sprint(i), 0, randomIDs(n, 1))
		m.stop(n)
	}
	m.report()
}

// BenchmarkSettle takes as a pool of workers does and settles in groups whose
// members come in no order.
func BenchmarkSettle(b *testing.B) {
	for _, group := range []int{1, 16, 64, 256} {
		n := min(100_000, 3_000*group)
		b.Run(fmt.Sprint(group), func(b *testing.B) {
			m := meter{b: b}
			for b.Loop() {
				l := open(b, filepath.Join(b.TempDir(), "ledger.db"), Options{})
				load(b, l, "a", n, randomIDs(n, 1))
				m.start()
				drain(b, l, n, group)
				m.stop(n)
			}
			m.report()
		})
	}
}

// drain settles n IDs as deleted, in groups, out of a window of two groups.
func drain(t testing.TB, l *subject, n, group int) {
	t.Helper()
	r := rand.New(rand.NewPCG(1, 1))
	var window []queue.Delivery
	for settled := 0; settled < n; {
		for len(window) < 2*group && len(window) < n-settled {
			ds, _, err := l.Take(t.Context(), 2*group-len(window), time.Now())
			if err != nil {
				t.Fatal(err)
			}
			if len(ds) == 0 {
				break
			}
			window = append(window, ds...)
		}
		if len(window) == 0 {
			t.Fatalf("nothing left after %d of %d", settled, n)
		}
		r.Shuffle(len(window), func(i, j int) { window[i], window[j] = window[j], window[i] })
		k := min(group, len(window), n-settled)
		settle(t, l, window[:k], queue.Deleted)
		window = append(window[:0], window[k:]...)
		settled += k
	}
	var back []queue.Outcome
	for _, d := range window {
		back = append(back, queue.Outcome{Delivery: d, At: time.Now()})
	}
	if err := l.Settle(t.Context(), back); err != nil {
		t.Fatal(err)
	}
}

func BenchmarkReopen(b *testing.B) {
	const n = 1_000_000
	path := filepath.Join(b.TempDir(), "ledger.db")
	l := open(b, path, Options{})
	load(b, l, "a", n, randomIDs(n, 1))
	drain(b, l, n*9/10, 256)
	crashable{l.Ledger}.Crash()
	onDisk(b, path, n)
	for b.Loop() {
		l := open(b, path, Options{})
		if ds, _, err := l.Take(b.Context(), 64, time.Now()); err != nil || len(ds) != 1 { // what may have been sent is lent alone
			b.Fatalf("Take = %d, %v", len(ds), err)
		}
		if err := l.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkCounts(b *testing.B) {
	l := open(b, filepath.Join(b.TempDir(), "ledger.db"), Options{})
	for i := range 1_000 {
		load(b, l, fmt.Sprint(i), 1, randomIDs(1, uint64(i)))
	}
	for b.Loop() {
		if _, err := l.Counts(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkCheck(b *testing.B) {
	l := open(b, filepath.Join(b.TempDir(), "ledger.db"), Options{})
	load(b, l, "a", 1_000_000, randomIDs(1_000_000, 1))
	for b.Loop() {
		if err := l.Check(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
}

// onDisk reports the size of the file for each of n IDs.
func onDisk(b *testing.B, path string, n int) {
	b.Helper()
	info, err := os.Stat(path)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(info.Size())/float64(n), "B/ID")
}

// BenchmarkSample samples twenty IDs from a ledger that is pending as a whole, and
// gives them back; ns/op is of both.
func BenchmarkSample(b *testing.B) {
	for _, n := range []int{100_000, 1_000_000} { // ten million take no longer, once they are loaded
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			l := open(b, filepath.Join(b.TempDir(), "ledger.db"), Options{})
			load(b, l, "a", n, randomIDs(n, 1))
			longest, given := time.Duration(0), time.Duration(0)
			for b.Loop() {
				start := time.Now()
				ds, err := l.Sample(b.Context(), 20, start)
				took := time.Since(start)
				longest = max(longest, took)
				given += took
				if err != nil || len(ds) != 20 {
					b.Fatalf("Sample = %d, %v", len(ds), err)
				}
				back := make([]queue.Outcome, len(ds))
				for i, d := range ds {
					back[i] = queue.Outcome{Delivery: d, At: start}
				}
				if err := l.Settle(b.Context(), back); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(given.Microseconds())/1000/float64(b.N), "sample-ms")
			b.ReportMetric(float64(longest.Microseconds())/1000, "longest-ms")
		})
	}
}

// BenchmarkWithdraw withdraws a list, and loads it again.
func BenchmarkWithdraw(b *testing.B) {
	const n = 200_000
	l := open(b, filepath.Join(b.TempDir(), "ledger.db"), Options{})
	load(b, l, "0", n, randomIDs(n, 1))
	m := meter{b: b}
	for i := 0; b.Loop(); i++ {
		m.start()
		w, err := l.Withdraw(b.Context(), fmt.Sprint(i), "a test")
		if err != nil || w.Withdrawn != n {
			b.Fatalf("Withdraw = %+v, %v", w, err)
		}
		load(b, l, fmt.Sprint(i+1), n, randomIDs(n, 1))
		m.stop(n)
	}
	m.report()
	b.ReportMetric(peakMemory(b), "peak-MiB")
}

// BenchmarkConfined drains one of two lists.
func BenchmarkConfined(b *testing.B) {
	const n = 20_000
	l := open(b, filepath.Join(b.TempDir(), "ledger.db"), Options{})
	load(b, l, "other", 10*n, randomIDs(10*n, 1))
	if _, err := l.under(); err != nil {
		b.Fatal(err)
	}
	m := meter{b: b}
	for i := 0; b.Loop(); i++ {
		load(b, l, fmt.Sprint(i), n, randomIDs(n, uint64(i)+2))
		if err := l.pass.Confine(b.Context(), queue.Only(fmt.Sprint(i))); err != nil {
			b.Fatal(err)
		}
		m.start()
		drain(b, l, n, 64)
		m.stop(n)
	}
	m.report()
}
