package pass

import (
	"context"
	"errors"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"cleaner/internal/queue"
	"cleaner/internal/worker"
)

// TestUnreadableFile: what the system cannot read is a fault of the machine, and what
// the operator named wrongly is the input's.
func TestUnreadableFile(t *testing.T) {
	try(t, &far{}, func(tr *trial) {
		tr.open(func(q queue.Ledger) {
			for path, want := range map[string]bool{
				"/proc/self/mem":  false, // it opens, and reading its beginning is an I/O error
				tr.path("none"):   true,
				tr.path("none/x"): true,
				tr.dir:            true,
			} {
				_, err := File{Path: path}.Load(tr.Context(), q)
				_, refused := errors.AsType[*InputError](err)
				_, unread := errors.AsType[*UnreadError](err)
				if err == nil || refused != want || unread == want {
					t.Errorf("%s: %v, the input's fault %v, want %v", path, err, refused, want)
				}
			}
		})
	})
}

// TestRejectsThatCannotBeKept are a fault of the machine, also where the input would
// have been refused: it may be loaded when that is mended. The pass goes on without it.
func TestRejectsThatCannotBeKept(t *testing.T) {
	for _, lines := range []int{1, 50} { // a few bad lines, or too many
		try(t, &far{}, func(tr *trial) {
			f := tr.file("tasks.txt", append(ids(0, 20), strings.Split(strings.Repeat("no task ID\n", lines), "\n")...)...)
			f.Rejects = tr.path("rejects.jsonl")
			tr.want("a folder in its place", os.Mkdir(f.Rejects, 0o700), nil)
			tr.spec.Inputs, tr.spec.Tolerant = []Source{f}, true
			r := tr.pass(tr.Context())
			tr.want("the machine is blamed", r.Unread, true)
			tr.want("the pass went without it", len(r.Without), 1)
			tr.want("mended", os.Remove(f.Rejects), nil)
			r = tr.pass(tr.Context())
			tr.want("rejected", r.Rejected > 0, true)
			tr.want("refused", len(r.Without), map[int]int{1: 0, 50: 1}[lines])
			text, err := os.ReadFile(f.Rejects)
			tr.want("kept", strings.Contains(string(text), "no task ID"), true)
			tr.want("error", err, nil)
		})
	}
}

// TestBatchesOfOneName: the same name, from two folders, at almost the same time.
func TestBatchesOfOneName(t *testing.T) {
	now := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	if a, b := batchName("a/t.txt", now), batchName("b/t.txt", now.Add(time.Nanosecond)); a == b {
		t.Errorf("both are %s", a)
	}
	if got := batchName("-", now); got != "stdin-20260501T120000.000000000Z" {
		t.Errorf("standard input is %s", got)
	}
}

// TestStandardInputIsLeft: standard input is often a pipe that nobody closes. A stop
// ends the load of it.
func TestStandardInputIsLeft(t *testing.T) {
	r, w := io.Pipe()
	defer func() { _ = w.Close() }()
	tr := newTrial(t, t.TempDir(), &far{})
	go func() { _, _ = io.WriteString(w, "task-0001\n") }()
	ctx, stop := context.WithCancelCause(t.Context())
	time.AfterFunc(50*time.Millisecond, func() { stop(&worker.Stop{Kind: worker.StopSignal, Why: "a test"}) })
	tr.spec.Inputs = []Source{File{Path: "-", Stdin: r}}
	_, err := tr.fails(ctx)
	if stopped, ok := errors.AsType[*worker.Stop](err); !ok || stopped.Kind != worker.StopSignal {
		t.Errorf("it ended with %v", err)
	}
}
