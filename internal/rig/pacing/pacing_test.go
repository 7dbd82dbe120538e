package main

import (
	"slices"
	"testing"
)

// TestPace measures every scene once, in virtual time.
func TestPace(t *testing.T) {
	if n := len(scenes()); n < 40 {
		t.Errorf("%d scenes, want at least 40", n)
	}
	for _, m := range measureAll(func(i int, _ scene) bool { return i%every == 0 }, 1) {
		if miss := m.misses(m.result); len(miss) > 0 && !slices.Contains(unreached(), m.name) {
			t.Errorf("%s: %v", m.row(m.result), miss)
		}
	}
}
