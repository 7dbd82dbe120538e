package serve

import (
	"context"
	"net"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/zap"

	"cleaner/internal/admin"
	"cleaner/internal/assemble"
	"cleaner/internal/config"
	"cleaner/internal/knowledge"
	"cleaner/internal/ledger"
	"cleaner/internal/queue"
	"cleaner/internal/sim"
)

// TestServeHoldsAcrossARestart: a wrong list of the spool is held by the next passes, also
// of a serve that is started again, until it is released over the control.
func TestServeHoldsAcrossARestart(t *testing.T) {
	try(t, sim.Options{OnlyAdded: true}, func(tr *trial) {
		tr.cfg.Safety.NotFoundShare, tr.cfg.Safety.FailedShare, tr.cfg.Safety.Sample = 0.5, 0.2, 20
		tr.spool(500)
		s := tr.serve()
		tr.want("first pass", s.pass().StoppedBy, "not_found_share")
		sent := tr.sim.Truth().Deletes
		tr.want("end", s.stop(), nil)
		s = tr.serve()
		tr.want("next pass", s.pass().StoppedBy, "held")
		tr.want("sent", tr.sim.Truth().Deletes-sent, int64(0))
		holds := s.status().Holds
		if len(holds) != 1 || holds[0].Pending == 0 || !strings.Contains(holds[0].Words, "is held since") {
			t.Fatalf("holds %+v, want the batch", holds)
		}
		r := queue.Release{At: time.Now(), By: "ann@host", Reason: "looked at it"}
		if _, err := tr.web.Control.Release(tr.Context(), queue.Holds{Batch: "another"}, r); err == nil {
			t.Error("a release of what is not held says nothing")
		}
		n, err := tr.web.Control.Release(tr.Context(), queue.Holds{Batch: holds[0].Batch}, r)
		tr.want("released", n, int64(1))
		tr.want("error", err, nil)
		tr.want("log", tr.logged("released"), true)
		tr.want("holds", len(s.status().Holds), 0)
		tr.want("it is judged anew", s.pass().StoppedBy, "not_found_share")
	})
}

// TestReleaseDuringAPass: it is kept, and the next pass gets what was held.
func TestReleaseDuringAPass(t *testing.T) {
	try(t, sim.Options{}, func(tr *trial) {
		tr.loads(ids(10))
		q := tr.ledger()
		tr.want("hold", q.Hold(tr.Context(), queue.Hold{Batch: "batch of 10", Kind: "failed_share"}), nil)
		tr.want("close", q.Close(), nil)
		tr.cfg.Limits.Rate, tr.cfg.Limits.Burst = 20, 1
		tr.write("spool/more.txt", strings.Join(ids(110)[10:], "\n")+"\n")
		s := tr.serve()
		s.trigger()
		s.until("the pass sends", func() bool { p := s.status().Pass; return p != nil && p.Requests > 3 })
		n, err := tr.web.Control.Release(tr.Context(), queue.Holds{All: true}, queue.Release{By: "ann@host", Reason: "right"})
		tr.want("released", n, int64(1))
		tr.want("error", err, nil)
		s.until("the pass has ended", func() bool { return len(s.status().Passes) == 1 })
		tr.want("deleted without it", s.status().Passes[0].Deleted, int64(100))
		tr.want("deleted by the next", s.pass().Deleted, int64(10))
	})
}

// ledger opens the ledger.
func (tr *trial) ledger() queue.Ledger {
	tr.Helper()
	q, err := assemble.Ledger(tr.cfg).Open(tr.Context(), ledger.Options{})
	if err != nil {
		tr.Fatal(err)
	}
	return q
}

