package worker

import (
	"errors"
	"sync"
	"sync/atomic"
)

// errParallelPanic is the panic of parallel when one of its calls has panicked: that one
// stops the pass, and the results of the others are dropped.
var errParallelPanic = errors.New("a parallel call panicked")

// parallel calls f with each number below n, up to most at a time, and returns when all
// calls have returned.
func (r *run) parallel(n, most int, f func(i int)) {
	var calls sync.WaitGroup
	var begun, ended atomic.Int64
	for range min(n, most) {
		calls.Go(func() {
			defer r.catch()
			for i := begun.Add(1); i <= int64(n); i = begun.Add(1) {
				f(int(i - 1))
				ended.Add(1)
			}
		})
	}
	calls.Wait()
	if ended.Load() < int64(n) {
		panic(errParallelPanic)
	}
}
