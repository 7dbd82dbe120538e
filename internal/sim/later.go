package sim

import (
	"sync"
	"sync/atomic"
	"time"
)

// later holds tasks until a time of their own: the deletions that were confirmed
// and have yet to happen, or the deleted tasks that looks still show. Nothing runs
// for them: whoever looks at the service makes happen first what is due.
type later struct {
	many atomic.Int64 // how many there are, to be seen without the lock

	mu  sync.Mutex // guards what follows
	due map[ref]time.Time
}

// add holds r until then.
func (l *later) add(r ref, then time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.due == nil {
		l.due = map[ref]time.Time{}
	}
	l.due[r] = then
	l.many.Store(int64(len(l.due)))
}

// holds reports whether r is held at now.
func (l *later) holds(r ref, now time.Time) bool {
	if l.many.Load() == 0 {
		return false
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return now.Before(l.due[r])
}

// ripe takes out what is due now. The order does not matter: nobody can have
// looked in between.
func (l *later) ripe(now time.Time) (refs []ref) {
	if l.many.Load() == 0 {
		return nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for r, then := range l.due {
		if !now.Before(then) {
			delete(l.due, r)
			refs = append(refs, r)
		}
	}
	l.many.Store(int64(len(l.due)))
	return refs
}

// settleLate deletes what is due. Who has put a deletion off holds the lock of
// its record and takes that of later; here the two are never held together.
func (w *world) settleLate() {
	for _, r := range w.later.ripe(time.Now()) {
		w.tasks.update(r, func(e entry) {
			e.flags = e.flags&^leaving | gone
			e.effects++
		})
		w.count.effects.Add(1)
	}
}
