package worker

import (
	"sync"
	"sync/atomic"
)

// pool is the workers of a pass. Their number may grow while they work; when fewer are
// needed, the superfluous ones find no ID to take.
type pool struct {
	group sync.WaitGroup

	mu      sync.Mutex // guards what follows
	size    int        // how many may be needed
	work    func()     // what each does; nil before the pass
	begun   int        // how many have begun
	working int64      // how many of them have not ended
}

// run has the pool work and returns when all have ended.
func (p *pool) run(work func()) {
	p.mu.Lock()
	p.work = work
	p.start()
	p.mu.Unlock()
	p.group.Wait()
}

// resize changes how many may be needed. When all workers of the pass have ended, no other
// begins.
func (p *pool) resize(size int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.size = size
	if p.working > 0 { // and nobody ends while the lock is held
		p.start()
	}
}

// start starts as many workers as are needed. The caller holds the lock.
func (p *pool) start() {
	for ; p.begun < p.size; p.begun++ {
		p.working++
		p.group.Go(func() {
			defer p.end()
			p.work()
		})
	}
}

func (p *pool) end() {
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

// opening is what the first worker does while the others wait.
type opening struct {
	begun atomic.Bool
	over  chan struct{} // closed when it is done
}

// enter does what the first worker does, or waits until that is done. rest notes that a
// worker waits, and then that it goes on.
func (o *opening) enter(rest func() func(), first func()) {
	if o.begun.Swap(true) {
		defer rest()()
		<-o.over
		return
	}
	defer close(o.over)
	first()
}
