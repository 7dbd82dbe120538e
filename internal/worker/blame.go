package worker

import (
	"context"
	"sync"
	"time"

	"cleaner/internal/answer"
	"cleaner/internal/policy"
	"cleaner/internal/queue"
)

// blame finds out whether rejections blame the credential, the run or the ID, and
// renews a credential that is to blame. It shares one policy.Blame among all workers.
type blame struct {
	service Service

	mu     sync.Mutex // guards record
	record policy.Blame
}

func newBlame(o Options) *blame {
	return &blame{service: o.Service, record: policy.Blame{Patience: o.Retry.Deadline}}
}

// suspected names d for policy.Blame.
func suspected(d queue.Delivery) policy.Suspected {
	return policy.Suspected{Seq: d.Seq, Before: d.Behind}
}

// note takes the answer to a DELETE into account.
func (b *blame) note(e exchange, d queue.Delivery, now time.Time) policy.Finding {
	of := suspected(d)
	of.Sent = e.at
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.record.Note(e.ruling, e.answer, of, now)
}

// accept takes into account what the answer to a look says of the credential.
func (b *blame) accept(rl policy.Ruling, a answer.Answer) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.record.Accept(rl, a)
}

// accepted reports whether the credential that a was answered to was accepted before.
func (b *blame) accepted(a answer.Answer) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.record.Accepted(a)
}

// replaced reports whether the credential that a was answered to has a successor that was
// answered.
func (b *blame) replaced(a answer.Answer) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.record.Replaced(a)
}

// wasRenewed reports whether the credential was renewed and not accepted since.
func (b *blame) wasRenewed() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.record.WasRenewed()
}

// renews reports whether a rejected credential must be renewed.
func (b *blame) renews(a answer.Answer, of policy.Suspected) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.record.Renews(a, of)
}

// renew renews the credential that was rejected with an answer. FaultNone says that
// there is another one; any other fault stands for the answer.
func (b *blame) renew(ctx context.Context, rejected answer.Answer) answer.Answer {
	renewed := b.service.Renew(ctx, rejected.Credential)
	if renewed.Fault == answer.FaultNone {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.record.Renewed(rejected)
	}
	return renewed
}

// sampling reports whether the next IDs must come from across the list.
func (b *blame) sampling() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.record.Sampling()
}
