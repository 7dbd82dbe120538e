package status

import (
	"strings"
	"testing"
	"time"
)

// The rate is that of the last half minute; a requeue begins it anew.
func TestTrend(t *testing.T) {
	began := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	var tr trend
	for _, row := range []struct {
		after            time.Duration
		settled, pending int64
		rate, left       float64
	}{
		{0, 100, 900, 0, 0},
		{10 * time.Second, 200, 800, 10, 80},
		{20 * time.Second, 300, 700, 10, 70},
		{60 * time.Second, 340, 660, 1, 660}, // the slow time alone
		{61 * time.Second, 300, 700, 0, 0},   // dead letters were requeued
		{63 * time.Second, 304, 696, 2, 348},
		{63 * time.Second, 304, 0, 2, 0},
	} {
		if rate, left := tr.add(began.Add(row.after), row.settled, row.pending); rate != row.rate || left != row.left {
			t.Errorf("after %v: %v a second, %v s left, want %v and %v", row.after, rate, left, row.rate, row.left)
		}
	}
}

// On a terminal a status takes the place of the one before, whatever is longer.
func TestShow(t *testing.T) {
	var b strings.Builder
	w := &Watched{Rate: 12.5, Left: 90}
	if err := (Shown{Out: &b, Terminal: true}).show(w); err != nil {
		t.Fatal(err)
	}
	text := b.String()
	if !strings.HasPrefix(text, "\x1b[H") || !strings.HasSuffix(text, "\x1b[J") || strings.Count(text, "\n") != strings.Count(text, "\x1b[K\n") {
		t.Errorf("%q", text)
	}
	if !strings.Contains(text, "rate       12.5 settled a second, about 1m30s left") {
		t.Errorf("no rate in %q", text)
	}
	b.Reset()
	if err := (Shown{Out: &b, JSON: true}).show(w); err != nil || !strings.Contains(b.String(), `"settled_per_second":12.5,"left_seconds":90`) || !strings.Contains(b.String(), `"holder":null`) {
		t.Errorf("%v, %q", err, b.String())
	}
}
