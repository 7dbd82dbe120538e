package worker

import "cleaner/internal/queue"

// reserve holds a few fresh IDs back until nothing else is fresh. IDs that were
// rejected come again then, and only the answer to another ID after their rejection
// shows whether they or the run are to blame. The mutex of its owner guards it.
type reserve struct {
	kept   []queue.Delivery
	called map[int64]bool // by number, those that are ready or handed out: no other ID goes before they are back
}

// keep keeps d back.
func (r *reserve) keep(d queue.Delivery) {
	delete(r.called, d.Seq) // no other ID has to wait for it while it is kept
	r.kept = append(r.kept, d)
}

// call returns what is kept, to go next.
func (r *reserve) call() []queue.Delivery {
	for _, d := range r.kept {
		r.called[d.Seq] = true
	}
	kept := r.kept
	r.kept = nil
	return kept
}

// admits reports whether d may go, as far as the reserve is concerned.
func (r *reserve) admits(d queue.Delivery) bool { return len(r.called) == 0 || r.called[d.Seq] }

// waited reports whether anything is kept, or waited for.
func (r *reserve) waited() bool { return len(r.called) > 0 || len(r.kept) > 0 }

// drop forgets everything, and returns what was kept.
func (r *reserve) drop() []queue.Delivery {
	kept := r.kept
	r.kept, r.called = nil, map[int64]bool{}
	return kept
}
