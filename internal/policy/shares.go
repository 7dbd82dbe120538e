package policy

import "fmt"

// Shares stops a pass in which too much goes wrong: too many dead letters, because
// something is broken, or too many IDs that were not there at their first request, because
// the list, the region or the project is wrong.
//
// It judges the whole pass, and also the last Sample IDs that were settled at their first
// answer, so that a late failure shows as well. IDs that went behind others count in the
// whole pass alone. Before it stops a pass it asks for as many IDs from across the list as
// Sample, so that a stretch of bad IDs in the list does not stop the pass.
//
// The zero value never stops. A Shares serves one pass and is not safe for concurrent use:
// its owner guards it with a mutex.
type Shares struct {
	// Sample is how many IDs must be settled by requests before the shares count;
	// 0 is never.
	Sample int64
	// Failed is the share of dead letters above which the pass stops, and
	// NotFound that of IDs that were gone at their first request. 1 never stops.
	Failed, NotFound float64

	pass    batchTallies
	window  window // of IDs that ended at their first answer
	probing bool   // only IDs from across the list count for the verdict
	probe   batchTallies
	quiet   int64 // no new probe before so many are settled
	all     int64 // IDs of the pass, once no fresh ID is left to draw; 0 before
	looked  batchTallies
}

// window counts the last IDs that ended.
type window struct {
	tallyOfEnds
	recent []ended
	oldest int // where the next one goes in recent, once that is full
}

// ended is how an ID ended, as far as shares go. One that is spent is dead as well.
type ended struct{ dead, spent, absent bool }

// tallyOfEnds counts ends.
type tallyOfEnds struct{ settled, dead, spent, absent int64 }

func (t *tallyOfEnds) add(e ended, by int64) {
	t.settled += by
	if e.dead {
		t.dead += by
	}
	if e.spent {
		t.spent += by
	}
	if e.absent {
		t.absent += by
	}
}

// batchTallies counts ends, in sum and by batch.
type batchTallies struct {
	tallyOfEnds
	by map[string]*tallyOfEnds
}

func (t *batchTallies) note(batch string, e ended) {
	t.add(e, 1)
	if t.by == nil {
		t.by = map[string]*tallyOfEnds{}
	}
	if t.by[batch] == nil {
		t.by[batch] = &tallyOfEnds{}
	}
	t.by[batch].add(e, 1)
}

// of returns a copy that says that so many were settled in sum.
func (t batchTallies) of(settled int64) batchTallies {
	t.settled = max(settled, t.settled)
	return t
}

// EndOf is how an ID ended, for Shares.
type EndOf struct {
	// Seq is the ID's number.
	Seq int64
	// Batch names the batch that brought it.
	Batch string
	End   End
	// Spent says that it is dead because its attempts or its time were used up, as in
	// an outage, and not because it was refused.
	Spent bool
	// Attempts is how many it spent. An ID for which no request was sent does not count.
	Attempts int
	// Lost says that an earlier request for it may have taken effect.
	Lost bool
	// First says that its first answer in this pass ended it.
	First bool
	// Drawn says that it was drawn from across the list.
	Drawn bool
}

// Excess is the share that is over its limit. The zero value is none.
type Excess struct {
	Failed, NotFound bool
	// Why is a sentence for the operator.
	Why string
	// Blamed are the batches that are to be held for it; nil for none.
	Blamed *Blamed
}

// stops reports whether there is an excess.
func (e Excess) stops() bool { return e.Failed || e.NotFound }

// Note takes into account how an ID ended.
func (s *Shares) Note(o EndOf) Excess {
	if o.End == EndNone || o.Attempts == 0 || s.Sample <= 0 {
		return Excess{}
	}
	e := ended{
		dead: o.End == EndDead, spent: o.End == EndDead && o.Spent,
		absent: o.End == EndGone && o.Attempts == 1 && !o.Lost,
	}
	s.pass.note(o.Batch, e)
	full := o.First && s.window.remember(e, s.Sample)
	switch {
	case s.probing:
		return s.judgeProbe(o, e)
	case s.all > 0:
		return s.over(s.pass.of(s.all), "task IDs")
	}
	over := s.over(s.pass, settledIDs).stops() || full && s.over(batchTallies{tallyOfEnds: s.window.tallyOfEnds}, settledIDs).stops()
	if s.pass.settled >= s.Sample && s.pass.settled >= s.quiet && over {
		s.probing, s.probe = true, batchTallies{}
	}
	return Excess{}
}

