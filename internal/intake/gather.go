package intake

import (
	"context"
	"time"
)

// The bounds of one batch of messages: large ones must not fill the memory.
const (
	maxBatchBytes = 4 << 20
	maxBatchIDs   = 100_000
)

// gather receives messages and judges them, until it has as many as one batch may hold,
// or for so long. ids is for how many task IDs there is room. After a fault of the broker
// all of them come again.
func (f *Feed) gather(ctx context.Context, b Broker, ids int64, wait time.Duration) (j judged, err error) {
	ids = min(ids, maxBatchIDs)
	for end := time.Now().Add(wait); ; {
		most := min(f.judge.messages(ids-int64(len(j.items))), f.Tempo.Most-len(j.messages))
		n := f.stride.messages(most, maxBatchBytes-j.bytes)
		some, err := b.Receive(ctx, n, max(time.Until(end), 0))
		if err != nil {
			return j, err
		}
		f.board.received(some)
		before := j.bytes
		f.judge.read(&j, some)
		alone := f.stride.came(len(some), j.bytes-before) || again(some) > 0
		j.short = len(some) < n
		over := int64(len(j.items)) >= ids || len(j.messages) >= f.Tempo.Most || j.bytes >= maxBatchBytes || ctx.Err() != nil
		if len(j.rejects) > 0 && !f.judge.window.sampled() {
			alone = false // a source with nothing but such messages is stopped before any is acknowledged
		}
		if over || alone || j.short {
			return j, nil
		}
	}
}

// longestStride is the most messages that are asked for at once: as many of the largest that
// are read fit into the memory that a unit has.
const longestStride = 32

// stride is how many messages to ask for at once: one at first, and then more and more, as
// only what has come shows how large they are. Until it is at its longest, what comes is a
// batch of its own, and so is what was delivered before. So a process that was killed over
// messages that are too large for its memory gets by them when it is started anew: fewer
// come at once, and each is acknowledged before more of them come.
type stride struct {
	grown int // 0 before the first message
	size  int // the bytes of a message, as they came lately
}

// came says how many messages came, of so many bytes in all. It reports whether they are
// to be a batch of their own.
func (s *stride) came(n, bytes int) (alone bool) {
	alone = s.grown < longestStride
	if n > 0 {
		s.grown = min(2*max(s.grown, 1), longestStride)
		s.size = max(bytes/n, s.size/2) // it falls slowly
	}
	return alone
}

// messages returns how many to ask for, of at most so many, where so many bytes may come.
func (s *stride) messages(most, bytes int) int {
	n := min(max(s.grown, 1), most)
	if s.size > 0 {
		n = min(n, bytes/s.size)
	}
	return max(1, n)
}
