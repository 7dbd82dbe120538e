package worker

import "sync"

// pool is the workers of a pass. Their number may grow while they work; when
// fewer are wanted, those too many find no ID to take.
type pool struct {
	group sync.WaitGroup

	mu      sync.Mutex // guards what follows
	size    int        // how many may be needed
	work    func()     // what each does; nil before the pass
	hired   int        // how many have begun
	working int64      // how many of them have not ended
}

// run has the pool work and returns when all have ended.
func (p *pool) run(work func()) {
	p.mu.Lock()
	p.work = work
	p.hire()
	p.mu.Unlock()
	p.group.Wait()
}

// resize changes how many may be needed. In a pass of which all workers have
// ended nobody begins any more.
func (p *pool) resize(size int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.size = size
	if p.working > 0 { // and nobody ends while the lock is held
		p.hire()
	}
}

// hire has as many begin as are needed. The caller holds the lock.
func (p *pool) hire() {
	for ; p.hired < p.size; p.hired++ {
		p.working++
		p.group.Go(func() {
			defer p.leave()
			p.work()
		})
	}
}

func (p *pool) leave() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.working--
}

// atWork is how many have not ended.
func (p *pool) atWork() int64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.working
}

// Resize changes how many IDs may be in hand at once, and so how many requests in
// flight; it is at least 1. It may be called at any time, also while Run is under
// way: then no ID is taken until the number is below, and what is in hand is
// finished.
func (w *Worker) Resize(workers int) {
	w.loans.resize(workers)
	w.pool.resize(workers)
}
