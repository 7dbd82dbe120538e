package serve

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"cleaner/internal/admin"
	"cleaner/internal/assemble"
	"cleaner/internal/intake/posted"
	"cleaner/internal/ledger"
	"cleaner/internal/queue"
	"cleaner/internal/sim"
	"cleaner/internal/source"
)

// post sends a list of these IDs.
func (s *serving) post(key string, ids ...string) (admin.Receipt, error) {
	return s.web.Control.Post(s.Context(), admin.List{Name: "posted.txt", Key: key, Body: strings.NewReader(strings.Join(ids, "\n") + "\n")})
}

// posts wants a receipt with these numbers, and returns the batch.
func (s *serving) posts(key string, ids []string, fresh, duplicates, rejected int64) (batch string) {
	s.Helper()
	got, err := s.post(key, ids...)
	if err != nil || got.New != fresh || got.Duplicates != duplicates || got.Rejected != rejected || got.Batch == "" {
		s.Errorf("%+v %v, want %d new, %d duplicates, %d rejected", got, err, fresh, duplicates, rejected)
	}
	return got.Batch
}

// nothing wants a list to be refused with such an error, and nothing to be pending.
func nothing[E error](s *serving, err error, says string) {
	s.Helper()
	if _, ok := errors.AsType[E](err); !ok || !strings.Contains(err.Error(), says) {
		s.Errorf("%v, want %q", err, says)
	}
	s.want("pending", s.status().Ledger.Pending, int64(0))
}

// TestPostBetweenPasses: a list is in the ledger at once, whatever its format, and the next
// pass deletes it.
func TestPostBetweenPasses(t *testing.T) {
	try(t, sim.Options{}, func(tr *trial) {
		tr.cfg.Inputs.IDPattern = "[0-9a-f]{32}"
		s := tr.serve()
		all := ids(30)
		batch := s.posts("", append(slices.Clone(all[:10]), "# a comment", "no ID", all[0]), 10, 1, 1)
		for name, text := range map[string]string{
			"a.csv":   "task_id,who\n" + all[10] + ",x\n" + all[11] + ",y\n",
			"b.jsonl": fmt.Sprintf("{\"task_id\":%q}\n{\"task_id\":%q}\n", all[12], all[13]),
		} {
			got, err := s.web.Control.Post(s.Context(), admin.List{Name: name, Body: strings.NewReader(text)})
			if err != nil || got.New != 2 || !strings.HasPrefix(got.Batch, name+"-") {
				t.Errorf("%s: %+v %v", name, got, err)
			}
		}
		tr.want("the same list again is the batch that it was", s.posts("", append(slices.Clone(all[:10]), "# a comment", "no ID", all[0]), 0, 11, 1), batch)
		tr.loads(all[20:22]) // the ledger is free for other processes
		tr.want("deleted", s.pass().Deleted, int64(16))
		rejects, err := os.ReadFile(assemble.Ledger(tr.cfg).Rejects())
		if err != nil || !strings.Contains(string(rejects), `"source":"posted.txt","line":12,"text":"no ID"`) {
			t.Errorf("%s %v", rejects, err)
		}
	})
}

// TestPostAgain: a list that comes again with its key has the receipt that it had, also
// after a restart, also when its IDs could be loaded anew. The key of another list is
// refused, and a list of another key is another.
func TestPostAgain(t *testing.T) {
	try(t, sim.Options{}, func(tr *trial) {
		s := tr.serve()
		all := ids(12)
		batch := s.posts("k", all[:10], 10, 0, 0)
		tr.want("batch", s.posts("k", all[:10], 10, 0, 0), batch)
		_, err := s.post("k", all[:9]...)
		if _, ok := errors.AsType[*admin.ListError](err); !ok || !strings.Contains(err.Error(), "another list") {
			t.Error(err)
		}
		tr.want("end", s.stop(), nil)
		s = tr.serve()
		tr.want("batch", s.posts("k", all[:10], 10, 0, 0), batch)
		s.posts("other", all, 2, 10, 0)
		tr.want("pending", s.status().Ledger.Pending, int64(12))

		other, err := assemble.Ledger(tr.cfg).Open(tr.Context(), ledger.Options{Command: "run"})
		tr.want("open", err, nil)
		tr.want("batch while another process works", s.posts("k", all[:10], 10, 0, 0), batch)
		tr.want("close", other.Close(), nil)
	})
}

// TestPostTellsWhatItDoesNotKeep: columns of reasons, or of who asked, are not kept, and the
// receipt says so, also when the list comes again. Of objects they are kept.
func TestPostTellsWhatItDoesNotKeep(t *testing.T) {
	try(t, sim.Options{}, func(tr *trial) {
		s := tr.serve()
		for name, row := range map[string]struct {
			text string
			want bool
		}{
			"a.csv":   {"task_id,reason\n" + ids(1)[0] + ",left\n", true},
			"b.csv":   {"task_id,name\n" + ids(2)[1] + ",left\n", false},
			"c.jsonl": {fmt.Sprintf("{\"task_id\":%q,\"reason\":\"left\"}\n", ids(3)[2]), false},
		} {
			for range 2 {
				got, err := s.web.Control.Post(s.Context(), admin.List{Name: name, Key: name, Body: strings.NewReader(row.text)})
				if err != nil || got.New != 1 || got.Unsaid != row.want {
					t.Errorf("%s: %+v %v, want unsaid %v", name, got, err, row.want)
				}
			}
		}
	})
}

