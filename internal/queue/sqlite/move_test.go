package sqlite

import (
	"testing"

	"cleaner/internal/queue"
)

// Groups of any size are moved whole, whether their members are neighbours or not.
func TestSettleScattered(t *testing.T) {
	sizes := []int{1, 3, 4, 5, 15, 16, 17, 63, 64, 65, 130}
	n := 0
	for _, size := range sizes {
		n += 2 * size
	}
	l := open(t, ledgerPath(t), Options{})
	load(t, l, "a", n, randomIDs(n, 1))
	ds := take(t, l, n)
	deleted := int64(0)
	for _, size := range sizes {
		var scattered, between []queue.Delivery
		for i := range size {
			scattered, between = append(scattered, ds[2*i]), append(between, ds[2*i+1])
		}
		ds = ds[2*size:]
		settle(t, l, scattered, queue.Deleted)
		deleted += int64(size)
		if c, err := l.Counts(t.Context()); err != nil || c.Deleted != deleted {
			t.Fatalf("%d are deleted, %v, want %d", c.Deleted, err, deleted)
		}
		settle(t, l, between, queue.Gone)
	}
	if err := l.Check(t.Context()); err != nil {
		t.Error(err)
	}
}
