package worker

import "time"

// Outcomes are batched briefly, so that one transaction settles several (group commit). A batch waits
// for outcomes that may come at once, and then for answers that are expected soon: within
// a share of the time that an answer takes, in these bounds. So requests that were sent
// together stay together, and no worker waits for answers that are far away.
//
// Where the pace bounds the pass, more workers wait for a permit than get one. Then a
// batch waits until they are few, or for idleBatchDelay: that costs no speed, and saves
// most of the transactions.
const (
	firstBatchDelay = 2 * time.Millisecond
	minBatchDelay   = 4 * time.Millisecond
	maxBatchDelay   = 20 * time.Millisecond
	idleBatchDelay  = time.Second
	batchDelayShare = 5                    // one fifth
	lateAnswer      = 2 * time.Millisecond // an answer is expected for so long after its time
)

// batchDelay says how long a batch waits for outcomes that may still join it. The mutex of
// its owner guards it.
type batchDelay struct {
	out      func() int64 // how many outcomes can still come
	underWay *underWay
	idle     *idle
	took     time.Duration // how long the last answer took
}

// pause is how long a batch waits at most, and what ends that early; nil for nothing.
type pause struct {
	most  time.Duration
	until <-chan struct{}
}

// answered notes how long an answer took; 0 when there was none.
func (c *batchDelay) answered(took time.Duration) {
	if took > 0 {
		c.took = took
	}
}

// pause is how long a batch still waits that began at a moment, if each answer takes as
// long as the last one did.
func (c *batchDelay) pause(began time.Time) pause {
	now := time.Now()
	if c.idle.more() {
		return pause{most: began.Add(idleBatchDelay).Sub(now), until: c.idle.few}
	}
	until := began.Add(min(max(c.took/batchDelayShare, minBatchDelay), maxBatchDelay))
	last, ok := c.underWay.expected(c.took, now.Add(-lateAnswer), until)
	switch soon := now.Add(lateAnswer); {
	case !ok:
		return pause{}
	case last.Before(soon):
		last = soon
	}
	return pause{most: min(last.Sub(now), until.Sub(now))}
}