// Sampling reports whether the next IDs must come from across the list.
func (s *Shares) Sampling() bool { return s.probing }

// NoteLook takes into account what a look before the DELETE of a random ID of a batch
// showed. Where a DELETE is answered alike whether the task is there or not, only this
// finds a wrong list.
func (s *Shares) NoteLook(batch string, absent bool) Excess {
	s.looked.note(batch, ended{absent: absent})
	if s.Sample <= 0 || s.looked.settled < min(s.Sample, 20) || float64(s.looked.absent)/float64(s.looked.settled) <= s.NotFound {
		return Excess{}
	}
	why := s.looked.why(s.looked.absent, settledIDs, "that were looked at before their deletion were not there", s.notFound())
	return Excess{NotFound: true, Why: why, Blamed: s.looked.blame(countAbsent, s.NotFound)}
}

// Undrawable says that no ID from across the list is left: every one was tried, and
// pending of them are not settled. From now on the pass stops as soon as its share would
// be over the limit even if all of those ended well.
func (s *Shares) Undrawable(pending int64) { s.probing, s.all = false, s.pass.settled+pending }

// Last judges the pass at its end.
func (s *Shares) Last() Excess {
	if s.Sample <= 0 || s.pass.settled < s.Sample {
		return Excess{}
	}
	return s.over(s.pass, settledIDs)
}

// judgeProbe counts an ID that was drawn from across the list. Once there are enough of
// them, they decide.
func (s *Shares) judgeProbe(o EndOf, e ended) Excess {
	if !o.Drawn {
		return Excess{}
	}
	s.probe.note(o.Batch, e)
	if s.probe.settled < s.Sample {
		return Excess{}
	}
	s.probing, s.quiet = false, s.pass.settled+s.Sample
	return s.over(s.probe, settledIDs)
}

// remember adds e to a window of that size, and reports whether it is full.
func (w *window) remember(e ended, size int64) bool {
	w.add(e, 1)
	if int64(len(w.recent)) < size {
		w.recent = append(w.recent, e)
		return int64(len(w.recent)) == size
	}
	w.add(w.recent[w.oldest], -1)
	w.recent[w.oldest] = e
	w.oldest = (w.oldest + 1) % len(w.recent)
	return true
}

// settledIDs names what a share is usually of.
const settledIDs = "settled task IDs"

// over is the excess of t, a share of the IDs that "of" names. It divides rather than
// multiplies, so that 3 of 30 are not more than 0.1.
func (s *Shares) over(t batchTallies, of string) Excess {
	switch {
	case float64(t.dead)/float64(t.settled) > s.Failed:
		return Excess{
			Failed: true, Why: t.why(t.dead, of, "ended as dead letters", s.failed()),
			Blamed: t.blame(countRefused, s.Failed),
		}
	case float64(t.absent)/float64(t.settled) > s.NotFound:
		return Excess{
			NotFound: true, Why: t.why(t.absent, of, "were not there at their first request", s.notFound()),
			Blamed: t.blame(countAbsent, s.NotFound),
		}
	default:
		return Excess{}
	}
}

// limit is a key that limits a share of the IDs, and what to do when they are more.
type limit struct {
	key   string
	share float64
	do    string
}

func (s *Shares) failed() limit {
	return limit{"safety.failed_share", s.Failed, "look at cleaner dead list for the reason"}
}

func (s *Shares) notFound() limit {
	return limit{"safety.not_found_share", s.NotFound, "the list, the region or the project is probably wrong"}
}

// why says what became of n of the IDs that "of" names, and that they are more than the
// limit.
func (t tallyOfEnds) why(n int64, of, what string, l limit) string {
	return fmt.Sprintf("%d of %d %s (%.1f %%) %s, more than %s (%v) allows: %s; if it is meant, raise %s",
		n, t.settled, of, 100*float64(n)/float64(t.settled), what, l.key, l.share, l.do, l.key)
}
