package serve

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"cleaner/internal/admin"
	"cleaner/internal/assemble"
	"cleaner/internal/config"
	"cleaner/internal/ledger"
	"cleaner/internal/queue"
	"cleaner/internal/report"
	"cleaner/internal/sim"
)

// TestHistorySurvivesARestart: passes, their reports and how they went are there after a
// restart, and between passes nothing is written and nobody holds the ledger.
func TestHistorySurvivesARestart(t *testing.T) {
	try(t, sim.Options{Latency: sim.Latency{Min: 500 * time.Millisecond}}, func(tr *trial) {
		tr.cfg.Schedule = []config.Tick{{Cron: "@every 24h"}}
		tr.cfg.Limits.Workers = 1
		tr.spool(60)
		s := tr.serve()
		first := s.pass()
		tr.want("it has a page", first.ID > 0, true)
		tr.want("samples", len(s.status().History) > 1, true)
		before := tr.ledgerFiles()
		time.Sleep(5 * time.Hour)
		tr.want("what the files of the ledger hold between passes", tr.ledgerFiles(), before)
		q, err := assemble.Ledger(tr.cfg).Open(tr.Context(), ledger.Options{Command: "load"})
		if tr.want("the ledger is free", err, nil); err == nil {
			tr.want("close", q.Close(), nil)
		}
		tr.want("end", s.stop(), nil)

		again := tr.serve()
		got := again.status()
		tr.want("passes", len(got.Passes), 1)
		tr.want("the same", got.Passes[0].Summary, first.Summary)
		tr.want("by", got.Passes[0].Trigger, first.Trigger)
		tr.want("samples of before", len(got.History) > 1, true)
		archive := tr.web.Archive
		kept, err := archive.Pass(tr.Context(), first.ID)
		if tr.want("error", err, nil); kept == nil {
			t.Fatal("the pass has no page")
		}
		var r report.Report
		tr.want("report", json.Unmarshal(kept.Report, &r), nil)
		tr.want("deleted", r.Deleted, int64(60))
		tr.want("samples of the pass", len(kept.Samples), len(got.History))
		none, err := archive.Pass(tr.Context(), first.ID+7)
		tr.want("one that there is not", none == nil && err == nil, true)
		all, err := archive.Ended(tr.Context(), 0, 9)
		tr.want("listed", len(all) == 1 && err == nil, true)
		batches, err := archive.Batches(tr.Context())
		tr.want("batches", len(batches) == 1 && err == nil, true)
		file, name, err := archive.Results()
		if tr.want("results", err, nil); err != nil {
			return
		}
		text, err := io.ReadAll(file)
		tr.want("their lines", strings.Count(string(text), "\n"), 60)
		tr.want("their name", name, tr.path("results.jsonl"))
		tr.want("read", errors.Join(err, file.Close()), nil)
	})
}

// ledgerFiles are the files of the ledger with their content.
func (tr *trial) ledgerFiles() string {
	tr.Helper()
	var all strings.Builder
	paths, err := filepath.Glob(assemble.Ledger(tr.cfg).Path() + "*")
	if err != nil {
		tr.Fatal(err)
	}
	for _, path := range paths {
		if strings.HasSuffix(path, "-shm") {
			continue // readers mark themselves there
		}
		text, err := os.ReadFile(path)
		if err != nil {
			tr.Fatal(err)
		}
		all.WriteString(path + ": " + string(text) + "\n")
	}
	return all.String()
}

// TestWithdrawOnThePage: a batch is withdrawn between passes and during one, which goes on
// with the rest and balances. Dropping waits for the end of a pass.
func TestWithdrawOnThePage(t *testing.T) {
	try(t, sim.Options{Latency: sim.Latency{Min: time.Second}}, func(tr *trial) {
		tr.cfg.Schedule = []config.Tick{{Cron: "@every 24h"}}
		tr.cfg.Limits.Workers = 1
		tr.cfg.Safety.Canary = 0
		s := tr.serve()
		all := ids(30)
		tr.loads(all[:10])
		tr.loads(all[10:])
		control := tr.web.Control
		_, err := control.Withdraw(tr.Context(), "no such batch", "a test")
		_, missing := errors.AsType[*queue.NoBatchError](err)
		tr.want("a batch that there is not", missing, true)
		batches, err := tr.web.Archive.Batches(tr.Context())
		tr.want("batches", err == nil && len(batches) == 2, true)
		tr.want("run", control.RunNow(), nil)
		s.until("some are deleted", func() bool { return s.status().Ledger.Deleted >= 3 })
		_, err = control.Drop(tr.Context(), queue.Filter{})
		tr.want("drop", errors.Is(err, errUnderWay), true)
		w, err := control.Withdraw(tr.Context(), batches[1].Name, "a mistake")
		tr.want("withdraw", err, nil)
		if w.Withdrawn < 10 || w.Withdrawn > 20 { // some may have been deleted, or are under way
			t.Errorf("withdrawn %+v", w)
		}
		if p := s.status().Pass; p != nil {
			tr.want("what the pass sets out to settle", p.Total, 30-w.Withdrawn)
		}
		s.until("the pass has ended", func() bool { return s.status().Pass == nil })
		got := s.status()
		tr.want("deleted", got.Ledger.Deleted, 30-w.Withdrawn)
		tr.want("withdrawn in the ledger", got.Ledger.Withdrawn, w.Withdrawn)
		tr.want("exit code", got.Passes[0].ExitCode, 0)
		n, err := control.Drop(context.Background(), queue.Filter{ID: "nothing"})
		tr.want("drop between passes", n == 0 && err == nil, true)
	})
}

// TestSafetyIsShown: what keeps passes from deleting is on the page, as it is now.
func TestSafetyIsShown(t *testing.T) {
	try(t, sim.Options{}, func(tr *trial) {
		tr.cfg.Schedule = []config.Tick{{Cron: "@every 24h"}}
		tr.cfg.Safety.RefuseAbove = 500
		tr.cfg.Safety.ProtectFile = tr.write("protect.txt", "abc\n")
		s := tr.serve()
		got := s.status().Safety
		tr.want("safety", got, admin.Safety{
			Cap: 500, FailedShare: tr.cfg.Safety.FailedShare, NotFoundShare: tr.cfg.Safety.NotFoundShare,
			ProtectFile: tr.cfg.Safety.ProtectFile, ProtectRules: "1 IDs, 0 globs, 0 regular expressions",
		})
		tr.write("protect.txt", "abc\ndef\n")
		tr.want("rules", s.status().Safety.ProtectRules, "2 IDs, 0 globs, 0 regular expressions")
		tr.want("remove", os.Remove(tr.path("protect.txt")), nil)
		tr.want("gone", strings.HasPrefix(s.status().Safety.ProtectRules, "cannot be read: "), true)
	})
}
