package source

import (
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"
)

// repeated yields the same line for ever, up to n times.
type repeated struct {
	line string
	n    int
	rest string
}

func (r *repeated) Read(p []byte) (int, error) {
	if r.rest == "" {
		if r.n == 0 {
			return 0, io.EOF
		}
		r.n--
		r.rest = r.line
	}
	n := copy(p, r.rest)
	r.rest = r.rest[n:]
	return n, nil
}

// inputs are one line of each format, with the header it needs.
func inputs() map[string][2]string {
	id := strings.Repeat("0123456789abcdef", 2)
	return map[string][2]string{
		"text": {"", id + "\n"},
		"csv":  {"name,task_id\n", "a name," + id + "\n"},
		"json": {"", `{"task_id":"` + id + "\"}\n"},
	}
}

// readMany reads n lines of the input and returns how many IDs there were.
func readMany(t testing.TB, input [2]string, n int, sample func()) int {
	t.Helper()
	in := io.MultiReader(strings.NewReader(input[0]), &repeated{line: input[1], n: n})
	s, err := Open(Stdin, Options{Stdin: in})
	if err != nil {
		t.Fatal(err)
	}
	got := 0
	for _, err := range s.IDs() {
		if err != nil {
			t.Fatal(err)
		}
		if got++; got%100_000 == 0 {
			sample()
		}
	}
	return got
}

// However long the source is, what is alive while it is read stays small.
func TestFlatMemory(t *testing.T) {
	for name, input := range inputs() {
		t.Run(name, func(t *testing.T) {
			const n = 300_000
			var before, now runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&before)
			got := readMany(t, input, n, func() {
				runtime.GC()
				runtime.ReadMemStats(&now)
				if more := int64(now.HeapAlloc) - int64(before.HeapAlloc); more > 1<<20 {
					t.Errorf("%d bytes are alive", more)
				}
			})
			if got != n {
				t.Errorf("%d IDs, want %d", got, n)
			}
		})
	}
}

func BenchmarkIDs(b *testing.B) {
	for name, input := range inputs() {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			if got := readMany(b, input, b.N, func() {}); got != b.N {
				b.Fatal(fmt.Sprint(got))
			}
		})
	}
}
