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

// host is a pace that looks may be guests of.
type host interface{ Guests() policy.PaceGuests }

// looks makes a look due after some of the DELETEs.
func (w *world) looks() {
	if w.scene.looks > 0 && w.random.Float64() < w.scene.looks {
		w.looking++
	}
}

// lookNext is when the next look may leave; false when it may not before an answer comes.
func (w *world) lookNext() (time.Duration, bool) {
	if p, ok := w.pace.(host); ok && p.Guests().Admits(w.now) {
		return p.Guests().Next(w.now)
	}
	return w.now, true
}

// look sends a look. It meets the limits of the DELETEs, unless looks are apart.
func (w *world) look() {
	w.looking--
	sent := w.now
	p, joins := w.pace.(host)
	if joins = joins && p.Guests().Admits(sent); joins {
		p.Guests().Sent(sent)
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
					p.Guests().Note(sent, end)
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