// TestPauseOutlivesARestart: a pause is in the ledger with who, why and until when, and a
// serve that is started again heeds it, until it is over.
func TestPauseOutlivesARestart(t *testing.T) {
	try(t, sim.Options{}, func(tr *trial) {
		tr.cfg.Schedule = []config.Tick{{Cron: "*/10 * * * *"}}
		tr.loads(ids(10))
		s := tr.serve()
		now := time.Now()
		p := admin.Pause{By: "ann@host", Reason: "a freeze", Since: now, Until: now.Add(24 * time.Hour)}
		tr.want("pause", tr.web.Control.Pause(tr.Context(), p), nil)
		tr.want("end", s.stop(), nil)
		s = tr.serve()
		st := s.status()
		if !st.Paused || st.Pause == nil || st.Pause.By != "ann@host" || st.Pause.Reason != "a freeze" || !st.Pause.Until.Equal(p.Until) {
			t.Fatalf("paused %v, %+v; want the pause of before", st.Paused, st.Pause)
		}
		time.Sleep(23 * time.Hour)
		tr.want("passes", len(s.status().Passes), 0)
		tr.want("sent", tr.sim.Truth().Deletes, int64(0))
		time.Sleep(2 * time.Hour)
		tr.want("paused", s.status().Paused, false)
		tr.want("log", tr.logged("the pause has ended by itself"), true)
		tr.want("deleted", s.status().Ledger.Deleted, int64(10))
	})
}

// TestPauseThatEndedWhileServeWasOff keeps no schedule from making up for what it missed.
func TestPauseThatEndedWhileServeWasOff(t *testing.T) {
	try(t, sim.Options{}, func(tr *trial) {
		tr.cfg.Schedule = []config.Tick{{Cron: "*/10 * * * *"}}
		tr.loads(ids(10))
		s := tr.serve()
		tr.want("pause", tr.web.Control.Pause(tr.Context(), admin.Pause{By: "ann@host", Since: time.Now(), Until: time.Now().Add(time.Hour)}), nil)
		tr.want("end", s.stop(), nil)
		time.Sleep(2 * time.Hour)
		s = tr.serve()
		tr.want("said to be paused", tr.logged("the ledger keeps a pause"), false)
		tr.want("paused", s.status().Paused, false)
		s.until("all are deleted", func() bool { return s.status().Ledger.Deleted == 10 })
	})
}

// TestTimerOfAPauseOutlivesServe: the timer of a pause may have fired when serve ends.
func TestTimerOfAPauseOutlivesServe(t *testing.T) {
	try(t, sim.Options{}, func(tr *trial) {
		s := tr.serve()
		tr.want("pause", s.web.Control.Pause(tr.Context(), admin.Pause{By: "a", Since: time.Now(), Until: time.Now().Add(time.Hour)}), nil)
		p := s.web.Control.(control).pauses
		fired := p.kept
		tr.want("end", s.stop(), nil)
		p.over(fired)
		tr.want("log", tr.logged("the pause has ended by itself"), false)
	})
}

// TestPauseIsResumedBeforeItIsKept: while the ledger is not free, operators wait; what the last
// one wanted counts, for the schedules as for the ledger.
func TestPauseIsResumedBeforeItIsKept(t *testing.T) {
	try(t, sim.Options{}, func(tr *trial) {
		s := tr.serve()
		c := s.web.Control.(control)
		var operators sync.WaitGroup
		c.maker.holding.Lock()
		operators.Go(func() {
			tr.want("pause", c.Pause(tr.Context(), admin.Pause{By: "a", Since: time.Now()}), nil)
		})
		time.Sleep(ledgerRetry / 2)
		operators.Go(func() { tr.want("resume", c.Resume(tr.Context(), "b"), nil) })
		time.Sleep(ledgerRetry * 3 / 4) // resume is the next to try
		c.maker.holding.Unlock()
		operators.Wait()
		tr.want("paused", s.status().Paused, false)
		at := assemble.Ledger(tr.cfg)
		tr.want("the ledger's", at.Look(tr.Context(), func(r queue.Reader) error {
			p, err := knowledge.ReadPause(tr.Context(), r)
			tr.want("kept", p != nil, false)
			return err
		}), nil)
	})
}

