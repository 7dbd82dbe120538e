package main

import (
	"time"

	"cleaner/internal/policy"
)

// lookers look at some of the tasks whose DELETE was accepted.
type lookers struct {
	looking int // looks that are due
	looked  []time.Duration
}

// joiner is a pace that other requests than its own may join.
type joiner interface {
	Joins(now time.Duration) bool
	JoinedNext(now time.Duration) (time.Duration, bool)
	JoinedSent(now time.Duration)
	JoinedNote(sent time.Duration, end policy.PaceEnd)
}

// looks makes a look due after some of the DELETEs.
func (w *world) looks() {
	if w.scene.looks > 0 && w.random.Float64() < w.scene.looks {
		w.looking++
	}
}

// lookNext is when the next look may leave; false when it may not before an answer comes.
func (w *world) lookNext() (time.Duration, bool) {
	if p, ok := w.pace.(joiner); ok && p.Joins(w.now) {
		return p.JoinedNext(w.now)
	}
	return w.now, true
}

// look sends a look. It meets the limits of the DELETEs, unless looks are apart.
func (w *world) look() {
	w.looking--
	sent := w.now
	p, joins := w.pace.(joiner)
	if joins = joins && p.Joins(sent); joins {
		p.JoinedSent(sent)
	}
	w.after(w.between(w.net[0], w.net[1]), func() {
		ok := w.apart || w.gate.Admit(w.now).OK
		hold, end := w.tarpit, policy.PaceRefused
		if ok {
			hold, end = w.between(w.service[0], w.service[1]), policy.PaceAccepted
		}
		back := w.between(w.net[0], w.net[1])
		w.after(hold, func() {
			if ok && !w.apart {
				w.gate.Leave()
			}
			w.after(back, func() {
				if joins {
					p.JoinedNote(sent, end)
				}
				if ok {
					w.looked = append(w.looked, w.now)
				} else {
					w.refused = append(w.refused, w.now)
					w.after(time.Second, func() { w.looking++; w.try() })
				}
				w.try()
			})
		})
	})
}

// lookShare is the share of a rate that looks took in [from, to).
func (w *world) lookShare(rate float64, from, to time.Duration) float64 {
	if w.apart {
		return 0
	}
	return float64(within(w.looked, from, to)) / (rate * (to - from).Seconds())
}
