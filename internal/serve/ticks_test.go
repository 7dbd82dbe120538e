package serve

import (
	"fmt"
	"maps"
	"path/filepath"
	"sync"
	"testing"
	"time"
)

// TestTicksOfTwoWriters: of a tick and a success that are written at one moment a
// restart forgets neither.
func TestTicksOfTwoWriters(t *testing.T) {
	path := filepath.Join(t.TempDir(), "schedule.json")
	kept, err := openTicks(path)
	if err != nil {
		t.Fatal(err)
	}
	for round := range 30 {
		var writers sync.WaitGroup
		for n := range 4 {
			writers.Go(func() {
				if err := kept.honour(fmt.Sprint(n), time.Unix(int64(round), 0)); err != nil {
					t.Error(err)
				}
			})
		}
		writers.Wait()
		read, err := openTicks(path)
		if err != nil || !maps.EqualFunc(read.done, kept.done, time.Time.Equal) {
			t.Fatalf("round %d: the file has %v, %v, want %v", round, read.done, err, kept.done)
		}
	}
}
