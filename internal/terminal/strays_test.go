package terminal

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"
)

// TestStraysAreBounded: each text is told once, and of ever new ones a hundred, the last of
// which says so.
func TestStraysAreBounded(t *testing.T) {
	core, logs := observer.New(zap.WarnLevel)
	s := new(Strays)
	s.Into(zap.New(core))
	var writers sync.WaitGroup
	for range 4 {
		writers.Go(func() {
			for n := range 3 * mostStrays {
				line := fmt.Sprintf("unsolicited response on channel %d\n", n)
				if got, err := s.Write([]byte(line)); got != len(line) || err != nil {
					t.Errorf("Write = %d, %v", got, err)
				}
			}
		})
	}
	writers.Wait()
	all := logs.All()
	if len(all) != mostStrays || len(s.said) != mostStrays {
		t.Fatalf("%d lines are logged, and %d texts kept, want %d", len(all), len(s.said), mostStrays)
	}
	told, last := map[any]bool{}, 0
	for _, l := range all {
		told[l.ContextMap()["text"]] = true
		if strings.Contains(l.Message, "nothing more of that kind is told") {
			last++
		}
	}
	if len(told) != mostStrays || last != 1 {
		t.Errorf("%d texts are told, and %d times that no more is, want %d and 1", len(told), last, mostStrays)
	}
}
