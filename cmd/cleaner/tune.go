package main

import (
	"sync"

	"cleaner/internal/config"
)

// tuning is what may change of a pass while it is under way: how many requests a
// second, how many at once, and what is protected. Caps and belts are asked before
// the first DELETE or judged over the whole pass; they change with the next one.
type tuning struct {
	// latest is the configuration to follow; nil when the pass keeps to its own.
	latest func() *config.Config

	changing sync.Mutex // guards what follows
	far      farSide
	workers  int
}

// tune has the pass follow the latest configuration. Called when the pass begins
// to send, and after each change.
func (p *pass) tune() {
	w, pace := p.worker.Load(), p.pacing.Load()
	if p.latest == nil || w == nil {
		return
	}
	p.changing.Lock()
	defer p.changing.Unlock()
	cfg := p.latest()
	p.guard.watch(cfg.Safety.ProtectFile)
	pace.SetRate(cfg.Limits.Rate)
	n := cfg.Limits.Workers
	if n != p.workers {
		p.far.Resize(n) // first, lest more workers queue for connections
		w.Resize(n)
		p.workers = n
	}
	if p.metrics != nil {
		p.metrics.SetWorkers(n)
	}
}
