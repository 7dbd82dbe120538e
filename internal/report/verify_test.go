package report

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// verify verifies text, which can be read.
func verify(t *testing.T, text string, noted Noted) *Audit {
	t.Helper()
	a, err := Verify(strings.NewReader(text), noted)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// linesOf cuts text behind each line feed.
func linesOf(text string) []string { return slices.Collect(strings.Lines(text)) }

// chainOf is the chain value of a line.
func chainOf(line string) string {
	return line[len(line)-len(chainEnd)-1-len(Seed) : len(line)-len(chainEnd)-1]
}

func TestVerifyWholeFiles(t *testing.T) {
	for _, n := range []int{0, 1, 2, 3000} {
		_, text := written(t, n)
		a := verify(t, text, Noted{})
		want := &Audit{Lines: int64(n), Good: int64(n), Chain: Seed}
		if n > 0 {
			want.First, want.Last = noon, noon.Add(time.Duration(n-1)*time.Second)
			want.Chain = chainOf(text)
		}
		if diff := cmp.Diff(want, a); diff != "" {
			t.Errorf("%d lines (-want +got):\n%s", n, diff)
		}
	}
}

// TestChainIsAsDocumented follows it with the tools that the documentation names.
func TestChainIsAsDocumented(t *testing.T) {
	_, text := written(t, 3)
	previous := Seed
	for _, line := range linesOf(text) {
		own := line[:strings.Index(line, chainKey)] + "}"
		out, err := exec.CommandContext(t.Context(), "sh", "-c", `printf %s%s "$0" "$1" | sha256sum`, previous, own).Output()
		if err != nil {
			t.Fatal(err)
		}
		previous, _, _ = strings.Cut(string(out), " ")
		if previous != chainOf(line) {
			t.Errorf("chain %s, want %s", chainOf(line), previous)
		}
	}
}

func TestVerifyAgainstANote(t *testing.T) {
	_, text := written(t, 10)
	ls := linesOf(text)
	cut := strings.Join(ls[:8], "")
	note := func(n int) string { return chainOf(ls[n-1]) }
	tests := []struct {
		name, text string
		noted      Noted
		want       string
		at         int64
	}{
		{"the end", text, Noted{note(10), 10}, "", 10},
		{"an earlier end", text, Noted{note(8), 8}, "", 8},
		{"the value alone", text, Noted{Chain: note(3)}, "", 3},
		{"the number alone", text, Noted{Lines: 10}, "", 0},
		{"fewer lines then", text, Noted{Lines: 8}, "", 0},
		{"cut off, unnoted", cut, Noted{}, "", 0},
		{"cut off", cut, Noted{Chain: note(10)}, "the noted chain value is that of no line: lines were removed at the end, or the file was rewritten", 0},
		{"cut off by number", cut, Noted{Lines: 10}, "10 lines were noted, and there are 8: lines were removed", 0},
		{"all cut off", "", Noted{Lines: 10}, "10 lines were noted, and there are 0: lines were removed", 0},
		{"another number", text, Noted{note(8), 9}, "the noted chain value is that of line 8, not of line 9 as noted", 8},
		{"an empty file then", text, Noted{Chain: Seed}, "", 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a := verify(t, tt.text, tt.noted)
			if got := a.Fault.String(); got != tt.want || a.NotedAt != tt.at {
				t.Errorf("fault %q at %d, want %q at %d", got, a.NotedAt, tt.want, tt.at)
			}
		})
	}
}

