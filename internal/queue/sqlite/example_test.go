package sqlite_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"time"

	"cleaner/internal/queue"
	"cleaner/internal/queue/sqlite"
)

// One ID is deleted, the other is given up; the ledger balances.
func Example() {
	dir, err := os.MkdirTemp("", "ledger")
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	ctx := context.Background()
	ledger, err := sqlite.Open(ctx, filepath.Join(dir, "ledger.db"), sqlite.Options{Command: "run"})
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = ledger.Close() }()

	ids := func(yield func(string, error) bool) {
		_ = yield("0f0e0d0c0b0a09080706050403020100", nil) && yield("0f0e0d0c0b0a09080706050403020101", nil) &&
			yield("0f0e0d0c0b0a09080706050403020100", nil)
	}
	loaded, err := ledger.Load(ctx, queue.Batch{Name: "monday", Source: "tasks.txt"}, ids)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%d new, %d duplicate\n", loaded.New, loaded.Duplicates)

	pass, err := ledger.Begin(ctx, "")
	if err != nil {
		log.Fatal(err)
	}
	ds, _, err := pass.Take(ctx, 10, time.Now())
	if err != nil {
		log.Fatal(err)
	}
	now := time.Now()
	err = pass.Settle(ctx, []queue.Outcome{
		{Delivery: ds[0], State: queue.Deleted, Attempts: 1, FirstAt: now, At: now},
		{Delivery: ds[1], State: queue.Dead, Attempts: 1, FirstAt: now, At: now, Code: "CC.00050010", Reason: "no permission"},
	})
	if err != nil {
		log.Fatal(err)
	}
	for letter, err := range ledger.Dead(ctx, queue.Filter{}) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(letter.ID, letter.Code, letter.Reason)
	}
	counts, err := ledger.Counts(ctx)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%d loaded = %d deleted + %d dead\n", counts.Loaded(), counts.Deleted, counts.Dead)
	// Output:
	// 2 new, 1 duplicate
	// 0f0e0d0c0b0a09080706050403020101 CC.00050010 no permission
	// 2 loaded = 1 deleted + 1 dead
}
