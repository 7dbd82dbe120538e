package admin

import (
	"context"
	"net/http"
	"slices"

	"cleaner/internal/queue"
)

// mostBatches is how many batches are listed.
const mostBatches = 200

// batchesView lists what was loaded.
type batchesView struct {
	view
	Batches []queue.BatchInfo
	Hidden  int // how many more there are
}

// Withdrawable reports whether something of a batch can be taken back.
func (batchesView) Withdrawable(b queue.BatchInfo) bool { return b.Pending+b.Shared > 0 }

// batches lists the batches: those with pending IDs first, and of these the latest.
func (e pages) batches(w http.ResponseWriter, r *http.Request) {
	v := batchesView{view: e.view(r, "Batches")}
	err := e.archived(r, func(ctx context.Context, a Archive) (err error) {
		v.Batches, err = a.Batches(ctx)
		return err
	})
	slices.Reverse(v.Batches)
	slices.SortStableFunc(v.Batches, func(a, b queue.BatchInfo) int {
		switch x, y := v.Withdrawable(a), v.Withdrawable(b); {
		case x == y:
			return 0
		case x:
			return -1
		}
		return 1
	})
	v.Hidden = max(0, len(v.Batches)-mostBatches)
	v.Batches = v.Batches[:len(v.Batches)-v.Hidden]
	e.show(w, "batches.html", &v, &v.view, err)
}
