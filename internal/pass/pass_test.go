package pass

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"cleaner/internal/answer"
	"cleaner/internal/queue"
	"cleaner/internal/report"
	"cleaner/internal/worker"
)

// TestPass: it loads, deletes and tells everybody, and ends in the ledger.
func TestPass(t *testing.T) {
	try(t, &far{answer: func(id string, _ int) answer.Answer {
		switch id {
		case "task-0007":
			return gone
		case "task-0008":
			return refused
		}
		return ok
	}}, func(tr *trial) {
		tr.spec.Safety.ProtectFile = tr.write("protect", "task-0009\n")
		tr.spec.Inputs = []Source{tr.file("tasks.txt", append(ids(0, 10), "task-0001", "not valid")...)}
		r := tr.pass(tr.Context())
		tr.want("loaded", r.Loaded, int64(10))
		tr.want("duplicates", r.Duplicates, int64(1))
		tr.want("rejected", r.Rejected, int64(1))
		tr.want("deleted", r.Deleted, int64(7))
		tr.want("gone", r.Gone, int64(1))
		tr.want("dead", r.Dead, int64(1))
		tr.want("protected", r.Protected, int64(1))
		tr.want("requests", r.Requests, int64(9))
		tr.want("logins", r.Logins, int64(1))
		tr.want("stopped by", r.StoppedBy, "")
		tr.want("lines", len(tr.lines("results.jsonl")), 10)
		tr.want("lines in the report", r.Results.Lines, int64(10))
		tr.want("outcomes observed", len(tr.ends), 10)
		tr.want("code of the dead letter", tr.ends["task-0008"].Code, "CC.00050016")
		tr.want("log of the dead letter", tr.logged("dead letter"), true)
		tr.open(func(q queue.Ledger) {
			left, err := q.Unfinished(tr.Context())
			tr.want("passes that have not ended", len(left), 0)
			tr.want("error", err, nil)
		})

		tr.spec.Inputs = nil
		r = tr.pass(tr.Context())
		tr.want("requests of the next", r.Requests+int64(tr.far.requests()), int64(9))
		tr.want("nothing to do", tr.logged("nothing to do"), true)
		tr.want("the next has results", r.Results == nil, true)
	})
}

// TestInvalidLinesRefuseAnInput: nothing of it is loaded, and nothing is sent, unless
// the pass is tolerant.
func TestInvalidLinesRefuseAnInput(t *testing.T) {
	try(t, &far{}, func(tr *trial) {
		bad := tr.file("bad.txt", "not valid", "task-0001")
		tr.spec.Inputs = []Source{tr.file("good.txt", ids(0, 5)...), bad, tr.file("more.txt", ids(5, 7)...)}
		r, err := tr.fails(tr.Context())
		_, refused := errors.AsType[*InputError](err)
		tr.want("it is refused", refused, true)
		tr.want("sent", tr.far.requests(), 0)
		tr.want("pending", r.Pending, int64(5))

		tr.spec.Tolerant = true
		r = tr.pass(tr.Context())
		tr.want("deleted", r.Deleted, int64(7))
		tr.want("without", strings.Join(r.Without, " "), bad.Path)
		tr.want("reason", r.Reason, "not loaded: "+bad.Path+"; the log says why")
		tr.want("log", tr.logged("input not loaded"), true)

		tr.spec.Inputs = []Source{Unreadable("the spool /none", os.ErrNotExist)}
		r = tr.pass(tr.Context())
		tr.want("reason", r.Reason, "not loaded: the spool /none; the log says why")
	})
}

// TestWithoutNamesAFew: a reason does not grow with the inputs.
func TestWithoutNamesAFew(t *testing.T) {
	want := "why; not loaded: a, b, c and 2 more; the log says why"
	if got := withoutText("why", []string{"a", "b", "c", "d", "e"}); got != want {
		t.Errorf("the reason is %q, want %q", got, want)
	}
}

// TestInterruptedLoadIsNotRefused: an input whose load was stopped by a signal is not
// at fault, and may be loaded later.
func TestInterruptedLoadIsNotRefused(t *testing.T) {
	try(t, &far{}, func(tr *trial) {
		tr.input(10)
		tr.spec.Tolerant = true
		r, err := tr.fails(tr.stopped(worker.StopSignal))
		stop, ok := errors.AsType[*worker.Stop](err)
		tr.want("it is a stop", ok && stop.Kind == worker.StopSignal, true)
		tr.want("stopped by", r.StoppedBy, "signal")
		tr.want("loaded", r.Loaded, int64(0))
	})
}

// TestTimeBoxEndsALoad: an input that could not be loaded in time is not loaded at
// all, and the report says why.
func TestTimeBoxEndsALoad(t *testing.T) {
	try(t, &far{}, func(tr *trial) {
		tr.input(100)
		tr.spec.Inputs[0] = slow{tr.spec.Inputs[0]}
		tr.spec.MaxDuration = 50 * time.Second
		r, _ := tr.fails(tr.Context())
		tr.want("stopped by", r.StoppedBy, "max_duration")
		tr.want("loaded", r.Loaded, int64(0))
		tr.want("requests", tr.far.requests(), 0)
		tr.spec.MaxDuration = 0
		tr.want("deleted", tr.pass(tr.Context()).Deleted, int64(100))
	})
}

