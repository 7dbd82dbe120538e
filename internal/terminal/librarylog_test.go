package terminal

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"
)

// TestLibraryLogIsBounded: each text is told once, and of ever new ones a hundred, the last of
// which says so.
func TestLibraryLogIsBounded(t *testing.T) {
	core, logs := observer.New(zap.WarnLevel)
	s := new(LibraryLog)
	s.Into(zap.New(core))
	var writers sync.WaitGroup
	for range 4 {
		writers.Go(func() {
			for n := range 3 * mostTexts {
				line := fmt.Sprintf("unsolicited response on channel %d\n", n)
				if got, err := s.Write([]byte(line)); got != len(line) || err != nil {
					t.Errorf("Write = %d, %v", got, err)
				}
			}
		})
	}
	writers.Wait()
	all := logs.All()
	if len(all) != mostTexts || len(s.said) != mostTexts {
		t.Fatalf("%d lines are logged, and %d texts kept, want %d", len(all), len(s.said), mostTexts)
	}
	told, last := map[any]bool{}, 0
	for _, l := range all {
		told[l.ContextMap()["text"]] = true
		if strings.Contains(l.Message, "nothing more of that kind is logged") {
			last++
		}
	}
	if len(told) != mostTexts || last != 1 {
		t.Errorf("%d texts are told, and %d times that no more is, want %d and 1", len(told), last, mostTexts)
	}
}
