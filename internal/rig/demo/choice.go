package main

import (
	"fmt"
	"math/rand/v2"
	"time"

	"cleaner/internal/sim"
)

// profiles are the names of those that one is picked of at random: the ones on
// which every line of the comparison has to hold.
func profiles() []string {
	return []string{
		sim.DefaultProfile, "absent-400", "absent-401", "absent-418", "absent-422", "absent-200-code", "absent-200-detail",
		"absent-200-project", "absent-200-inner", "absent-404-project", "absent-detail-400",
		"eventual", "iam-strict", "token-late", "clock-ahead", "clock-behind",
	}
}

// choice is which service the demonstration has.
type choice struct {
	profile sim.Profile
	seed    uint64
}

// choose takes the profile of that name, or one at random if it is empty. A seed
// of 0 is one at random.
func choose(name string, seed uint64) (choice, error) {
	for seed == 0 {
		seed = rand.Uint64()
	}
	if name == "" {
		random := rand.New(rand.NewPCG(seed, 1))
		name = profiles()[random.IntN(len(profiles()))]
	}
	p, err := sim.ProfileByName(name)
	return choice{p, seed}, err
}

// String says which service it is, and how to have it again.
func (c choice) String() string {
	return fmt.Sprintf("Its profile is %s: %s.\nTo see it again: go run ./internal/rig/demo -profile %s -seed %d\n",
		c.profile.Name, c.profile.About, c.profile.Name, c.seed)
}

// service is the simulated service of the demonstration: the profile's, with a
// credential, a latency and faults, and a limit if the profile has none.
func (c choice) service() sim.Options {
	o := c.profile.Options
	o.Seed = c.seed
	o.RequireAuth = true
	o.Domain, o.User, o.Password, o.Project = "demo", "cleaner", password, "cn-north-4"
	o.Absent = 0.01
	o.Latency = sim.Latency{Min: 5 * time.Millisecond, Max: 25 * time.Millisecond}
	if o.Throttle.Limit == 0 {
		o.Throttle = sim.Throttle{Limit: 1200, Window: time.Second}
	}
	o.Faults = append(faults(), o.Faults...)
	return o
}