// TestVerifyNamesTheFault: the first line that breaks the chain is named, with what the
// line alone says, and the chain value before it.
func TestVerifyNamesTheFault(t *testing.T) {
	const unlinked = " was changed, added or moved, or lines before it were removed"
	_, text := written(t, 100)
	whole := linesOf(text)
	edit := func(line string) string { return strings.Replace(line, `"dead"`, `"gone"`, 1) }
	tests := []struct {
		name   string
		change func(ls []string) []string
		want   string
	}{
		{"a changed line", func(ls []string) []string { ls[49] = edit(ls[49]); return ls }, "line 50" + unlinked},
		{"the first line changed", func(ls []string) []string { ls[0] = edit(ls[0]); return ls }, "line 1" + unlinked},
		{"the last line changed", func(ls []string) []string { ls[99] = edit(ls[99]); return ls }, "line 100" + unlinked},
		{"a changed line with its chain value", func(ls []string) []string {
			ls[49] = sealed(edit(ls[49][:strings.Index(ls[49], chainKey)]+"}"), chainOf(ls[48]))
			return ls
		}, "line 51" + unlinked},
		{"a chain value changed", func(ls []string) []string {
			ls[49] = strings.Replace(ls[49], chainOf(ls[49]), chainOf(edit(sealed("{}", Seed))), 1)
			return ls
		}, "line 50" + unlinked},
		{"a removed line", func(ls []string) []string { return slices.Delete(ls, 49, 50) }, "line 50" + unlinked},
		{"many removed lines", func(ls []string) []string { return slices.Delete(ls, 20, 80) }, "line 21" + unlinked},
		{"a copied line", func(ls []string) []string { return slices.Insert(ls, 50, ls[49]) }, "line 51" + unlinked},
		{"a line copied further down", func(ls []string) []string { return slices.Insert(ls, 90, ls[4]) }, "line 91" + unlinked},
		{"an added line", func(ls []string) []string { return slices.Insert(ls, 50, sealed(`{"id":"x"}`, chainOf(ls[49]))) }, "line 52" + unlinked},
		{"an added line without a place in the chain", func(ls []string) []string {
			return slices.Insert(ls, 50, sealed(`{"id":"x"}`, strings.Repeat("1", len(Seed))))
		}, "line 51" + unlinked},
		{"two neighbours swapped", func(ls []string) []string { ls[49], ls[50] = ls[50], ls[49]; return ls }, "line 50" + unlinked},
		{"the last two swapped", func(ls []string) []string { ls[98], ls[99] = ls[99], ls[98]; return ls }, "line 99" + unlinked},
		{"a line moved down", func(ls []string) []string { l := ls[9]; return slices.Insert(slices.Delete(ls, 9, 10), 59, l) }, "line 10" + unlinked},
		{"the first line moved down", func(ls []string) []string { return append(ls[1:], ls[0]) }, "line 1" + unlinked},
		{"two files in one", func(ls []string) []string { return append(ls, sealed(`{"id":"x"}`, Seed)) }, "line 101" + unlinked},
		{"an older line", func(ls []string) []string { ls[49] = `{"id":"a1"}` + "\n"; return ls }, "line 50 has no chain value, as in files of an older cleaner: it was changed or added"},
		{"no JSON", func(ls []string) []string { return slices.Insert(ls, 50, "\n") }, "line 51 is not a line of results: it was changed or added"},
		{"a very long line", func(ls []string) []string { ls[49] = lineHead + strings.Repeat("x", 3*longest) + "\n"; return ls }, "line 50 is not a line of results: it was changed or added"},
		{"a torn tail", func(ls []string) []string { ls[99] = ls[99][:20]; return ls }, "line 100 has no end: a crash cut it short, or its end was cut off; the next run removes it"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			ls := tt.change(slices.Clone(whole))
			a := verify(t, strings.Join(ls, ""), Noted{})
			if got := a.Fault.String(); got != tt.want {
				t.Errorf("fault %q, want %q", got, tt.want)
			}
			if a.Good != a.Fault.Line-1 || a.Good > 0 && a.Chain != chainOf(ls[a.Good-1]) {
				t.Errorf("%d good lines with the chain value %s", a.Good, a.Chain)
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
		if a.Whole() || a.Fault.Line != int64(want) {
			t.Fatalf("change %d at line %d of %d: fault %v", what, want, n, a.Fault)
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
		if b, err = resultOf(o).append(b); err != nil {
			t.Fatal(err)
		}
		b, head = l.seal(b, start, head)
	}
	return head, string(b)
}

// TestVerifyReadsOn: a file with nothing right is read to its end.
func TestVerifyReadsOn(t *testing.T) {
	for _, line := range []string{"x\n", sealed(`{"id":"a"}`, strings.Repeat("1", len(Seed)))} {
		a := verify(t, strings.Repeat(line, 5000), Noted{Lines: 6000})
		if a.Fault.Line != 1 || a.Good != 0 || a.Chain != Seed || a.Lines != 5000 {
			t.Errorf("fault %v, %d lines, %d of them good", a.Fault, a.Lines, a.Good)
		}
	}
	if _, err := Verify(iotest.ErrReader(iotest.ErrTimeout), Noted{}); err == nil {
		t.Error("a file that cannot be read is verified")
	}
}

// FuzzUnseal: a line that is taken apart can be put together again.
func FuzzUnseal(f *testing.F) {
	line := strings.TrimSuffix(sealed(`{"id":"a1","batch":"night"}`, Seed), "\n")
	f.Add(line)
	f.Add(line[1:])
	f.Add(line[:len(line)-1])
	f.Add(`{"id":"a1"}`)
	f.Add(strings.ToUpper(line))
	f.Add(`{"id":"a","chain":"` + Seed + `","chain":"` + Seed + `"}`)
	f.Fuzz(func(t *testing.T, text string) {
		own, c, err := unseal([]byte(text))
		if err != nil {
			return
		}
		if again := string(own[:len(own)-1]) + chainKey + string(c[:]) + chainEnd; again != text {
			t.Errorf("taken apart and put together, %q is %q", text, again)
		}
	})
}

// FuzzVerify: no file makes Verify fail, and it counts the line feeds.
func FuzzVerify(f *testing.F) {
	line := sealed(`{"id":"a1"}`, Seed)
	f.Add(line + sealed(`{"id":"a2"}`, chainOf(line)))
	f.Add(line + line + "x\n" + line[:30])
	f.Add("\n\n\x00")
	f.Fuzz(func(t *testing.T, text string) {
		a, err := Verify(strings.NewReader(text), Noted{Lines: 1})
		if err != nil || a.Lines != int64(strings.Count(text, "\n")) {
			t.Errorf("%d lines, error %v", a.Lines, err)
		}
	})
}

func BenchmarkVerify(b *testing.B) {
	l, head := newLinker(), chain([]byte(Seed))
	var text []byte
	for range 1000 {
		start := len(text)
		text, _ = resultOf(outcome).append(text)
		text, head = l.seal(text, start, head)
	}
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		if a, err := Verify(bytes.NewReader(text), Noted{}); err != nil || !a.Whole() {
			b.Fatal(a, err)
		}
	}
}
