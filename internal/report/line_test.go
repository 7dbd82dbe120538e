package report

import (
	"bytes"
	"encoding/json"
	"testing"
	"time"

	"cleaner/internal/queue"
)

// FuzzResultLine holds the lines to what encoding/json makes of them, or refuses.
func FuzzResultLine(f *testing.F) {
	f.Add("a1", "deleted by the service", "", "r-1", "night", 200, 1, int64(1), int64(2))
	f.Add("a\"1\\", "<b>&\t\x00\x7f", "\u2028\U0001F600", "\xff\xfe", "ä", -1, 0, int64(0), int64(1e9+1))
	f.Add("", "", "", "", "", 0, 0, int64(0), int64(-1)<<62)
	f.Fuzz(func(t *testing.T, id, reason, code, request, batch string, status, attempts int, first, at int64) {
		o := queue.Outcome{
			Delivery: queue.Delivery{ID: id, Batch: batch},
			State:    queue.Dead, Reason: reason, Code: code, Status: status, Attempts: attempts,
			RequestID: request, At: time.Unix(at, at%1e9),
		}
		if first != 0 {
			o.FirstAt = time.Unix(first, 0)
		}
		r := resultOf(o)
		got, err := r.append(nil)
		if err == nil {
			var c chain
			got, c = newLinker().seal(got, 0, chain([]byte(Seed)))
			r.Chain = string(c[:])
		}
		var want bytes.Buffer
		refused := json.NewEncoder(&want).Encode(r)
		if (err == nil) != (refused == nil) {
			t.Fatalf("error %v, encoding/json has %v", err, refused)
		}
		if err == nil && string(got) != want.String() {
			t.Errorf("got  %swant %s", got, &want)
		}
	})
}

// BenchmarkResultLine shows what the chain adds to a line.
func BenchmarkResultLine(b *testing.B) {
	b.Run("plain", func(b *testing.B) {
		var line []byte
		b.ReportAllocs()
		for b.Loop() {
			line, _ = resultOf(outcome).append(line[:0])
		}
	})
	b.Run("chained", func(b *testing.B) {
		var line []byte
		head, l := chain([]byte(Seed)), newLinker()
		b.ReportAllocs()
		for b.Loop() {
			line, _ = resultOf(outcome).append(line[:0])
			line, head = l.seal(line, 0, head)
		}
	})
}