// TestPassByHandWhilePaused: whoever asks for a pass gets one, and the pause goes on.
func TestPassByHandWhilePaused(t *testing.T) {
	try(t, sim.Options{}, func(tr *trial) {
		tr.loads(ids(10))
		s := tr.serve()
		tr.want("pause", tr.web.Control.Pause(tr.Context(), admin.Pause{By: "ann@host", Since: time.Now()}), nil)
		tr.want("deleted", s.pass().Deleted, int64(10))
		tr.want("paused", s.status().Paused, true)
		tr.want("resume", tr.web.Control.Resume(tr.Context(), "ann@host"), nil)
		tr.want("paused", s.status().Paused, false)
	})
}

// TestOperatorWithoutServe: what no serve answers is done in the ledger itself, and the
// passes of a serve that does not know of it heed it.
func TestOperatorWithoutServe(t *testing.T) {
	try(t, sim.Options{}, func(tr *trial) {
		tr.cfg.Schedule = []config.Tick{{Cron: "*/10 * * * *"}}
		cfg := *tr.cfg
		cfg.Listen = config.Listen{Socket: tr.path("none.sock")}
		o := Operator{Config: &cfg, Log: zap.NewNop()}
		tr.loads(ids(10))
		s := tr.serve()
		said, err := o.Pause(tr.Context(), "a freeze", 0)
		tr.want("pause: "+said, err == nil && strings.Contains(said, "(a freeze)"), true)
		tr.want("shown", s.status().Paused, true)
		s.until("a schedule's pass is over", func() bool { return len(s.status().Passes) > 0 })
		tr.want("stopped by", s.status().Passes[0].StoppedBy, "paused")
		tr.want("sent", tr.sim.Truth().Deletes, int64(0))
		said, err = o.Resume(tr.Context())
		tr.want("resume: "+said, err == nil && strings.HasPrefix(said, "resumed: paused by "), true)
		s.until("all are deleted", func() bool { return s.status().Ledger.Deleted == 10 })
		if _, err := o.Pause(tr.Context(), "", -time.Hour); err == nil {
			t.Error("a pause for less than no time")
		}
		if _, err := o.Release(tr.Context(), queue.Holds{}, "r"); err == nil {
			t.Error("a release of nothing")
		}
	})
}

// TestPauseOfAnotherIsNotEnded: a pause whose time is over ends neither the schedules' pause
// nor the ledger's that an operator has put in its place.
func TestPauseOfAnotherIsNotEnded(t *testing.T) {
	try(t, sim.Options{}, func(tr *trial) {
		s := tr.serve()
		tr.want("pause", s.web.Control.Pause(tr.Context(), admin.Pause{By: "a", Since: time.Now(), Until: time.Now().Add(time.Hour)}), nil)
		first := *s.status().Pause
		tr.want("pause anew", s.web.Control.Pause(tr.Context(), admin.Pause{By: "b", Since: time.Now()}), nil)
		said := tr.logs.FilterMessage("paused by an operator").All()
		_, ends := said[0].ContextMap()["until"]
		_, never := said[1].ContextMap()["until"]
		tr.want("the log has the end of a pause that has one, and no other", [2]bool{ends, never}, [2]bool{true, false})
		time.Sleep(2 * time.Hour)
		tr.want("still paused", s.status().Paused, true)
		tr.want("the pause of "+first.By+" is another's", s.status().Pause.By, "b")
		at := assemble.Ledger(tr.cfg)
		tr.want("the ledger's", at.Look(tr.Context(), func(r queue.Reader) error {
			p, err := knowledge.ReadPause(tr.Context(), r)
			tr.want("kept", p != nil && p.By == "b", true)
			return err
		}), nil)
	})
}

