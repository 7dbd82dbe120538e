package admin

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/dustin/go-humanize"

	"cleaner/internal/queue"
)

// The page asks before what leads to deletions or loses something, with the target and
// counts. Its forms say ask=yes: then a request without agreed=yes is answered with the
// question, and changes nothing. Programs, which do not say ask=yes, are not asked.

// asking returns the question of an action; empty when there is nothing to ask.
type asking func(e *endpoint, r *http.Request, at time.Time) (string, error)

var questions = map[string]asking{
	"/control/run":      askRun,
	"/control/resume":   askResume,
	"/control/stop":     askStop,
	"/control/release":  askRelease,
	"/control/withdraw": askWithdraw,
	"/dead/requeue":     askRequeue,
	"/dead/drop":        askDrop,
}

// question returns what is to be asked before r does something; empty is nothing.
func question(e *endpoint, path string, r *http.Request) (text string, at time.Time, err error) {
	ask := questions[path]
	if ask == nil || r.PostForm.Get("ask") != "yes" || r.PostForm.Get("agreed") == "yes" {
		return "", at, nil
	}
	at = time.Now()
	text, err = ask(e, r, at)
	return text, at, err
}

// askedAt is when the question was asked that r agrees to; zero when none was.
func askedAt(r *http.Request) time.Time {
	ms, err := strconv.ParseInt(r.PostForm.Get("asked"), 10, 64)
	if err != nil {
		return time.Time{}
	}
	return time.UnixMilli(ms)
}

const cannotUndo = "Deletions cannot be undone."

// currentOf is the status as the page shows it.
func currentOf(ctx context.Context, e *endpoint) Status { return e.shown.get(ctx).Status }

func askRun(e *endpoint, r *http.Request, _ time.Time) (string, error) {
	s := currentOf(r.Context(), e)
	return fmt.Sprintf("Start a pass now?\n\nIt loads what the inputs hold, and deletes for good what is pending: %s task IDs by now. "+
		"What the protect list names stays. %s\n\nTarget: %v", humanize.Comma(s.Ledger.Pending), cannotUndo, s.Target), nil
}

func askResume(e *endpoint, r *http.Request, _ time.Time) (string, error) {
	s := currentOf(r.Context(), e)
	return fmt.Sprintf("Let schedules start passes again?\n\nThey delete for good what is pending: %s task IDs by now. %s\n\nTarget: %v",
		humanize.Comma(s.Ledger.Pending), cannotUndo, s.Target), nil
}

func askStop(e *endpoint, r *http.Request, _ time.Time) (string, error) {
	s := currentOf(r.Context(), e)
	if s.Pass == nil {
		return "", nil
	}
	return fmt.Sprintf("Stop the pass under way?\n\n%s of %s task IDs are settled. %d requests under way may finish, and nothing more is sent. "+
		"What is left stays pending for the next pass.\n\nTarget: %v",
		humanize.Comma(s.Pass.Settled), humanize.Comma(s.Pass.Total), s.Pass.InFlight, s.Target), nil
}

func askRelease(e *endpoint, r *http.Request, _ time.Time) (string, error) {
	s, which, whole := currentOf(r.Context(), e), r.PostForm.Get("batch"), r.PostForm.Get("whole") == "yes"
	name, n := "batch "+which, int64(0)
	if whole {
		name = "the whole ledger"
	}
	for _, h := range s.Holds {
		if h.Batch == which {
			n = h.Pending
		}
	}
	return fmt.Sprintf("Release %s?\n\nThe next pass deletes for good its %s pending task IDs. %s\n\nTarget: %v", name, humanize.Comma(n), cannotUndo, s.Target), nil
}

func askWithdraw(e *endpoint, r *http.Request, _ time.Time) (string, error) {
	s, name := currentOf(r.Context(), e), r.PostForm.Get("batch")
	if e.o.Archive == nil {
		return "", errNoArchive
	}
	all, err := e.o.Archive.Batches(r.Context())
	for _, b := range all {
		if b.Name == name {
			return fmt.Sprintf("Withdraw batch %s, from %s?\n\nIts %s pending task IDs, and %s that another batch brought, are not deleted, "+
				"unless another batch names them too. %s of it are deleted already, and stay so.\n\nLedger: %s\nTarget: %v",
				b.Name, b.Source, humanize.Comma(b.Pending), humanize.Comma(b.Shared), humanize.Comma(b.Deleted), s.LedgerPath, s.Target), nil
		}
	}
	if err == nil {
		err = queue.NoBatch(name, queue.BatchNames(all))
	}
	return "", err
}

func askRequeue(e *endpoint, r *http.Request, at time.Time) (string, error) {
	what, s, err := lettersOf(e, r, at)
	return fmt.Sprintf("Make %s pending again?\n\nPasses delete their tasks for good, the one under way too. %s\n\nTarget: %v", what, cannotUndo, s.Target), err
}

func askDrop(e *endpoint, r *http.Request, at time.Time) (string, error) {
	what, s, err := lettersOf(e, r, at)
	return fmt.Sprintf("Drop %s from the ledger?\n\nTheir tasks are not deleted, and nobody remembers them: a list may bring them in anew.\n\nLedger: %s", what, s.LedgerPath), err
}

// lettersOf says which dead letters r chooses that died before at, and how many.
func lettersOf(e *endpoint, r *http.Request, at time.Time) (what string, s Status, err error) {
	s = currentOf(r.Context(), e)
	f, err := chosenLetters(r)
	if err != nil {
		return "", s, err
	}
	if f.ID != "" {
		return "the dead letter " + f.ID, s, nil
	}
	n, err := countLetters(r.Context(), e, f, at, s)
	what = humanize.Comma(n) + " dead letters"
	if f.Code != "" {
		what += " with code " + f.Code
	}
	if f.Batch != "" {
		what += " of batch " + f.Batch
	}
	return what, s, err
}

// countLetters counts in the ledger what the status does not tell.
func countLetters(ctx context.Context, e *endpoint, f queue.Filter, at time.Time, s Status) (n int64, err error) {
	if e.o.Archive == nil {
		return s.Ledger.Dead, nil
	}
	err = e.o.Archive.Letters(ctx, f, func(l queue.DeadLetter) bool {
		if l.LastAt.Before(at) {
			n++
		}
		return true
	})
	return n, err
}
