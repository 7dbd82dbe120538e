package main

import (
	"context"
	"os"
	"slices"
	"strings"
	"testing"
)

// oneDeleted is the place of a task that was deleted.
const oneDeleted = `(SELECT max(seq) FROM task WHERE state = 1)`

// TestChecksCatch tampers with what a good trial has left and wants the checks to
// say so: a check that cannot fail shows nothing.
func TestChecksCatch(t *testing.T) {
	l, err := newLab(t.Context(), build(t), t.TempDir(), 1, false)
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		name   string
		tamper func(*testing.T, *trial)
		want   string
	}{
		{"nothing", func(*testing.T, *trial) {}, ""},
		{"an ID is missing", change(`DELETE FROM task WHERE seq = 100`), "has 119 of 120 IDs"},
		{"the counters are wrong", change(`UPDATE batch SET gone = gone + 1`), "does not balance"},
		{"a settled ID is pending again", change(`UPDATE task SET state = 0 WHERE seq = ` + oneDeleted), "was deleted and is now \"pending\""},
		{"a settled ID has another end", change(`UPDATE task SET state = 2 WHERE seq = ` + oneDeleted), "was deleted and is now \"gone\""},
		{"one that was not sent is deleted", change(`UPDATE task SET state = 1 WHERE state = 3`), "the service has not deleted it"},
		{"one that was sent is protected", change(`UPDATE task SET state = 3 WHERE seq = ` + oneDeleted), "protected, but it was sent"},
		{"one that is there is gone", func(_ *testing.T, tr *trial) {
			tr.absent = map[string]bool{}
		}, "gone, but it is there"},
		{"a settled ID is sent again", func(t *testing.T, tr *trial) { tr.send(t, tr.ids[50]) }, "and was sent again: 2"},
		{"a line is missing", lines(func(all []string) []string { return all[1:] }), "results miss 1 settled IDs"},
		{"a line stands there twice", lines(func(all []string) []string { return append(slices.Clip(all), all[0]) }), "2 times"},
		{"a line is false", lines(func(all []string) []string {
			for i := range all {
				all[i] = strings.Replace(all[i], `"deleted"`, `"dead"`, 1)
			}
			return all
		}), "is dead in the results"},
	} {
		t.Run(row.name, func(t *testing.T) {
			tr, err := l.newTrial(setup{ids: 120})
			if err != nil {
				t.Fatal(err)
			}
			end, err := tr.pass(t.Context(), true)
			if err != nil {
				t.Fatal(err)
			}
			if err := tr.look(t.Context()); err != nil {
				t.Fatal(err)
			}
			requests := tr.sim.Truth().Deletes
			row.tamper(t, tr)
			err = tr.close(tr.check(t.Context(), end, requests))
			switch {
			case row.want == "" && err != nil:
				t.Error(err)
			case row.want != "" && (err == nil || !strings.Contains(err.Error(), row.want)):
				t.Errorf("want %q, got: %v", row.want, err)
			}
		})
	}
}

// change changes the ledger behind everybody's back.
func change(query string) func(*testing.T, *trial) {
	return func(t *testing.T, tr *trial) {
		db, err := openDB(tr.ledgerPath())
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = db.Close() }()
		if _, err := db.Exec(query); err != nil {
			t.Fatal(err)
		}
	}
}

// lines changes the lines of the results file.
func lines(edit func([]string) []string) func(*testing.T, *trial) {
	return func(t *testing.T, tr *trial) {
		text, err := os.ReadFile(tr.resultsPath())
		if err != nil {
			t.Fatal(err)
		}
		all := strings.SplitAfter(strings.TrimSuffix(string(text), "\n"), "\n")
		all[len(all)-1] += "\n"
		if err := os.WriteFile(tr.resultsPath(), []byte(strings.Join(edit(all), "")), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// send sends a DELETE for id that no ledger knows of: another cleaner does, with
// a ledger of its own.
func (t *trial) send(tt *testing.T, id string) {
	tt.Helper()
	text, err := os.ReadFile(t.path("cleaner.yaml"))
	if err != nil {
		tt.Fatal(err)
	}
	other := strings.Replace(string(text), t.ledgerPath(), t.path("other.db"), 1)
	for name, text := range map[string]string{"other.yaml": other, "other.txt": id + "\n"} {
		if err := os.WriteFile(t.path(name), []byte(text), 0o600); err != nil {
			tt.Fatal(err)
		}
	}
	if end, err := t.run(context.Background(), "run", "--config", t.path("other.yaml"), "--ids", t.path("other.txt")); err != nil || end.code != exitOK {
		tt.Fatalf("exit code %d, %v: %s", end.code, err, end.stderr)
	}
}