// TestTimeBoxEndsTheWork: what is left stays pending.
func TestTimeBoxEndsTheWork(t *testing.T) {
	try(t, &far{}, func(tr *trial) {
		tr.input(100)
		tr.spec.Limits.Rate, tr.spec.Limits.Burst, tr.spec.MaxDuration = 5, 1, 4*time.Second
		r := tr.pass(tr.Context())
		tr.want("stopped by", r.StoppedBy, "max_duration")
		tr.want("some are deleted", r.Deleted > 10 && r.Deleted < 30, true)
	})
}

// TestStopBeforeTheWork: what stops a pass before its worker begins ends it as it
// would a moment later, and is no failure.
func TestStopBeforeTheWork(t *testing.T) {
	for _, kind := range []worker.StopKind{worker.StopMaxDuration, worker.StopSignal} {
		for _, most := range []int64{0, 19} { // below what is pending, what is protected is counted
			t.Run(fmt.Sprint(kind, most), func(t *testing.T) {
				try(t, &far{}, func(tr *trial) {
					tr.open(func(q queue.Ledger) {
						_, err := tr.file("tasks.txt", ids(0, 20)...).Load(tr.Context(), q)
						tr.want("load", err, nil)
					})
					tr.spec.Safety.Cap = most
					tr.spec.Safety.ProtectFile = tr.write("protect", id(0)+"\n")
					r := tr.pass(tr.stopped(kind))
					tr.want("stopped by", r.StoppedBy, string(kind))
					tr.want("pending", r.Pending, int64(20))
					tr.want("requests", tr.far.requests(), 0)
				})
			})
		}
	}
}

// TestCapLeavesOutWhatIsProtected: what is protected does not count against the cap.
func TestCapLeavesOutWhatIsProtected(t *testing.T) {
	try(t, &far{}, func(tr *trial) {
		tr.input(10)
		tr.spec.Safety.Cap = 7
		tr.spec.Safety.ProtectFile = tr.write("protect", id(0)+"\n"+id(1)+"\n")
		r := tr.pass(tr.Context())
		tr.want("stopped by", r.StoppedBy, "cap")
		tr.want("requests over the cap", tr.far.requests(), 0)
		tr.write("protect", id(0)+"\n"+id(1)+"\n"+id(2)+"\n")
		r = tr.pass(tr.Context())
		tr.want("deleted", r.Deleted, int64(7))
		tr.want("protected", r.Protected, int64(3))
	})
}

// TestUnreadableListStopsThePass: while what is protected cannot be known, nothing is
// deleted, whether that is found out at the cap or later.
func TestUnreadableListStopsThePass(t *testing.T) {
	try(t, &far{}, func(tr *trial) {
		tr.input(10)
		tr.spec.Safety.ProtectFile = tr.path("none")
		r := tr.pass(tr.Context())
		tr.want("stopped by", r.StoppedBy, "protect_file")
		tr.spec.Safety.Cap = 7
		_, err := tr.fails(tr.Context())
		_, guard := errors.AsType[*ProtectError](err)
		tr.want("it is the guard", guard, true)
		tr.want("requests", tr.far.requests(), 0)
	})
}

// TestBudgetContinues: passes with a budget make progress one after the other.
func TestBudgetContinues(t *testing.T) {
	try(t, &far{}, func(tr *trial) {
		tr.input(100)
		tr.spec.Limits.Deletes = 60
		r := tr.pass(tr.Context())
		tr.want("stopped by", r.StoppedBy, "max_deletes")
		r = tr.pass(tr.Context())
		tr.want("loaded by the second", r.Loaded, int64(40))
		tr.want("duplicates", r.Duplicates, int64(100))
		tr.want("deleted by the second", r.Deleted, int64(40))
		tr.want("whole ledger", r.Ledger.Deleted, int64(100))
		tr.want("requests", tr.far.requests(), 100)
	})
}

// TestWhatIsDueLaterIsSaid: a pass that leaves something pending has a reason for it.
func TestWhatIsDueLaterIsSaid(t *testing.T) {
	try(t, &far{answer: func(id string, _ int) answer.Answer {
		if id == "task-0003" {
			return running
		}
		return ok
	}}, func(tr *trial) {
		tr.input(10)
		tr.spec.Retry.Deadline = 10 * time.Second
		r := tr.pass(tr.Context())
		tr.want("pending", r.Pending, int64(1))
		tr.want("stopped by", r.StoppedBy, "due_later")
	})
}

