package pass

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"
	"testing"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"cleaner/internal/answer"
	"cleaner/internal/queue"
)

// cutShort is how the log line begins that is written while the results file of a
// dead pass is looked at: with the ledger open, and before anything else is done.
const cutShort = "a pass was cut short"

// TestRequeueWhileAPassBegins: what the pass has not yet counted cannot come in
// anew, and the numbers balance.
func TestRequeueWhileAPassBegins(t *testing.T) {
	try(t, &far{}, func(tr *trial) {
		tr.died(queue.Dead, 10, 6, 2, tr.path("results.jsonl"))
		asked := 0
		tr.deps.Log = tr.deps.Log.WithOptions(zap.Hooks(func(e zapcore.Entry) error {
			if strings.HasPrefix(e.Message, cutShort) {
				asked++
				n, err := tr.deps.Live.Requeue(tr.Context(), queue.Filter{})
				tr.want("requeued", n, int64(0))
				tr.want("refused", errors.Is(err, ErrHeld), true)
			}
			return nil
		}))
		r := tr.pass(tr.Context())
		tr.want("asked", asked, 1)
		tr.want("deleted", r.Deleted, int64(4))
		tr.want("lines", len(tr.lines("results.jsonl")), 10)
	})
}

// TestRequeueWithinAPass: it deletes them too, and one that died in this pass counts
// as dead and as deleted.
func TestRequeueWithinAPass(t *testing.T) {
	asked := 0
	try(t, &far{latency: time.Second, answer: func(string, int) answer.Answer {
		if asked++; asked == 1 { // not an ID by name: some are kept for later at random, and might be the last
			return refused
		}
		return ok
	}}, func(tr *trial) {
		tr.spec.Limits.Workers = 1
		tr.input(20)
		ended := make(chan Report)
		go func() { ended <- tr.pass(tr.Context()) }()
		live := tr.deps.Live
		for live.View().Done.Dead == 0 {
			time.Sleep(100 * time.Millisecond)
		}
		n, err := live.Requeue(tr.Context(), queue.Filter{})
		tr.want("requeued", n, int64(1))
		tr.want("error", err, nil)
		tr.want("total", live.View().Total, int64(21))
		r := <-ended
		tr.want("loaded", r.Loaded, int64(21))
		tr.want("dead", r.Dead, int64(1))
		tr.want("deleted", r.Deleted, int64(20))
		_, err = live.Requeue(tr.Context(), queue.Filter{})
		tr.want("refused afterwards", errors.Is(err, ErrHeld), true)
	})
}

// TestRequeueKeepsTheCap: what is requeued in a pass is held against the cap as if
// it had been there at the start.
func TestRequeueKeepsTheCap(t *testing.T) {
	try(t, &far{}, func(tr *trial) {
		tr.died(queue.Dead, 10, 6, 6, tr.path("results.jsonl")) // 4 are pending
		tr.open(func(q queue.Ledger) {
			tr.want("completed", CompleteResults(tr.Context(), q, tr.deps.Log), nil)
			p, err := q.Begin(tr.Context(), "")
			tr.want("begin", err, nil)
			var r requeues
			setsOut := func(want int64) {
				t.Helper()
				n, _, err := r.setOut(tr.Context(), queue.SourceCount{})
				tr.want("to settle", n, want)
				tr.want("error", err, nil)
			}
			r.admit(q, p, 9)
			n, err := r.requeue(tr.Context(), queue.Filter{})
			if n != 0 || err == nil || !strings.Contains(err.Error(), "safety.refuse_above (9)") {
				t.Errorf("over the cap: %d requeued, %v", n, err)
			}
			setsOut(4)
			r.admit(q, p, 10)
			n, err = r.requeue(tr.Context(), queue.Filter{})
			tr.want("at the cap", n, int64(6))
			tr.want("error", err, nil)
			setsOut(10)
			r.end()
			_, err = r.requeue(tr.Context(), queue.Filter{})
			tr.want("after the end", errors.Is(err, ErrHeld), true)
			tr.want("end", p.End(tr.Context()), nil)
		})
	})
}

// idsOf yields n IDs that begin with a word.
func idsOf(word string, n int) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		for i := range n {
			if !yield(fmt.Sprintf("%s-%04d", word, i), nil) {
				return
			}
		}
	}
}

// TestTakeWithinAPass: what comes in while a pass is under way is deleted by it and
// balances, and nothing is let in that its cap has no room for.
func TestTakeWithinAPass(t *testing.T) {
	try(t, &far{latency: time.Second}, func(tr *trial) {
		tr.spec.Limits.Workers, tr.spec.Safety.Cap = 1, 30
		tr.input(20)
		ended := make(chan Report)
		live := tr.deps.Live
		_, err := live.Room(tr.Context())
		tr.want("no room before", errors.Is(err, ErrHeld), true)
		go func() { ended <- tr.pass(tr.Context()) }()
		for live.View().Done.Deleted < 5 {
			time.Sleep(100 * time.Millisecond)
		}
		take := func(word string, n int64) error {
			return live.Take(tr.Context(), n, func(q queue.Ledger) error {
				_, err := q.Load(tr.Context(), queue.Batch{Name: word}, idsOf(word, int(n)))
				return err
			})
		}
		room, err := live.Room(tr.Context())
		tr.want("room", room, int64(10))
		tr.want("error", err, nil)
		err = take("over", 11)
		tr.want("over the cap", errors.Is(err, ErrNoRoom), true)
		tr.want("within the cap", take("more", 10), nil)
		tr.want("total", live.View().Total, int64(30))
		room, err = live.Room(tr.Context())
		tr.want("no room", room, int64(0))
		tr.want("error", err, nil)
		r := <-ended
		tr.want("loaded", r.Loaded, int64(30))
		tr.want("deleted", r.Deleted, int64(30))
		tr.want("afterwards", errors.Is(take("late", 1), ErrHeld), true)
	})
}

// away is a source that brings some IDs and breaks off.
type away struct{}

func (away) Name() string { return "intake orders" }

func (away) Load(ctx context.Context, q queue.Loader) (l Loaded, err error) {
	l.Loaded, err = q.Load(ctx, queue.Batch{Name: "some"}, idsOf("some", 3))
	return l, errors.Join(err, &UnavailableError{errors.New("no route")})
}

// TestAwaySource: a source that is away holds up no pass, tolerant or not. What it
// brought is deleted, and the pass says that it went without the rest.
func TestAwaySource(t *testing.T) {
	for _, tolerant := range []bool{false, true} {
		try(t, &far{}, func(tr *trial) {
			tr.input(2)
			tr.spec.Inputs, tr.spec.Tolerant = append([]Source{away{}}, tr.spec.Inputs...), tolerant
			r := tr.pass(tr.Context())
			tr.want("deleted", r.Deleted, int64(5))
			tr.want("without", fmt.Sprint(r.Without), "[the rest of intake orders]")
			tr.want("unread", r.Unread, true)
		})
	}
}
