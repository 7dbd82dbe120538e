package report

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestVerifyNamesTheFault(t *testing.T) {
	_, text := written(t, 100)
	whole := linesOf(text)
	edit := func(line string) string { return strings.Replace(line, `"dead"`, `"gone"`, 1) }
	tests := []struct {
		name   string
		change func(ls []string) []string
		want   []string
	}{
		{"a changed line", func(ls []string) []string { ls[49] = edit(ls[49]); return ls }, []string{
			"line 50 was changed, or lines before it were removed",
		}},
		{"the first line changed", func(ls []string) []string { ls[0] = edit(ls[0]); return ls }, []string{
			"line 1 was changed, or lines before it were removed",
		}},
		{"the last line changed", func(ls []string) []string { ls[99] = edit(ls[99]); return ls }, []string{
			"line 100 was changed, or lines before it were removed",
		}},
		{"a changed line with its chain value", func(ls []string) []string {
			ls[49] = sealed(edit(ls[49][:strings.Index(ls[49], chainKey)]+"}"), chainOf(ls[48]))
			return ls
		}, []string{"line 51 was changed, or lines before it were removed"}},
		{"a chain value changed", func(ls []string) []string {
			ls[49] = strings.Replace(ls[49], chainOf(ls[49]), chainOf(edit(sealed("{}", Seed))), 1)
			return ls
		}, []string{"line 50 was changed: its chain value is not its own, and the next line builds upon another"}},
		{"a removed line", func(ls []string) []string { return slices.Delete(ls, 49, 50) }, []string{
			"line 50 was changed, or lines before it were removed",
		}},
		{"many removed lines", func(ls []string) []string { return slices.Delete(ls, 20, 80) }, []string{
			"line 21 was changed, or lines before it were removed",
		}},
		{"a copied line", func(ls []string) []string { return slices.Insert(ls, 50, ls[49]) }, []string{
			"line 51 was added: it is a copy of line 50",
		}},
		{"a line copied further down", func(ls []string) []string { return slices.Insert(ls, 90, ls[4]) }, []string{
			"line 91 was added: it is a copy of line 5",
		}},
		{"an added line", func(ls []string) []string { return slices.Insert(ls, 50, sealed(`{"id":"x"}`, chainOf(ls[49]))) }, []string{
			"line 52 belongs behind line 50: it was moved, or the lines between were added",
		}},
		{"an added line without a place in the chain", func(ls []string) []string {
			return slices.Insert(ls, 50, sealed(`{"id":"x"}`, strings.Repeat("1", len(Seed))))
		}, []string{
			"line 51 was added: the next lines go on without it",
		}},
		{"two neighbours swapped", func(ls []string) []string { ls[49], ls[50] = ls[50], ls[49]; return ls }, []string{
			"line 50 was moved: it belongs behind line 51",
		}},
		{"the last two swapped", func(ls []string) []string { ls[98], ls[99] = ls[99], ls[98]; return ls }, []string{
			"line 99 was moved: it belongs behind line 100",
		}},
		{"a line moved down", func(ls []string) []string { l := ls[9]; return slices.Insert(slices.Delete(ls, 9, 10), 59, l) }, []string{
			"line 10 was changed, or lines before it were removed",
			"line 60 was moved: it belongs behind line 9",
		}},
		{"the first line moved down", func(ls []string) []string { return append(ls[1:], ls[0]) }, []string{
			"line 1 was changed, or lines before it were removed",
			"line 100 belongs at the beginning of a file: it was moved, or the lines between were added",
		}},
		{"two files in one", func(ls []string) []string { return append(ls, sealed(`{"id":"x"}`, Seed)) }, []string{
			"line 101 belongs at the beginning of a file: it was moved, or the lines between were added",
		}},
		{"an older line", func(ls []string) []string { ls[49] = `{"id":"a1"}` + "\n"; return ls }, []string{
			"line 50 has no chain value, as in files of an older cleaner: it was changed or added",
		}},
		{"no JSON", func(ls []string) []string { return slices.Insert(ls, 50, "\n") }, []string{
			"line 51 is not a line of results: it was changed or added",
		}},
		{"a very long line", func(ls []string) []string { ls[49] = lineHead + strings.Repeat("x", 3*longest) + "\n"; return ls }, []string{
			"line 50 is not a line of results: it was changed or added",
		}},
		{"a torn tail", func(ls []string) []string { ls[99] = ls[99][:20]; return ls }, []string{
			"line 100 has no end: a crash cut it short, or its end was cut off; the next run removes it",
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a := verify(t, strings.Join(tt.change(slices.Clone(whole)), ""), Noted{})
			var got []string
			for _, f := range a.Faults {
				got = append(got, f.String())
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("faults (-want +got):\n%s", diff)
			}
		})
	}
}

// TestVerifyFindsEveryChange makes one change at a random place of a random file:
// it is found, and the line at which it begins is named first.
func TestVerifyFindsEveryChange(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		n := 2 + r.IntN(60)
		_, text := random(t, r, n)
		ls := linesOf(text)
		at, what := r.IntN(n), r.IntN(4)
		want := at + 1
		switch what {
		case 0: // any byte but the line feed
			b := []byte(ls[at])
			i := r.IntN(len(b) - 1)
			b[i] ^= byte(1 + r.IntN(255))
			ls[at] = string(b)
			if bytes.IndexByte(b, '\n') < len(b)-1 {
				continue // two lines; not this test's
			}
		case 1:
			if at == n-1 {
				continue // what is cut off at the end needs a note
			}
			ls = slices.Delete(ls, at, at+1)
		case 2:
			other := r.IntN(n)
			if ls[other] == ls[at] {
				continue
			}
			ls[at], ls[other] = ls[other], ls[at]
			want = min(at, other) + 1
		case 3:
			ls = slices.Insert(ls, at+1, ls[at])
			want = at + 2
		}
		a := verify(t, strings.Join(ls, ""), Noted{})
		if a.Whole() || a.Faults[0].Line != int64(want) {
			t.Fatalf("change %d at line %d of %d: faults %v", what, want, n, a.Faults)
		}
		if last := ls[len(ls)-1]; what != 3 && a.Chain != chainOf(last) && a.Faults[len(a.Faults)-1].Line+ahead < a.Lines {
			t.Fatalf("change %d at line %d of %d: not in step again at the end", what, want, n)
		}
	}
}

// random is the text of n lines with random contents.
func random(t *testing.T, r *rand.Rand, n int) (head chain, text string) {
	t.Helper()
	var b []byte
	l := newLinker()
	head = chain([]byte(Seed))
	for range n {
		o := outcome
		o.Delivery.ID = fmt.Sprintf("%032x", r.Uint64())
		o.Reason = strings.Repeat("é\"<", r.IntN(5))
		o.Attempts = r.IntN(3)
		start := len(b)
		var err error
		if b, err = ResultOf(o).append(b); err != nil {
			t.Fatal(err)
		}
		b, head = l.seal(b, start, head)
	}
	return head, string(b)
}
