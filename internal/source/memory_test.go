package source

import (
	"fmt"
	"io"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
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
	s, err := Open(t.Context(), Stdin, Options{Stdin: in})
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

// most is how much memory may be in use for any input.
const most = 64 << 20

// peak calls do and returns the most memory that was in use meanwhile, garbage
// included.
func peak(do func()) uint64 {
	done, gone := make(chan struct{}), make(chan uint64)
	runtime.GC()
	go func() {
		var m runtime.MemStats
		highest := uint64(0)
		for {
			runtime.ReadMemStats(&m)
			highest = max(highest, m.HeapInuse+m.StackInuse)
			select {
			case <-done:
				gone <- highest
				return
			case <-time.After(5 * time.Millisecond):
			}
		}
	}()
	do()
	close(done)
	return <-gone
}

// TestMemoryOfAnything: no input takes more than 64 MiB, whatever its size. Each is larger,
// or a small one of which each byte would keep many.
func TestMemoryOfAnything(t *testing.T) {
	const size = 4 * most
	bomb := func(text string) io.Reader { // hundreds of members of a mebibyte
		return strings.NewReader(strings.Repeat(zip(t, strings.Repeat(text, 1<<20/len(text)+1)), size>>20+1))
	}
	many := func(head, text string) io.Reader {
		text = strings.Repeat(text, 64<<10/len(text))
		return io.MultiReader(strings.NewReader(head), io.LimitReader(endless{text}, most*3/2))
	}
	for name, in := range map[string]io.Reader{
		"line feeds":       io.LimitReader(endless{strings.Repeat("\n", 64<<10)}, size),
		"gzip of blank":    bomb("\n"),
		"gzip of lines":    io.LimitReader(bomb("no ID at all\n"), 16<<10), // 16 MB of lines
		"one line":         many("", "x"),
		"one cell":         many("id,name\n\"", "x\n"),
		"one JSON string":  many("[\"", "x"),
		"one JSON object":  many("{\"a\":{", "\"b\":1,"),
		"many members":     many("{", "\"b\":1,"),
		"brackets":         many("", "["),
		"braces":           many("{\"tasks\":[", "{\"a\":"),
		"bad lines":        io.LimitReader(many("", "no ID at all\n"), most/4),
		"bad values":       io.LimitReader(many("[", "5,"), most/16),
		"UTF-16":           many("\xff\xfe", "\n\x00"),
		"IDs":              many("", "0123456789abcdef0123456789abcdef\n"),
		"one header":       many("task_id", ",x"),
		"keys of one name": many("[{", "\"task_id\":\"a1\","),
	} {
		t.Run(name, func(t *testing.T) {
			highest := peak(func() {
				got := 0
				s, err := Open(t.Context(), Stdin, Options{Stdin: in, InvalidShare: 1, Check: checkHex, Rejects: filepath.Join(t.TempDir(), "rejects")})
				if err != nil {
					t.Fatal(err)
				}
				for _, err := range s.IDs() {
					if err != nil {
						t.Log(err)
					}
					got++
				}
			})
			if highest > most {
				t.Errorf("%d MiB were in use", highest>>20)
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