// TestWaitIsRemembered: what a service asks for holds for later passes until it is
// over, and for no other service.
func TestWaitIsRemembered(t *testing.T) {
	asking := true
	try(t, &far{answer: func(string, int) answer.Answer {
		if asking {
			return answer.Answer{Status: 429, Body: answer.BodyCoded, Codes: []string{"APIG.0308"}, RetryAfter: 3 * time.Hour}
		}
		return ok
	}}, func(tr *trial) {
		tr.input(10)
		tr.spec.Scope.Endpoint, tr.spec.Scope.Credential = "https://here", "password"
		r := tr.pass(tr.Context())
		tr.want("stopped by", r.StoppedBy, "throttle")
		asking = false
		sent := tr.far.requests()
		r = tr.pass(tr.Context())
		tr.want("stopped by", r.StoppedBy, "throttle")
		tr.want("sent", tr.far.requests(), sent)
		tr.spec.Scope.Endpoint = "https://there"
		tr.spec.Limits.Deletes = 2
		tr.want("deleted elsewhere", tr.pass(tr.Context()).Deleted, int64(2))
		tr.spec.Scope.Endpoint = "https://here"
		tr.spec.Limits.Deletes = 0
		time.Sleep(4 * time.Hour)
		tr.want("deleted when it is over", tr.pass(tr.Context()).Deleted, int64(8))
	})
}

// TestFullDiskStopsThePass: once a result cannot be written, nothing more is
// sent, and what was settled is settled all the same.
func TestFullDiskStopsThePass(t *testing.T) {
	try(t, &far{latency: time.Millisecond}, func(tr *trial) {
		tr.input(3000)
		tr.spec.Results = "/dev/full"
		_, err := tr.fails(tr.Context())
		tr.want("the error names the file", strings.Contains(err.Error(), "/dev/full"), true)
		sent := tr.far.requests()
		if sent == 0 || sent > 1500 {
			t.Errorf("%d of 3000 were sent before the disk was found full", sent)
		}
		tr.spec.Results = tr.path("results.jsonl")
		r := tr.pass(tr.Context())
		tr.want("whole ledger", r.Ledger.Deleted, int64(3000))
		tr.want("sent in all", tr.far.requests(), 3000)
	})
}

// TestRunOutlastsAnOutage: the service goes down on the way and comes back. The
// IDs have two attempts each, and none of them dies.
func TestRunOutlastsAnOutage(t *testing.T) {
	var began time.Time
	try(t, &far{latency: 5 * time.Millisecond, answer: func(string, int) answer.Answer {
		if d := time.Since(began); d > 300*time.Millisecond && d < time.Minute {
			return answer.Answer{Status: 502, Body: answer.BodyHTML}
		}
		return ok
	}}, func(tr *trial) {
		began = time.Now()
		tr.input(500)
		tr.spec.Retry.Attempts = 2
		r := tr.pass(tr.Context())
		tr.want("deleted", r.Deleted, int64(500))
		tr.want("some failed", r.Retries > 0, true)
	})
}

// TestReport: of a pass that never came to its ledger no numbers are known.
func TestReportWithoutALedger(t *testing.T) {
	try(t, &far{}, func(tr *trial) {
		tr.deps.Open = func(context.Context, bool) (queue.Ledger, error) { return nil, errors.New("no ledger") }
		r, err := tr.fails(tr.Context())
		tr.want("error", err.Error(), "no ledger")
		tr.want("known", r.Known, false)
		tr.want("summary", r.Summary(), "no numbers are known of this pass; the log says why")
		tr.want("it has an end", r.FinishedAt.IsZero(), false)
	})
}

// TestImbalanceIsTold before everything else: no stop may hide it.
func TestImbalanceIsTold(t *testing.T) {
	try(t, &far{}, func(tr *trial) {
		tr.input(10)
		open := tr.deps.Open
		tr.deps.Open = func(ctx context.Context, rehearse bool) (queue.Ledger, error) {
			q, err := open(ctx, rehearse)
			return miscounting{q}, err
		}
		_, err := tr.fails(tr.Context())
		_, unbalanced := errors.AsType[*BalanceError](err)
		tr.want("the numbers do not balance", unbalanced, true)
		_, err = tr.fails(tr.stopped(worker.StopSignal))
		_, unbalanced = errors.AsType[*BalanceError](err)
		tr.want("that a stop does not hide", unbalanced, true)
	})
}

// miscounting is a ledger whose passes count one deletion too many.
type miscounting struct{ queue.Ledger }

func (m miscounting) Begin(ctx context.Context, results string) (queue.Pass, error) {
	p, err := m.Ledger.Begin(ctx, results)
	return miscounted{p}, err
}

type miscounted struct{ queue.Pass }

func (m miscounted) Totals(ctx context.Context) (queue.Totals, error) {
	t, err := m.Pass.Totals(ctx)
	t.IDs[queue.Deleted]++
	return t, err
}

// TestResultsOfAnotherProgram are not continued, and stop the pass.
func TestResultsOfAnotherProgram(t *testing.T) {
	try(t, &far{}, func(tr *trial) {
		tr.input(10)
		tr.write("results.jsonl", "no line of results\n")
		_, err := tr.fails(tr.Context())
		tr.want("the file is named", strings.Contains(err.Error(), "results.jsonl"), true)
		tr.want("sent", tr.far.requests(), 0)
		tr.want("error", os.Remove(tr.path("results.jsonl")), nil)
		tr.pass(tr.Context())
		if _, err := report.OpenResults(tr.path("results.jsonl")); err != nil {
			t.Error(err)
		}
	})
}
