package terminal

import (
	"bytes"
	"io"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/creack/pty"

	"cleaner/internal/pass"
	"cleaner/internal/policy"
	"cleaner/internal/worker"
)

// view is a pass in its middle.
func view() pass.View {
	return pass.View{
		Total: 50_000, Done: worker.Pass{Deleted: 12_000, Gone: 300, Dead: 45, Throttled: 678}, Rate: 40, Pace: policy.PaceState{Achieved: 37.74},
		Rest: policy.PaceEstimate{Rate: 37.7, Lasts: 17 * time.Minute, Bound: policy.PaceByCeiling},
	}
}

// What the pass will do, how much of it is done, how long it will last, how fast it goes and
// what bounds that is there at every width; what holds it up takes its place.
func TestProgress(t *testing.T) {
	held := view()
	held.Waits = "waits for the first deletions" // which may well be for want of a login
	held.Throttle = "waits for a login, since 2026-03-01T02:00:00Z: IAM answers HTTP 503 (next in 10s)"
	down := view()
	down.Breaker = "the far side is down"
	for name, row := range map[string]struct {
		view  pass.View
		width int
		want  string
	}{
		"40":  {view(), 39, "12345/50000 24% 17m left 38/s ceiling"},
		"60":  {view(), 59, "12345/50000 24%  17m left  37.7/s  bound by ceiling"},
		"80":  {view(), 79, "12345/50000 24%  17m left  37.7/s  bound by ceiling  45 dead  678 throttled"},
		"200": {view(), 199, "[#########...............................] 12345/50000 24%  17m left  37.7/s  bound by ceiling  45 dead  678 throttled  40/s permitted"},

		"a login at 40":    {held, 39, "12345/50000 24% waits for a login, sin…"},
		"a login at 200":   {held, 199, "12345/50000 24%  " + held.Throttle},
		"an outage":        {down, 59, "12345/50000 24%  the far side is down"},
		"before the start": {pass.View{Total: 7}, 39, "[" + strings.Repeat(".", 30) + "] 0/7 0%"},
		"nothing to do":    {pass.View{}, 20, "[...........] 0/0 0%"},
	} {
		t.Run(name, func(t *testing.T) {
			got := progressLine(row.view, row.width)
			if got != row.want || utf8.RuneCountInString(got) > row.width {
				t.Errorf("%q, want %q", got, row.want)
			}
		})
	}
	for width := range 220 {
		if got := progressLine(view(), width); utf8.RuneCountInString(got) > width {
			t.Errorf("%d columns for %d: %q", utf8.RuneCountInString(got), width, got)
		}
	}
}

// emulator is what a terminal of so many columns shows of what was written to it.
func emulator(text string, columns int) string {
	rows, row, at := [][]rune{nil}, 0, 0
	down := func() {
		if row++; row == len(rows) {
			rows = append(rows, nil)
		}
	}
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRuneInString(text[i:])
		switch {
		case strings.HasPrefix(text[i:], "\x1b[K"):
			rows[row], size = rows[row][:min(at, len(rows[row]))], 3
		case strings.HasPrefix(text[i:], "\x1b[1A"):
			row, size = max(0, row-1), 4
		case r == '\r':
			at = 0
		case r == '\n':
			down()
		default:
			if at == columns {
				at = 0
				down()
			}
			rows[row] = append(rows[row][:min(at, len(rows[row]))], r)
			at++
		}
		i += size
	}
	var lines []string
	for _, r := range rows {
		lines = append(lines, strings.TrimRight(string(r), " "))
	}
	return strings.TrimRight(strings.Join(lines, "\n"), "\n")
}

// At every width the bar is one line below the log, and nothing of it is left when it ends, also
// when the terminal was made narrower meanwhile.
func TestBarOnTerminals(t *testing.T) {
	for _, columns := range []uint16{40, 60, 80, 200} {
		master, tty, err := pty.Open()
		if err != nil {
			t.Fatal(err)
		}
		var said bytes.Buffer
		var mu sync.Mutex
		read := make(chan struct{})
		go func() {
			defer close(read)
			part := make([]byte, 4096)
			for {
				n, err := master.Read(part)
				mu.Lock()
				said.Write(part[:n])
				mu.Unlock()
				if err != nil {
					return
				}
			}
		}()
		size := func(columns uint16) {
			if err := pty.Setsize(tty, &pty.Winsize{Rows: 30, Cols: columns}); err != nil {
				t.Fatal(err)
			}
		}
		size(columns)
		screen := NewScreen(tty)
		b := screen.NewBar(0)
		b.Draw(view())
		_, _ = io.WriteString(screen, "a line\n")
		b.Draw(view())
		b.Draw(view())
		shown := progressLine(view(), int(columns)-1)
		waitFor(t, &mu, &said, func(text string) bool { return emulator(text, int(columns)) == "a line\n"+shown })
		b.Finish(view())
		waitFor(t, &mu, &said, func(text string) bool { return emulator(text, int(columns)) == "a line" })
		_ = tty.Close()
		_ = master.Close()
		<-read
	}
	s := NewScreen(nil)
	s.drawn, s.width = 75, 80
	if got := s.cleared(40); got != "\r\x1b[K\x1b[1A\r\x1b[K" {
		t.Errorf("a screen that was made narrower is cleared by %q", got)
	}
}

// waitFor waits until what was said is as it should be.
func waitFor(t *testing.T, mu *sync.Mutex, said *bytes.Buffer, well func(string) bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); ; time.Sleep(5 * time.Millisecond) {
		mu.Lock()
		text := said.String()
		mu.Unlock()
		if well(text) {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("said %q, which shows\n%s", text, emulator(text, 40))
		}
	}
}
