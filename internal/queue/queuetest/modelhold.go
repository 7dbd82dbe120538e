package queuetest

import "cleaner/internal/queue"

// modelHolds are the holds that a model knows, by the batch; empty is the whole ledger.
type modelHolds map[string]*modelHold

// modelHold is a hold. One that is not in force any more still keeps its IDs from passes
// that have begun.
type modelHold struct{ inForce, idle bool }

// keeps reports whether the IDs of a batch are held; one that was released counts only
// for the passes that have begun.
func (h modelHolds) keeps(batch string, begun bool) bool {
	for _, name := range []string{batch, ""} {
		if one := h[name]; one != nil && (one.inForce || begun) {
			return true
		}
	}
	return false
}

func (m *model) holdSome() {
	name := ""
	if m.rand.IntN(4) > 0 {
		if len(m.books.known) == 0 {
			return
		}
		name = m.books.known[m.rand.IntN(len(m.books.known))]
	}
	if left := m.left(name); left == 0 || m.held[name] != nil {
		return // it is not known any more, or held
	}
	m.hold(name)
	m.held[name] = &modelHold{inForce: true, idle: true}
}

func (m *model) releaseSome() {
	for name, one := range m.held {
		if one.inForce {
			m.release(queue.Holds{Batch: name}, 1)
			one.inForce = false
			return
		}
	}
}

// left is how many IDs of a batch are pending.
func (m *model) left(batch string) (n int) {
	for _, e := range m.ids {
		if e.state == queue.Pending && (batch == "" || e.owner == batch) {
			n++
		}
	}
	return n
}

// dropIdle does what the end of a pass does to holds.
func (m *model) dropIdle() {
	for name, one := range m.held {
		if one.idle && one.inForce && m.left(name) == 0 {
			delete(m.held, name)
		}
		one.idle = false
	}
}

// lift does what the beginning of a pass does to holds.
func (m *model) lift() {
	for name, one := range m.held {
		left := m.left(name)
		for _, e := range m.ids {
			if e.state == queue.Dead && e.owner == name {
				left++
			}
		}
		if !one.inForce || name != "" && left == 0 {
			delete(m.held, name)
		}
	}
}

// countHeld is how many pending IDs are held.
func (m *model) countHeld(begun bool) (n int64) {
	for _, e := range m.ids {
		if e.state == queue.Pending && m.held.keeps(e.owner, begun) {
			n++
		}
	}
	return n
}

// inForce is how many holds are in force.
func (m *model) inForce() (n int64) {
	for _, one := range m.held {
		if one.inForce {
			n++
		}
	}
	return n
}
