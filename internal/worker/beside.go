package worker

import (
	"errors"
	"sync"
	"sync/atomic"
)

// errBeside is what the caller of sideBySide panics with when one of the calls has
// panicked: that one stops the pass, and nothing can be made of the others.
var errBeside = errors.New("a panic came in between")

// sideBySide calls f with each number below n, up to most at a time, and returns when all
// calls have.
func (r *run) sideBySide(n, most int, f func(i int)) {
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
		panic(errBeside)
	}
}
