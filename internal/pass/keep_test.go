package pass

import (
	"encoding/json"
	"testing"
	"time"

	"cleaner/internal/answer"
	"cleaner/internal/queue"
	"cleaner/internal/report"
)

// history is what the ledger keeps of passes, the latest first.
func (tr *trial) history() (passes []queue.EndedPass, reports []report.Report) {
	tr.Helper()
	tr.open(func(q queue.Ledger) {
		var err error
		passes, err = q.EndedPasses(tr.Context(), 0, 9)
		tr.want("error", err, nil)
	})
	for _, p := range passes {
		var r report.Report
		tr.want("report", json.Unmarshal(p.Report, &r), nil)
		reports = append(reports, r)
	}
	return passes, reports
}

// A pass that is over is in the history as its report says, with its exit code, and a
// rehearsal is not.
func TestReportIsKept(t *testing.T) {
	try(t, &far{}, func(tr *trial) {
		tr.input(7)
		tr.spec.Trigger = "schedule night"
		tr.deps.Code = func(r *Report, _ error) int { return int(r.Deleted) }
		if _, err := Rehearse(tr.Context(), tr.Context(), tr.deps, tr.spec); err != nil {
			t.Error(err)
		}
		r := tr.pass(tr.Context())
		passes, reports := tr.history()
		tr.want("passes", len(passes), 1)
		tr.want("ID", passes[0].ID, r.ID)
		tr.want("trigger", passes[0].Trigger, "schedule night")
		tr.want("began", passes[0].Began, r.StartedAt.Round(time.Millisecond))
		tr.want("deleted", reports[0].Deleted, int64(7))
		tr.want("exit code", reports[0].ExitCode, 7)
		tr.want("ledger", reports[0].Ledger, r.Ledger)
	})
}

// A pass that ends with an error, after the ledger has begun it, is kept with what has
// stopped it.
func TestFailedPassIsKept(t *testing.T) {
	try(t, &far{}, func(tr *trial) {
		tr.input(7)
		tr.spec.Safety.Cap = 3
		tr.pass(tr.Context())
		_, reports := tr.history()
		tr.want("passes", len(reports), 1)
		tr.want("stopped by", reports[0].StoppedBy, "cap")
		tr.want("pending", reports[0].Pending, int64(7))
	})
}

// Of a pass whose process died, the next one keeps what the ledger knows, once.
func TestDeathIsKept(t *testing.T) {
	try(t, &far{}, func(tr *trial) {
		tr.died(queue.Deleted, 10, 6, 2, tr.path("results.jsonl"))
		tr.spec.Results = tr.path("results.jsonl")
		tr.pass(tr.Context())
		tr.pass(tr.Context())
		passes, reports := tr.history()
		tr.want("passes", len(passes), 3)
		tr.want("stopped by", reports[2].StoppedBy, StoppedByDeath)
		tr.want("deleted then", reports[2].Deleted, int64(6))
		tr.want("deleted by the next", reports[1].Deleted, int64(4))
	})
}

// Samples are taken while the pass works, every ten seconds and at its end, and none
// between passes. Throttles, errors and how long answers took are in them.
func TestSamplesAreKept(t *testing.T) {
	slow := &far{latency: 2 * time.Second, answer: func(task string, nth int) answer.Answer {
		if task == id(0) && nth == 1 {
			return busy
		}
		return ok
	}}
	try(t, slow, func(tr *trial) {
		tr.input(24)
		tr.spec.Limits.Workers = 2
		live := new(Live)
		tr.deps.Live = live
		r := tr.pass(tr.Context())
		time.Sleep(time.Hour) // between passes
		var kept []report.Sample
		tr.open(func(q queue.Ledger) {
			all, err := q.Samples(tr.Context(), r.ID)
			tr.want("error", err, nil)
			for _, s := range all {
				var m report.Sample
				tr.want("sample", json.Unmarshal(s.Value, &m), nil)
				kept = append(kept, m)
			}
		})
		tr.want("as seen meanwhile", len(live.Samples.Latest(100)), len(kept))
		requests, errors := int64(0), int64(0)
		for i, m := range kept {
			requests += m.Requests
			errors += m.Errors["busy"]
			if m.Requests > 0 && (m.P50 < 1.6 || m.P99 > 2.4) {
				t.Errorf("answers after 2 s make %+v", m)
			}
			if i > 0 && i < len(kept)-1 && (m.Took < 10 || m.Took > 11.5 || m.Rate == 0) {
				t.Errorf("a sample of %+v", m)
			}
		}
		tr.want("requests", requests, r.Requests)
		tr.want("errors", errors, int64(1))
		if took := r.FinishedAt.Sub(r.StartedAt); len(kept) < 2 || len(kept) > int(took/(10*time.Second))+1 {
			t.Errorf("%d samples in %v", len(kept), took)
		}
	})
}

// After an hour a pass is sampled every minute: a long one does not fill the ledger.
func TestLongPassesAreSampledLess(t *testing.T) {
	try(t, &far{latency: 40 * time.Second}, func(tr *trial) {
		tr.input(270)
		tr.spec.Limits.Workers = 1
		tr.spec.Safety.Canaries = 0
		live := new(Live)
		tr.deps.Live = live
		r := tr.pass(tr.Context())
		all := live.Samples.Latest(mostSamples)
		took := r.FinishedAt.Sub(r.StartedAt)
		most := int(time.Hour/sampleEvery) + int((took-time.Hour)/sampleLater) + 2
		if took < 2*time.Hour || len(all) > most || len(all) < most-60 {
			t.Errorf("%d samples in %v, want about %d", len(all), took, most)
		}
		tr.want("the latest alone", len(live.Samples.Latest(5)), 5)
	})
}

// Quantiles are right to within a tenth.
func TestSpread(t *testing.T) {
	var s histogram
	if s.quantile(0.5) != 0 {
		t.Error("nothing has a quantile")
	}
	for n := 1; n <= 1000; n++ {
		s.add(time.Duration(n) * time.Millisecond)
	}
	for q, want := range map[float64]float64{0.5: 0.5, 0.95: 0.95, 0.99: 0.99} {
		if got := s.quantile(q); got < 0.9*want || got > 1.1*want {
			t.Errorf("quantile %v = %v, want about %v", q, got, want)
		}
	}
	s.add(200 * time.Hour)
	s.add(0)
}
