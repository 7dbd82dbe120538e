package knowledge

import (
	"context"
	"time"

	"cleaner/internal/queue"
	"cleaner/internal/report"
)

// verifiedKey is what the ledger keeps the effect of the deletions by.
const verifiedKey = "verified"

// Verified is how far the deletions of the pass under way, or of the last one that
// deleted, were verified.
type Verified struct {
	Began time.Time `json:"began"` // the pass
	report.Verification
}

// KeepVerified has the ledger keep v.
func KeepVerified(ctx context.Context, m queue.Memory, v Verified) error {
	return keep(ctx, m, verifiedKey, v)
}

// readVerified reads what the ledger keeps; nil when no pass has deleted yet.
func readVerified(ctx context.Context, r queue.FactReader) (*Verified, error) {
	text, err := r.Recall(ctx, verifiedKey)
	if err != nil || text == nil {
		return nil, err
	}
	var v Verified
	return &v, decode(verifiedKey, text, &v)
}
