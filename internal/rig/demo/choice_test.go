package main

import (
	"slices"
	"strings"
	"testing"

	"cleaner/internal/sim"
)

// TestChoose: a name is taken, none is one of the list at random, and a seed makes
// the same choice again.
func TestChoose(t *testing.T) {
	for range 20 {
		c, err := choose("", 0)
		if err != nil || c.seed == 0 || !slices.Contains(profiles(), c.profile.Name) {
			t.Fatalf("at random: %v, %v", c, err)
		}
		again, err := choose("", c.seed)
		if err != nil || again.profile.Name != c.profile.Name || again.seed != c.seed {
			t.Errorf("with the seed of %v: %v, %v", c, again, err)
		}
	}
	if c, err := choose("absent-418", 7); err != nil || !strings.Contains(c.String(), "-profile absent-418 -seed 7") {
		t.Errorf("by name: %v, %v", c, err)
	}
	if _, err := choose("absent-41", 7); err == nil || !strings.Contains(err.Error(), "did you mean absent-4") {
		t.Errorf("unknown name: %v", err)
	}
}

// TestServices: the demonstration's faults fit into every profile.
func TestServices(t *testing.T) {
	for _, p := range sim.Profiles() {
		if _, err := sim.New(choice{p, 1}.service()); err != nil {
			t.Errorf("%s: %v", p.Name, err)
		}
	}
}
