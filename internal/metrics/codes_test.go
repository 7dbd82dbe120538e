package metrics

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"cleaner/internal/queue"
)

// lettered is a ledger with dead letters of these codes.
type lettered struct {
	codes []queue.DeadCode
	err   error
	asked int
}

func (l *lettered) Counts(context.Context) (c queue.Counts, err error) {
	for _, d := range l.codes {
		c.Dead += d.Count
	}
	return c, nil
}

func (l *lettered) DeadCodes(context.Context) ([]queue.DeadCode, error) {
	l.asked++
	return l.codes, l.err
}

// However many codes there are, and whatever the far side calls them, there are few series,
// and their sum is what there is.
func TestDeadLettersByCode(t *testing.T) {
	l := &lettered{}
	for i := range 40 {
		l.codes = append(l.codes, queue.DeadCode{Code: fmt.Sprintf("CC.%08d", i), Count: int64(100 - i)})
	}
	odd := []string{"", "other", "two words", strings.Repeat("a", 41), "a\nb", `"`, "ein-Umlaut-ä"}
	for _, code := range odd {
		l.codes = append([]queue.DeadCode{{Code: code, Count: 1000}}, l.codes...)
	}
	m := New("", "")
	defer m.WatchLedger(l)()
	text := rendered(t, m)
	if n := strings.Count(text, "\n"+nameCodes+"{"); n != mostCodes+1 {
		t.Errorf("%d series, want %d", n, mostCodes+1)
	}
	rest := 6 * 1000 // what is odd, but for the empty one
	for i := mostCodes - 1; i < 40; i++ {
		rest += 100 - i
	}
	has(t, text, nameCodes+`{code="none"} 1000`, nameCodes+`{code="CC.00000000"} 100`, fmt.Sprintf("%s{code=%q} %d", nameCodes, "other", rest))
}

// All dead letters are read only when their number has changed, or now and then; and not at
// all when there are none.
func TestDeadLettersAreCountedSeldom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &lettered{}
		m := New("", "")
		defer m.WatchLedger(l)()
		has(t, rendered(t, m), nameCodes+`{code="other"} 0`)
		want := func(times int) {
			t.Helper()
			rendered(t, m)
			rendered(t, m)
			if l.asked != times {
				t.Errorf("asked %d times, want %d", l.asked, times)
			}
		}
		want(0)
		l.codes = []queue.DeadCode{{Code: "CC.00050000", Count: 3}}
		want(1)
		l.codes = []queue.DeadCode{{Code: "CC.00050000", Count: 2}, {Code: "reset", Count: 1}}
		want(1)
		time.Sleep(codesAge)
		want(2)
		has(t, rendered(t, m), nameCodes+`{code="reset"} 1`)
		l.codes, l.err = []queue.DeadCode{{Count: 9}}, errors.New("busy")
		has(t, rendered(t, m), nameCodes+`{code="reset"} 1`, "cleaner_dead_letters 9", "cleaner_ledger_read_failures_total 0")
		l.codes, l.err = nil, nil
		has(t, rendered(t, m), nameCodes+`{code="other"} 0`)
	})
}
