package terminal

import (
	"context"
	"encoding/json"
	"iter"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"cleaner/internal/queue"
)

var wide = Table{
	Head: []string{"ID", "CODE", "REASON"}, Cut: []bool{false, false, true},
	Rows: [][]string{{"0123456789abcdef0123456789abcdef", "CC.1", "the service says\nthat it is busy"}, {"fedcba9876543210fedcba9876543210", "-", "x"}},
}

// A table that is too wide has its texts cut, and one that is still too wide has a line for
// each cell; an ID is whole at every width.
func TestTableFits(t *testing.T) {
	for width, want := range map[int]string{
		0:   "ID                                CODE  REASON\n0123456789abcdef0123456789abcdef  CC.1  the service says that it is busy\nfedcba9876543210fedcba9876543210  -     x\n",
		60:  "ID                                CODE  REASON\n0123456789abcdef0123456789abcdef  CC.1  the service says th…\nfedcba9876543210fedcba9876543210  -     x\n",
		200: "ID                                CODE  REASON\n0123456789abcdef0123456789abcdef  CC.1  the service says that it is busy\nfedcba9876543210fedcba9876543210  -     x\n",
		40:  "id      0123456789abcdef0123456789abcdef\ncode    CC.1\nreason  the service says that it is busy\n\nid      fedcba9876543210fedcba9876543210\nreason  x\n",
	} {
		var b strings.Builder
		if err := wide.Write(&b, width); err != nil || b.String() != want {
			t.Errorf("%d columns: %v\n%s\nwant\n%s", width, err, b.String(), want)
		}
	}
	for width := 48; width < 100; width++ {
		var b strings.Builder
		_ = wide.Write(&b, width)
		for line := range strings.Lines(b.String()) {
			if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); n > width {
				t.Errorf("%d columns in %d: %q", n, width, line)
			}
		}
	}
}

// deadIn is a ledger that has these letters.
type deadIn []queue.DeadLetter

func (d deadIn) Dead(context.Context, queue.Filter) iter.Seq2[queue.DeadLetter, error] {
	return func(yield func(queue.DeadLetter, error) bool) {
		for _, l := range d {
			if !yield(l, nil) {
				return
			}
		}
	}
}
func (deadIn) DeadCodes(context.Context) ([]queue.DeadCode, error) { return nil, nil }

func TestLettersInOrder(t *testing.T) {
	at := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	ledger := deadIn{
		{ID: "b", Code: "2", Batch: "y", Attempts: 1, LastAt: at}, {ID: "c", Code: "1", Batch: "x", Attempts: 8, LastAt: at.Add(1)}, {ID: "a", Code: "3", Batch: "z", Attempts: 2, LastAt: at.Add(2)},
	}
	for _, row := range []struct {
		by   Order
		most int
		want string
	}{
		{"oldest", 0, "bca"}, {"", 2, "bc"}, {"newest", 0, "acb"}, {"newest", 1, "a"}, {"code", 0, "cba"}, {"batch", 0, "cba"}, {"attempts", 2, "ca"}, {"id", 9, "abc"},
	} {
		letters, err := Listing{By: row.by, Most: row.most}.Letters(t.Context(), ledger)
		got := ""
		for _, l := range letters {
			got += l.ID
		}
		if err != nil || got != row.want {
			t.Errorf("%q, at most %d: %s, %v", row.by, row.most, got, err)
		}
	}
	var o Order
	if err := o.Set("age"); err == nil || !strings.Contains(err.Error(), "oldest, attempts, batch, code, id, newest") {
		t.Errorf("%v", err)
	}
	var b strings.Builder
	if err := LettersJSON(&b, ledger[:1]); err != nil || !json.Valid([]byte(b.String())) {
		t.Errorf("%v, %q", err, b.String())
	}
}
