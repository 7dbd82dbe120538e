package worker

import "time"

// Outcomes are batched briefly, so that one transaction settles several. A batch waits
// for outcomes that may come at once, and then for answers that are expected soon: within
// a share of the time that an answer takes, in these bounds. So requests that were sent
// together stay together, and no worker waits for answers that are far away.
const (
	firstBatchDelay = 2 * time.Millisecond
	minBatchDelay   = 4 * time.Millisecond
	maxBatchDelay   = 20 * time.Millisecond
	batchDelayShare = 5                    // one fifth
	lateAnswer      = 2 * time.Millisecond // an answer is expected for so long after its time
)

// coming says which outcomes may still join a batch. The mutex of its owner guards it.
type coming struct {
	out      func() int64 // how many outcomes can still come
	underWay *underWay
	took     time.Duration // how long the last answer took
}

// answered notes how long an answer took; 0 when there was none.
func (c *coming) answered(took time.Duration) {
	if took > 0 {
		c.took = took
	}
}

// delay is how long a batch still waits that began at a moment, if each answer takes as
// long as the last one did.
func (c *coming) delay(began time.Time) time.Duration {
	now := time.Now()
	until := began.Add(min(max(c.took/batchDelayShare, minBatchDelay), maxBatchDelay))
	last, ok := c.underWay.expected(c.took, now.Add(-lateAnswer), until)
	switch soon := now.Add(lateAnswer); {
	case !ok:
		return 0
	case last.Before(soon):
		last = soon
	}
	return min(last.Sub(now), until.Sub(now))
}
