package main

import (
	"context"
	"encoding/json"
	"fmt"

	"cleaner/internal/sim"
)

// finish makes passes until nothing is pending, and then checks everything. The
// last pass must end with the exit code that its ledger asks for.
func (t *trial) finish(ctx context.Context) error {
	const most = 20 // passes, each of which waits for retry.max at least
	for range most {
		before := t.sim.Truth().Deletes
		end, err := t.pass(ctx, true)
		if err != nil {
			return err
		}
		if end.code == exitLimit || end.code == exitBelt || end.code == exitCredentials {
			continue // what is left was due later, or the pass was stopped by what many answers had in common
		}
		return t.check(ctx, end, t.sim.Truth().Deletes-before)
	}
	return fmt.Errorf("%d passes have not settled every ID", most)
}

// expect runs cleaner with args and wants an exit code.
func (t *trial) expect(ctx context.Context, code int, args ...string) error {
	end, err := t.run(ctx, args...)
	if err == nil && end.code != code {
		t.violate("cleaner %s: exit code %d, want %d: %s", args[0], end.code, code, end.stderr)
	}
	return err
}

// check holds everything that is to be read after the last pass, which ended as
// end says and sent so many requests, against the service's truth.
func (t *trial) check(ctx context.Context, end ended, requests int64) error {
	if err := t.look(ctx); err != nil {
		return err
	}
	l, err := readLedger(ctx, t.ledgerPath())
	if err != nil {
		return err
	}
	r, err := t.readReport()
	if err != nil {
		return fmt.Errorf("read report: %w", err)
	}
	t.checkExit(end, r, l)
	t.checkReport(end, r, requests)
	t.checkTruth(l)
	t.checkPoison(l)
	for _, check := range []func() error{
		func() error { return t.checkBalance(ctx) },
		func() error { return t.checkResults(l) },
	} {
		if err := check(); err != nil {
			return err
		}
	}
	return nil
}

// checkExit wants every ID settled, and the exit code that says how the pass
// settled those that were left to it.
func (t *trial) checkExit(end ended, r reported, l ledger) {
	by := l.states()
	want := exitOK
	if r.Dead > 0 {
		want = exitDead
	}
	if end.code != want {
		t.violate("exit code %d, want %d: %s", end.code, want, end.stderr)
	}
	if n := len(by["pending"]); n > 0 {
		t.violate("%d IDs are pending after the last pass, e.g. %s", n, by["pending"][0])
	}
}

// checkTruth holds each ID's state against what the service knows of it.
func (t *trial) checkTruth(l ledger) {
	for _, id := range t.ids {
		if err := t.agree(id, l[id], t.sim.TruthOf(id)); err != nil {
			t.wrong++
			t.violate("false: %s: %w", id, err)
		}
	}
}

// agree returns an error when the service knows better. An ID that is there can
// be gone only when an answer was lost on its way, in a process that died, or with
// a part of the ledger.
func (t *trial) agree(id string, e entry, truth sim.TaskTruth) error {
	s := e.state
	doubt := t.inDoubt[id] || t.robbed
	no := func(why string) error { return fmt.Errorf("%s, but %s: %+v", s, why, truth) }
	switch {
	case s == "deleted" && truth.Effects != 1:
		return no("the service has not deleted it")
	case s == "gone" && truth.Requests == 0:
		return no("it was never sent")
	case s == "gone" && !t.absent[id] && truth.Effects != 1:
		return no("it is there")
	case s == "gone" && !t.absent[id] && truth.LostAnswers == 0 && !doubt:
		return no("no answer was lost")
	case s == "protected" && truth.Requests != 0:
		return no("it was sent")
	case e.poison: // whether it is deleted is not known; see checkPoison
	case s == "dead" && !t.setup.refused:
		return no("nothing was wrong with it")
	case s == "dead" && truth.Effects != truth.LostAnswers && !doubt:
		return no("the service said that it is deleted")
	case truth.RepeatsAfterAnswer > 0 && !doubt:
		return no("it was sent again after its answer")
	}
	return nil
}

// checkBalance wants the status command to balance and to count all that were
// given.
func (t *trial) checkBalance(ctx context.Context) error {
	end, err := t.run(ctx, "status", "--json", "--config", t.path("cleaner.yaml"))
	if err != nil {
		return err
	}
	var status struct {
		Ledger numbers `json:"ledger"`
		Holder any     `json:"holder"`
	}
	if err := json.Unmarshal([]byte(end.stdout), &status); err != nil {
		return fmt.Errorf("read status %q%s: %w", end.stdout, end.stderr, err)
	}
	if n := status.Ledger; !n.balanced() || n.Loaded != int64(len(t.ids)) {
		t.violate("status does not balance to the %d IDs given: %+v", len(t.ids), n)
	}
	if status.Holder != nil {
		t.violate("nobody is at work, but status says %v", status.Holder)
	}
	return nil
}

// checkReport wants the report to balance and to agree with the exit code, the
// ledger and the number of requests that the service counted meanwhile.
func (t *trial) checkReport(end ended, r reported, requests int64) {
	if !r.balanced() || !r.Ledger.balanced() || r.Ledger.Loaded != int64(len(t.ids)) {
		t.violate("the report does not balance: %+v", r)
	}
	if r.ExitCode != end.code {
		t.violate("the report says exit code %d, but it was %d", r.ExitCode, end.code)
	}
	if r.Requests != requests {
		t.violate("the report says %d requests, but the service counted %d", r.Requests, requests)
	}
}

// checkPoison wants no more IDs to be set aside for having killed the process
// than that can have happened to: each takes a death of its own, and one before
// that it may share with others.
func (t *trial) checkPoison(l ledger) {
	t.poison = 0
	for _, e := range l {
		if e.poison {
			t.poison++
		}
	}
	if t.poison > max(t.interrupted-1, 0) {
		t.violate("%d IDs are set aside at deaths of the process, but it died %d times", t.poison, t.interrupted)
	}
}
