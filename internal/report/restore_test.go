package report

import (
	"errors"
	"fmt"
	"iter"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"cleaner/internal/queue"
)

// settledOf yields the outcomes as the ledger remembers them: of those that
// ended well no more than the state and the second.
func settledOf(outcomes []queue.Outcome) iter.Seq2[queue.Outcome, error] {
	return func(yield func(queue.Outcome, error) bool) {
		for _, o := range outcomes {
			o.At, o.RequestID = o.At.Truncate(time.Second), ""
			if !yield(o, nil) {
				return
			}
		}
	}
}

// TestRestore: whatever a crash left of the file, each settled outcome has one
// line afterwards, and the chain is whole.
func TestRestore(t *testing.T) {
	pass := outcomesOf(0, 1000)
	for i := range pass {
		pass[i].At = pass[i].At.Add(time.Duration(i) * 1_234_567) // not on the second
	}
	path := filepath.Join(t.TempDir(), "results")
	write(t, path, pass...)
	text := read(t, path)
	some := len(text) * 3 / 5
	earlier := filepath.Join(t.TempDir(), "earlier")
	write(t, earlier, outcomesOf(5000, 5300)...)
	tests := []struct {
		name, left string
		want       int64 // lines added
		earlier    int   // lines of earlier passes
	}{
		{"none missing", text, 0, 0},
		{"the last one torn", text[:len(text)-1], 1, 0},
		{"the last one missing", text[:strings.LastIndex(text[:len(text)-1], "\n")+1], 1, 0},
		{"some missing", text[:some], 1000 - int64(strings.Count(text[:some], "\n")), 0},
		{"all but a torn one missing", text[:100], 1000, 0},
		{"an empty file", "", 1000, 0},
		{"no file", "-", 1000, 0},
		{"the lines of an earlier pass", read(t, earlier), 1000, 300},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "results")
			if tt.left != "-" {
				if err := os.WriteFile(path, []byte(tt.left), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			added, err := Restore(path, settledOf(pass))
			if err != nil || added != tt.want {
				t.Errorf("%d added, want %d; error %v", added, tt.want, err)
			}
			counts := countIDs(t, path)
			for _, o := range pass {
				if counts[o.Delivery.ID] != 1 {
					t.Errorf("%s has %d lines", o.Delivery.ID, counts[o.Delivery.ID])
				}
			}
			if len(counts) != len(pass)+tt.earlier {
				t.Errorf("%d IDs, want %d and %d", len(counts), len(pass), tt.earlier)
			}
			if added, err := Restore(path, settledOf(pass)); err != nil || added != 0 {
				t.Errorf("a second time: %d added, error %v", added, err)
			}
		})
	}
}

// countIDs verifies the file and returns how many lines each ID has.
func countIDs(t *testing.T, path string) map[string]int {
	t.Helper()
	text := read(t, path)
	if a := verify(t, text, Noted{}); !a.Whole() {
		t.Errorf("fault %v", a.Fault)
	}
	counts := map[string]int{}
	for line := range strings.Lines(text) {
		_, id, _ := strings.Cut(line, lineHead)
		id, _, _ = strings.Cut(id, `"`)
		counts[id]++
	}
	return counts
}

// TestRestoreTellsEveryEndOfAnID: an earlier line of an ID that was requeued, or
// forgotten and loaded anew, does not stand for what became of it this time.
func TestRestoreTellsEveryEndOfAnID(t *testing.T) {
	then := outcomesOf(0, 3)
	now := slices.Clone(then)
	for i := range now {
		now[i].At = noon.Add(time.Hour)
	}
	now[1].State = queue.Deleted
	path := filepath.Join(t.TempDir(), "results")
	write(t, path, then...)
	write(t, path, now[2])
	added, err := Restore(path, settledOf(now))
	if err != nil || added != 2 {
		t.Errorf("%d added, want 2; error %v", added, err)
	}
	want := map[string]int{"id-0": 2, "id-1": 2, "id-2": 2}
	if got := countIDs(t, path); !maps.Equal(got, want) {
		t.Errorf("lines %v", got)
	}
}

// TestRestoreAfterDamage: what a damaged line told is written anew, and the
// damage stays to be seen.
func TestRestoreAfterDamage(t *testing.T) {
	pass := outcomesOf(0, 10)
	path := filepath.Join(t.TempDir(), "results")
	write(t, path, pass...)
	ls := linesOf(read(t, path))
	ls[4] = strings.Repeat("\x00", len(ls[4])-1) + "\n"
	if err := os.WriteFile(path, []byte(strings.Join(ls, "")), 0o600); err != nil {
		t.Fatal(err)
	}
	if added, err := Restore(path, settledOf(pass)); err != nil || added != 1 {
		t.Errorf("%d added, error %v", added, err)
	}
	a := verify(t, read(t, path), Noted{})
	if a.Fault.Line != 5 || a.Lines != 11 {
		t.Errorf("fault %v, %d lines", a.Fault, a.Lines)
	}
}

func TestRestoreTouchesNothingInVain(t *testing.T) {
	path := filepath.Join(t.TempDir(), "results")
	if added, err := Restore(path, settledOf(nil)); err != nil || added != 0 {
		t.Errorf("nothing settled: %d added, error %v", added, err)
	}
	broken := func(yield func(queue.Outcome, error) bool) {
		_ = yield(outcome, nil) && yield(queue.Outcome{}, errors.New("ledger is gone"))
	}
	if _, err := Restore(path, broken); err == nil {
		t.Error("a ledger that cannot be read is not told")
	}
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a file was made: %v", err)
	}
	if added, err := Restore("/dev/null", settledOf(outcomesOf(0, 2))); err != nil || added != 0 {
		t.Errorf("a device: %d added, error %v", added, err)
	}
}

func BenchmarkRestore(b *testing.B) {
	path := filepath.Join(b.TempDir(), "results")
	r, err := OpenResults(path)
	if err != nil {
		b.Fatal(err)
	}
	var pass []queue.Outcome
	for i := range 100_000 {
		o := outcome
		o.Delivery.ID = fmt.Sprintf("%032x", i)
		pass = append(pass, o)
	}
	if err := errors.Join(r.Write(pass...), r.Close()); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if n, err := Restore(path, settledOf(pass)); err != nil || n != 0 {
			b.Fatal(n, err)
		}
	}
}