// TestPostAllOrNothing: nothing is loaded of a list that is cut off, too bad, empty or
// ambiguous, nor while another process has the ledger.
func TestPostAllOrNothing(t *testing.T) {
	try(t, sim.Options{}, func(tr *trial) {
		tr.cfg.Inputs.IDPattern = "[0-9a-f]{32}"
		s := tr.serve()
		text := strings.Join(ids(5000), "\n") + "\n"
		cut := errors.New("cut off")
		_, err := s.web.Control.Post(s.Context(), admin.List{Name: "a", Key: "k", Body: io.MultiReader(strings.NewReader(text), iotest.ErrReader(cut))})
		tr.want("the reader's own error", errors.Is(err, cut), true)
		tr.want("pending", s.status().Ledger.Pending, int64(0))
		_, err = s.post("k", append(ids(8), "no", "ID")...)
		nothing[*admin.ListError](s, err, "2 of 10")
		_, err = s.post("k", "# nothing")
		nothing[*admin.ListError](s, err, "no task ID")
		gone, leave := context.WithCancel(s.Context())
		leave()
		_, err = s.web.Control.Post(gone, admin.List{Name: "a", Key: "k", Body: strings.NewReader(text)})
		nothing[error](s, err, "canceled")

		other, err := assemble.Ledger(tr.cfg).Open(tr.Context(), ledger.Options{Command: "run"})
		tr.want("open", err, nil)
		began := time.Now()
		_, err = s.post("k", ids(5)...)
		nothing[*admin.BusyError](s, err, "run")
		tr.want("waited", time.Since(began) >= ledgerPatience, true)
		tr.want("close", other.Close(), nil)
		s.posts("k", ids(5), 5, 0, 0) // what was refused has used up no key
		left, err := os.ReadDir(tr.path("state"))
		for _, f := range left {
			if strings.Contains(f.Name(), "cleaner-input") {
				t.Errorf("%s is left, %v", f.Name(), err)
			}
		}
	})
}

// TestPostWithinAPass: a list that comes while a pass is under way is deleted by that
// pass, unless that might go over its cap.
func TestPostWithinAPass(t *testing.T) {
	try(t, sim.Options{Latency: sim.Latency{Min: time.Second}}, func(tr *trial) {
		tr.cfg.Limits.Workers, tr.cfg.Safety.RefuseAbove = 1, 75
		tr.spool(60)
		s := tr.serve()
		s.trigger()
		s.until("the pass sends", func() bool { p := s.status().Pass; return p != nil && p.Settled > 3 })
		s.posts("k", ids(70)[60:], 10, 0, 0)
		s.posts("k", ids(70)[60:], 10, 0, 0)
		_, err := s.post("much", ids(80)[70:]...)
		if _, busy := errors.AsType[*admin.BusyError](err); !busy || !strings.Contains(err.Error(), "refuse_above") {
			t.Error(err)
		}
		tr.want("a pass is under way", s.status().Pass != nil, true)
		s.until("the pass has ended", func() bool { return len(s.status().Passes) == 1 })
		tr.want("deleted by it", s.status().Passes[0].Deleted, int64(70))
		s.posts("much", ids(80)[70:], 10, 0, 0)
		tr.want("deleted by the next", s.pass().Deleted, int64(10))
	})
}

// dying is a ledger whose process dies before it keeps what was done the nth time.
type dying struct {
	queue.Ledger
	left int
}

var errDied = errors.New("died")

func (d *dying) Remember(ctx context.Context, key string, value []byte) error {
	if d.left--; d.left < 0 {
		return errDied
	}
	return d.Ledger.Remember(ctx, key, value)
}

// TestPostAfterADeath: wherever the process dies, the list that comes again is loaded once,
// and has the receipt that it would have had.
func TestPostAfterADeath(t *testing.T) {
	for after := range 3 {
		try(t, sim.Options{}, func(tr *trial) {
			tr.loads(ids(3))
			kept, err := source.KeepAll(strings.NewReader(strings.Join(ids(10), "\n")+"\n"), tr.dir)
			tr.want("keep", err, nil)
			defer func() { _ = kept.Close() }()
			l := posted.List{Name: "posted.txt", Key: "k", Kept: kept}
			q, err := assemble.Opener(tr.cfg, "serve", nil)(tr.Context())
			tr.want("open", err, nil)
			_, err = assemble.Posted(tr.cfg).Load(tr.Context(), &dying{q, after}, l, posted.Count{Valid: 10})
			tr.want("died", errors.Is(err, errDied), after < 2)
			tr.want("close", q.Close(), nil)

			s := tr.serve()
			time.Sleep(time.Hour)
			batch := s.posts("k", ids(10), 7, 3, 0)
			tr.want("pending", s.status().Ledger.Pending, int64(10))
			tr.want("the name of the first time", strings.Contains(batch, "T000000Z-"), after > 0)
			tr.want("batches", batches(tr), 2)
		})
	}
}

// batches counts the batches of the ledger.
func batches(tr *trial) (n int) {
	err := assemble.Ledger(tr.cfg).Look(tr.Context(), func(r queue.Reader) error {
		all, err := r.Batches(tr.Context())
		n = len(all)
		return err
	})
	tr.want("look", err, nil)
	return n
}

// TestPostKeysAreFew: the ledger keeps the latest keys, for a week.
func TestPostKeysAreFew(t *testing.T) {
	try(t, sim.Options{}, func(tr *trial) {
		s := tr.serve()
		s.posts("old", ids(1), 1, 0, 0)
		time.Sleep(posted.KeysLast - time.Hour)
		s.posts("old", ids(1), 1, 0, 0)
		time.Sleep(2 * time.Hour)
		s.posts("young", ids(2), 1, 1, 0)
		s.posts("old", ids(1), 0, 1, 0)
	})
}
