package pass

import (
	"context"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"cleaner/internal/queue"
	"cleaner/internal/worker"
)

// TestForesee: it says what a pass would do and changes nothing; the pass that follows does
// that, whatever has become of the inputs.
func TestForesee(t *testing.T) {
	f := &far{}
	try(t, f, func(tr *trial) {
		tr.spec.Inputs = []Source{tr.file("earlier.txt", ids(0, 4)...)}
		tr.spec.Limits.Deletes = 1
		tr.pass(tr.Context())
		tr.spec.Limits.Deletes = 0
		tr.spec.Safety.ProtectFile = tr.write("protect", "task-0009\n")
		tr.spec.Inputs = []Source{tr.file("tasks.txt", append(ids(2, 13), "not valid")...)}
		before, sent := tr.counts(), f.requests()
		p, spec, forget, err := Preview(tr.Context(), tr.deps, tr.spec)
		defer forget()
		tr.want("error", err, nil)
		tr.want("carried over", p.Carried, int64(3))
		tr.want("new", p.New, int64(9))
		tr.want("rejected", p.Rejected, int64(1))
		tr.want("protected", p.Protected, int64(1))
		tr.want("would delete", p.WouldDelete, int64(11))
		tr.want("the ledger", tr.counts(), before)
		tr.want("requests", f.requests(), sent)
		_, err = os.Stat(tr.path("results.jsonl"))
		lines := len(tr.lines("results.jsonl"))
		tr.want("lines of the results", lines, 1)
		tr.want("results", err, nil)

		tr.file("tasks.txt", "task-0099")
		tr.spec = spec
		r := tr.pass(tr.Context())
		tr.want("deleted", r.Deleted, int64(11))
		tr.want("what came later", tr.ends["task-0099"].State == queue.Deleted, false)
	})
}

// TestAgreedToLess: a pass that finds more pending than was shown loads and sends nothing;
// one that finds less goes on.
func TestAgreedToLess(t *testing.T) {
	for name, later := range map[string]int{"more": 5, "as many": 0} {
		t.Run(name, func(t *testing.T) {
			f := &far{}
			try(t, f, func(tr *trial) {
				tr.spec.Inputs = []Source{tr.file("tasks.txt", ids(0, 4)...)}
				_, spec, forget, err := Preview(tr.Context(), tr.deps, tr.spec)
				defer forget()
				tr.want("error", err, nil)
				tr.open(func(q queue.Ledger) {
					_, err := tr.file("other.txt", ids(50, 50+later)...).Load(tr.Context(), q)
					tr.want("error", err, nil)
				})
				tr.spec = spec
				r, err := Run(tr.Context(), tr.Context(), tr.deps, tr.spec)
				tr.want("error", err, nil)
				if later == 0 {
					tr.want("deleted", r.Deleted, int64(4))
					return
				}
				tr.want("stopped by", r.StoppedBy, string(worker.StopDeclined))
				tr.want("requests", f.requests(), 0)
				tr.want("in the ledger", tr.counts().Loaded(), int64(later))
			})
		})
	}
}

// TestAgreedBeforeARelease: what was held at the question, and is released before the pass, was
// not agreed to.
func TestAgreedBeforeARelease(t *testing.T) {
	f := &far{}
	try(t, f, func(tr *trial) {
		tr.open(func(q queue.Ledger) {
			l, err := tr.file("wrong.txt", ids(50, 60)...).Load(tr.Context(), q)
			tr.want("load", err, nil)
			tr.want("hold", q.Hold(tr.Context(), queue.Hold{Batch: l.Batch, Kind: "failed_share", Why: "wrong"}), nil)
		})
		tr.spec.Inputs = []Source{tr.file("tasks.txt", ids(0, 4)...)}
		shown, spec, forget, err := Preview(tr.Context(), tr.deps, tr.spec)
		defer forget()
		tr.want("error", err, nil)
		tr.want("to delete", shown.WouldDelete, int64(4))
		tr.open(func(q queue.Ledger) {
			_, err := q.Release(tr.Context(), queue.Holds{All: true}, queue.Release{By: "somebody", Reason: "it is right"})
			tr.want("release", err, nil)
		})
		tr.spec = spec
		r, err := Run(tr.Context(), tr.Context(), tr.deps, tr.spec)
		tr.want("error", err, nil)
		tr.want("stopped by", r.StoppedBy, string(worker.StopDeclined))
		tr.want("requests", f.requests(), 0)
	})
}

// TestForeseeReadsAPipe whose content can be read only once, and keeps it for the pass; a stop
// ends the reading.
func TestForeseeReadsAPipe(t *testing.T) {
	tr := newTrial(t, t.TempDir(), &far{})
	fifo := filepath.Join(tr.dir, "fifo")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	in := tr.file("unused")
	in.Path = fifo
	tr.spec.Inputs = []Source{in}
	stopped, stop := context.WithCancel(t.Context())
	stop()
	if _, _, _, err := Preview(stopped, tr.deps, tr.spec); err == nil {
		t.Error("it read a pipe that nobody writes to")
	}
	wrote := make(chan error, 1)
	go func() { wrote <- os.WriteFile(fifo, []byte("task-0001\ntask-0002\n"), 0) }()
	p, spec, forget, err := Preview(t.Context(), tr.deps, tr.spec)
	defer forget()
	tr.want("error", err, nil)
	tr.want("written", <-wrote, nil)
	tr.want("new", p.New, int64(2))
	tr.spec = spec
	tr.want("deleted", tr.pass(t.Context()).Deleted, int64(2))
}
