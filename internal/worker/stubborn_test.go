package worker

import (
	"testing"
	"time"

	"cleaner/internal/answer"
)

// stubborn is a far side that is busy for ever for some IDs.
func stubborn(which func(id string) bool) *far {
	return &far{latency: time.Second, answer: func(id string, _ int) answer.Answer {
		if which(id) {
			return busy
		}
		return ok
	}}
}

// TestStubbornTailDies: IDs that always fail end as dead letters among those
// that do not, wherever they stand, and the pass ends.
func TestStubbornTailDies(t *testing.T) {
	tests := []struct {
		name  string
		which func(id string) bool
	}{
		{"one in twenty", func(id string) bool { return id[9] == '3' && id[8]%2 == 0 }},
		{"the first", func(id string) bool { return id < "first-0020" }},
		{"in the middle", func(id string) bool { return id >= "first-0150" && id < "first-0170" }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			try(t, 320, stubborn(tt.which), func(tr *trial) {
				bad := int64(0)
				for i := range 320 {
					if tt.which(id("first", i)) {
						bad++
					}
				}
				p := tr.run(tr.Context())
				tr.want("stop", p.Stop, Stop{})
				tr.want("dead", p.Dead, bad)
				tr.want("deleted", p.Deleted, 320-bad)
			})
		})
	}
}

// TestOneIsKeptToShowIt: when all that is left fails, nobody could tell whether the
// far side is down. So one ID from across the list is kept for that moment: what is
// left is to blame, and ends in the same pass.
func TestOneIsKeptToShowIt(t *testing.T) {
	f := stubborn(func(id string) bool { return id >= "first-0300" && id < "first-9999" })
	try(t, 320, f, func(tr *trial) {
		p := tr.run(tr.Context())
		tr.want("stop", p.Stop, Stop{})
		tr.want("deleted", p.Deleted, int64(300))
		tr.want("dead", p.Dead, int64(20))
	})
}

// TestBadTailDiesPassByPass: IDs at the end of a list that always fail cannot be
// told from an outage, so a pass waits for them as long as the deadline. But each
// further pass costs each of them that it asks for an attempt, and in the end they
// are dead letters.
func TestBadTailDiesPassByPass(t *testing.T) {
	for _, bad := range []int{4, 20, 40} {
		f := &far{latency: 100 * time.Millisecond, answer: func(task string, _ int) answer.Answer {
			if task >= id("first", 300) {
				return coded(200, "CC.00050014")
			}
			return ok
		}}
		try(t, 300+bad, f, func(tr *trial) {
			most := 0
			for pass := range tr.opts.Retry.Attempts + 1 {
				if tr.counts().Pending == 0 {
					break
				}
				began, told := time.Now(), len(tr.recorded)
				if _, err := New(tr.opts).Run(tr.Context(), tr.Context()); err != nil {
					tr.Fatal(err)
				}
				if took := time.Since(began); took > 3*time.Hour {
					tr.Errorf("%d at the end, pass %d took %v", bad, pass, took)
				}
				for _, o := range tr.recorded[told:] {
					most = max(most, o.Attempts)
				}
				tr.Logf("%d at the end, pass %d: %v, dead %d, at most %d attempts", bad, pass, time.Since(began).Round(time.Second), tr.counts().Dead, most)
				time.Sleep(20 * time.Hour)
			}
			tr.want("deleted", tr.counts().Deleted, int64(300))
			tr.want("dead", tr.counts().Dead, int64(bad))
			tr.want("most attempts", most, tr.opts.Retry.Attempts)
		})
	}
}

// TestOutageCostsYesterdaysIDsOneAttempt a pass at most, and those that are fresh
// in it none; without a connection it costs nobody anything.
func TestOutageCostsYesterdaysIDsOneAttempt(t *testing.T) {
	for name, row := range map[string]struct {
		answer answer.Answer
		most   int
	}{"busy": {busy, 1}, "no connection": {unreached, 0}} {
		t.Run(name, func(t *testing.T) {
			o := &outage{long: 24 * time.Hour, answer: always(row.answer)}
			try(t, 100, nil, func(tr *trial) {
				o.join(tr)
				tr.want("stop", tr.run(tr.Context()).Stop.Kind, StopUnreachable)
				tr.want("spent by the first pass", tr.spent(), 0)
				for range 2 {
					tr.recorded = nil
					tr.want("stop", tr.run(tr.Context()).Stop.Kind, StopUnreachable)
					spent := map[int64]int{}
					for _, o := range tr.recorded {
						if spent[o.Delivery.Seq] += o.Attempts - o.Delivery.Attempts; spent[o.Delivery.Seq] > row.most {
							tr.Fatalf("%s spent %d attempts in one pass", o.Delivery.ID, spent[o.Delivery.Seq])
						}
					}
				}
				tr.want("dead", tr.counts().Dead, int64(0))
			})
		})
	}
}

// TestFewIDsDie: one or two that always fail are no outage.
func TestFewIDsDie(t *testing.T) {
	for n := 1; n <= 2; n++ {
		try(t, n, &far{answer: func(string, int) answer.Answer { return answer.Answer{Status: 500, Body: answer.BodyHTML} }}, func(tr *trial) {
			began := time.Now()
			p := tr.run(tr.Context())
			tr.want("dead", p.Dead, int64(n))
			tr.want("attempts", tr.recorded[len(tr.recorded)-1].Attempts, 4)
			if took := time.Since(began); took > time.Minute {
				tr.Errorf("pass took %v", took)
			}
		})
	}
}

// TestNoConnectionForOneID is the far side's doing however few there are.
func TestNoConnectionForOneID(t *testing.T) {
	try(t, 1, &far{answer: func(string, int) answer.Answer { return unreached }}, func(tr *trial) {
		p := tr.run(tr.Context())
		tr.want("stop", p.Stop.Kind, StopUnreachable)
		tr.want("pending", tr.counts().Pending, int64(1))
		tr.want("spent attempts", tr.spent(), 0)
	})
}

// TestRunningTasksSurviveAnOutage: an ID that waits because its task is running
// has not failed, and so counts like one that was never asked for.
func TestRunningTasksSurviveAnOutage(t *testing.T) {
	var began time.Time
	f := &far{latency: time.Second, answer: func(id string, _ int) answer.Answer {
		switch since := time.Since(began); {
		case since > 5*time.Minute && since < 65*time.Minute:
			return busy
		case id < "first-0020" && since < 5*time.Minute:
			return running
		default:
			return ok
		}
	}}
	try(t, 100, f, func(tr *trial) {
		began = time.Now()
		p := tr.run(tr.Context())
		tr.want("deleted", p.Deleted, int64(100))
		if n := tr.spent(); n > 1 {
			tr.Errorf("%d attempts were spent", n)
		}
	})
}
