package pass

import (
	"context"
	"errors"
	"strings"
	"testing"

	"cleaner/internal/queue"
	"cleaner/internal/worker"
)

// TestWrongListAndRightOne: ten of a wrong list of 500 are deleted before it is noticed;
// then comes a right list of three, of which the wrong one has named one.
func TestWrongListAndRightOne(t *testing.T) {
	wrong := func(tr *trial) {
		tr.spec.Inputs, tr.spec.Limits.Deletes = []Source{tr.file("wrong.txt", ids(0, 500)...)}, 10
		r := tr.pass(tr.Context())
		tr.want("stopped by", r.StoppedBy, string(worker.StopMaxDeletes))
		tr.want("nothing is carried over", r.Carried == nil, true)
		tr.spec.Inputs, tr.spec.Limits.Deletes = []Source{tr.file("right.txt", append(ids(1_000, 1_002), "task-0499")...)}, 0
	}
	carriedOver := "3 from this input, 489 already pending from " // and the path of wrong.txt
	left := "489 stay pending, as they were not asked for"
	try(t, &far{}, func(tr *trial) {
		wrong(tr)
		tr.want("rehearsed", tr.says(tr.rehearses(), carriedOver+tr.path("wrong.txt")), true)
		r := tr.pass(tr.Context())
		tr.want("deleted", r.Deleted, int64(492))
		tr.want("summary", tr.says(r, carriedOver+tr.path("wrong.txt")), true)
		tr.want("what stays", tr.says(r, "stay pending"), false)
	})
	try(t, &far{}, func(tr *trial) {
		wrong(tr)
		tr.spec.OnlyGiven = true
		dry := tr.rehearses()
		tr.want("would be deleted", dry.WouldDelete, int64(3))
		tr.want("rehearsed", tr.says(dry, carriedOver+tr.path("wrong.txt"), left), true)
		tr.want("a rehearsal is well", dry.Well, true)
		for range 2 { // again, it has nothing to do
			r := tr.pass(tr.Context())
			tr.want("stopped by", r.StoppedBy, "")
			tr.want("pending in scope", r.InScope(), int64(0))
			tr.want("pending", r.Pending, int64(489))
			tr.want("summary", tr.says(r, left), true)
		}
		tr.want("sent", tr.far.requests(), 13)
		tr.spec.OnlyGiven, tr.spec.Inputs = false, nil
		tr.want("deleted by the next", tr.pass(tr.Context()).Deleted, int64(489))
	})
	try(t, &far{}, func(tr *trial) {
		wrong(tr)
		tr.withdraws("wrong.txt", 490)
		r := tr.pass(tr.Context())
		tr.want("deleted", r.Deleted, int64(3))
		tr.want("nothing is carried over", r.Carried == nil, true)
		tr.want("withdrawn", r.Ledger.Withdrawn, int64(489)) // the right list has named one of them
		tr.want("of the pass", r.Withdrawn, int64(0))
	})
}

// TestOnlyBatch: a pass over one batch of the ledger.
func TestOnlyBatch(t *testing.T) {
	try(t, &far{}, func(tr *trial) {
		tr.spec.Safety.Cap = 1
		tr.spec.Inputs = []Source{tr.file("a.txt", ids(0, 5)...), tr.file("b.txt", ids(4, 8)...)}
		r := tr.pass(tr.Context())
		tr.want("stopped by", r.StoppedBy, string(worker.StopCap))
		batch := tr.batch("b.txt")
		tr.spec.Inputs, tr.spec.OnlyBatch, tr.spec.Safety.Cap = nil, batch, 4
		tr.spec.Safety.ProtectFile = tr.write("protect", "task-0000\n")
		r = tr.pass(tr.Context())
		tr.want("stopped by", r.StoppedBy, "")
		tr.want("deleted", r.Deleted, int64(4))
		tr.want("summary", tr.says(r, "4 of batch "+batch+", 4 already pending from "+tr.path("a.txt"), "4 stay pending"), true)

		tr.spec.OnlyBatch, tr.spec.Inputs = "none", []Source{tr.file("c.txt", id(9))}
		r, err := tr.fails(tr.Context())
		_, missing := errors.AsType[*queue.NoBatchError](err)
		tr.want("there is no such batch", missing, true)
		tr.want("pending", tr.counts().Pending, int64(4))
		tr.want("reported as pending", r.Pending, int64(4))
	})
}

// TestOnlyGivenOfNothing: a pass that is confined to an input without a task ID sends
// nothing.
func TestOnlyGivenOfNothing(t *testing.T) {
	try(t, &far{}, func(tr *trial) {
		tr.spec.Inputs, tr.spec.Limits.Deletes = []Source{tr.file("a.txt", ids(0, 5)...)}, 1
		tr.pass(tr.Context())
		tr.spec.Inputs, tr.spec.Limits.Deletes, tr.spec.OnlyGiven = []Source{tr.file("empty.txt")}, 0, true
		r := tr.pass(tr.Context())
		tr.want("sent", tr.far.requests(), 1)
		tr.want("pending", r.Pending, int64(4))
		tr.want("stopped by", r.StoppedBy, "")
		tr.spec.Inputs = nil
		tr.pass(tr.Context())
		tr.want("sent without inputs", tr.far.requests(), 1)
	})
}

// says reports whether the summary of a pass has all of these words.
func (tr *trial) says(r Report, words ...string) bool {
	tr.Helper()
	for _, w := range words {
		if !strings.Contains(r.Summary(), w) {
			tr.Logf("%q is not in %q", w, r.Summary())
			return false
		}
	}
	return true
}

// rehearses makes a dry run.
func (tr *trial) rehearses() Report {
	tr.Helper()
	r, err := Rehearse(tr.Context(), tr.Context(), tr.deps, tr.spec)
	tr.want("error of the dry run", err, nil)
	return r
}

// batch is the name of the batch that a file was loaded as.
func (tr *trial) batch(file string) (name string) {
	tr.Helper()
	tr.open(func(q queue.Ledger) {
		bs, err := q.Batches(tr.Context())
		tr.want("error", err, nil)
		for _, b := range bs {
			if b.Source == tr.path(file) {
				name = b.Name
				tr.want("digits of its digest", len(b.Digest), 64)
			}
		}
	})
	return name
}

// withdraws withdraws the batch of a file between two passes.
func (tr *trial) withdraws(file string, want int64) {
	tr.Helper()
	batch := tr.batch(file)
	n, err := Between(tr.Context(), tr.opener(), tr.deps.Log, func(q queue.Ledger) (int64, error) {
		w, err := q.Withdraw(context.Background(), batch, "it was the wrong one")
		return w.Withdrawn, err
	})
	tr.want("error", err, nil)
	tr.want("withdrawn", n, want)
}