// TestPauseEndsByTheClock: when the clock is set, a pause of schedules ends at the time that it
// was said to end at, as it does for every reader of the ledger, and neither before nor after.
func TestPauseEndsByTheClock(t *testing.T) {
	for name, row := range map[string]struct{ set, ends time.Duration }{
		"set back":    {-3 * time.Hour, 4 * time.Hour},
		"set forward": {50 * time.Minute, 10 * time.Minute},
		"long asleep": {8 * time.Hour, time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			try(t, sim.Options{}, func(tr *trial) {
				s := tr.serve()
				tr.want("pause", s.web.Control.Pause(tr.Context(), admin.Pause{By: "a", Since: time.Now(), Until: time.Now().Add(time.Hour)}), nil)
				p := s.web.Control.(control).pauses
				p.mu.Lock()
				p.now = func() time.Time { return time.Now().Add(row.set) }
				p.mu.Unlock()
				paused := func(want bool) {
					t.Helper()
					p.mu.Lock()
					defer p.mu.Unlock()
					tr.want("paused", p.kept != nil, want)
				}
				time.Sleep(row.ends - time.Second)
				paused(true)
				time.Sleep(time.Minute)
				paused(false)
				at := assemble.Ledger(tr.cfg)
				tr.want("the ledger's", at.Look(tr.Context(), func(r queue.Reader) error {
					kept, err := knowledge.ReadPause(tr.Context(), r)
					tr.want("kept", kept != nil, false)
					return err
				}), nil)
			})
		})
	}
}

// TestOperatorOfAServeThatDoesNotAnswer: somebody listens, so the ledger is not changed
// behind his back.
func TestOperatorOfAServeThatDoesNotAnswer(t *testing.T) {
	dir := t.TempDir()
	cfg := config.Default()
	cfg.Queue.URL = "sqlite:" + filepath.Join(dir, "queue.db")
	cfg.Listen = config.Listen{Socket: filepath.Join(dir, "s")}
	l, err := net.Listen("unix", cfg.Listen.Socket) //nolint:noctx // it ends with the test
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			_ = conn.Close()
		}
	}()
	t.Cleanup(func() { _ = l.Close() })
	o := Operator{Config: cfg, Log: zap.NewNop()}
	if said, err := o.Pause(t.Context(), "", 0); err == nil {
		t.Errorf("paused: %s", said)
	}
	if assemble.Ledger(cfg).Exists() {
		t.Error("there is a ledger")
	}
	if err := l.Close(); err != nil {
		t.Error(err)
	}
	if said, err := o.Pause(t.Context(), "", 0); err != nil {
		t.Errorf("nobody listens: %s, %v", said, err)
	}
}

// TestOperatorOfAnotherLedger: a serve that listens where a configuration says, and works with
// another ledger, is not what an operator of that configuration steers.
func TestOperatorOfAnotherLedger(t *testing.T) {
	dir := t.TempDir()
	of := func(name string) *config.Config {
		cfg := &config.Config{Listen: config.Listen{Socket: filepath.Join(dir, "s.sock")}}
		cfg.Queue.URL = "sqlite:" + filepath.Join(dir, name)
		if err := onLedger(t.Context(), cfg, "test", nil, func(queue.Ledger) error { return nil }); err != nil {
			t.Fatal(err)
		}
		return cfg
	}
	ours, theirs := of("ours.db"), of("theirs.db")
	at := assemble.Listeners(theirs.Listen)
	at.Ledger = assemble.Ledger(theirs).Path()
	web, err := admin.Listen(t.Context(), admin.Options{Listeners: at, Status: func(context.Context) (admin.Status, error) { return admin.Status{}, nil }})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- web.Serve(ctx) }()
	said, err := Operator{Config: ours, Log: zap.NewNop()}.Pause(t.Context(), "a freeze", 0)
	if err != nil || !strings.Contains(said, "(a freeze)") {
		t.Errorf("pause: %q, %v", said, err)
	}
	for cfg, want := range map[*config.Config]bool{ours: true, theirs: false} {
		err := assemble.Ledger(cfg).Look(t.Context(), func(r queue.Reader) error {
			p, err := knowledge.ReadPause(t.Context(), r)
			if (p != nil) != want {
				t.Errorf("%s is paused: %v, want %v", cfg.Queue.URL, p != nil, want)
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
	}
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
