package report

import (
	"bytes"
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
		want := &Audit{Lines: int64(n), Chain: Seed}
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
		{"cut off", cut, Noted{Chain: note(10)}, "the noted chain value is that of no line: lines were cut off at the end, or the file was written anew", 0},
		{"cut off by number", cut, Noted{Lines: 10}, "10 lines were noted, and there are 8: lines were removed", 0},
		{"all cut off", "", Noted{Lines: 10}, "10 lines were noted, and there are 0: lines were removed", 0},
		{"another number", text, Noted{note(8), 9}, "the noted chain value is that of line 8, not of line 9 as noted", 8},
		{"an empty file then", text, Noted{Chain: Seed}, "", 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a := verify(t, tt.text, tt.noted)
			got := ""
			for _, f := range a.Faults {
				got += f.String()
			}
			if got != tt.want || a.NotedAt != tt.at {
				t.Errorf("faults %q at %d, want %q at %d", got, a.NotedAt, tt.want, tt.at)
			}
		})
	}
}

// TestVerifyBoundsItsFaults: a file with nothing right is read to its end.
func TestVerifyBoundsItsFaults(t *testing.T) {
	for _, line := range []string{"x\n", sealed(`{"id":"a"}`, strings.Repeat("1", len(Seed)))} {
		a := verify(t, strings.Repeat(line, 5000), Noted{})
		if len(a.Faults) != maxFaults || a.Further == 0 || a.Lines != 5000 {
			t.Errorf("%d faults and %d further, %d lines", len(a.Faults), a.Further, a.Lines)
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
		text, _ = ResultOf(outcome).append(text)
		text, head = l.seal(text, start, head)
	}
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		if a, err := Verify(bytes.NewReader(text), Noted{}); err != nil || !a.Whole() {
			b.Fatal(a, err)
		}
	}
}
