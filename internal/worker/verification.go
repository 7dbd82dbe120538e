package worker

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"cleaner/internal/policy"
)

// Mode says how far the deletions of a pass were verified.
type Mode string

// The modes. The zero value is a pass that has not begun to look.
const (
	ModeNone       Mode = ""
	ModeOff        Mode = "off"        // no look is made: the operator believes the service
	ModeVerified   Mode = "verified"   // deletions were seen to take effect
	ModeUnverified Mode = "unverified" // looks cannot tell: there is only the service's word
)

// Modes returns every mode but ModeNone.
func Modes() []Mode { return []Mode{ModeOff, ModeVerified, ModeUnverified} }

// Verification is what a pass knows of the effect of its deletions.
type Verification struct {
	Mode Mode
	// Why says why deletions are unverified, and what would help; empty otherwise.
	Why string
	// Learned is what is known of the endpoint.
	Learned policy.Learned
	// Checked says that the pass saw that what was known before still holds.
	Checked bool
	// Changed says how the answer to a DELETE of what is not there differs from what
	// earlier passes learned; empty when it does not.
	Changed string
	// Random is how many confirmed deletions were chosen at random and seen to have taken
	// effect. If one of those chosen was still there, the pass has stopped.
	Random int64
}

// Indistinct reports whether the service answers alike for a task that it deletes and for
// one that is not there.
func (v Verification) Indistinct() bool { return v.Learned.Idempotent }

// Bound is the share of the deletions that may still be there, at most, with 95 %
// confidence, when all of the randomly chosen ones were gone: 1 - 0.05^(1/n). It is
// 1 when none was looked at.
func (v Verification) Bound() float64 {
	if v.Random <= 0 {
		return 1
	}
	return 1 - math.Pow(0.05, 1/float64(v.Random))
}

// Words sums it up for people; deleted is how many deletions the pass reports.
func (v Verification) Words(deleted int64) string {
	var s string
	switch {
	case v.Mode == ModeUnverified:
		s = "unverified: " + v.Why
	case v.Mode == ModeVerified && v.Random > 0:
		s = fmt.Sprintf("of %d deletions %d were looked at, all gone: with 95 %% confidence fewer than %.1f %% remain", deleted, v.Random, 100*v.Bound())
	case v.Mode == ModeVerified && v.Checked:
		s = "the first deletions were seen to take effect"
	}
	all := slices.DeleteFunc([]string{s, v.Changed}, func(s string) bool { return s == "" })
	if v.Indistinct() && deleted > 0 {
		all = append(all, "this service answers alike for deleted and gone: they cannot be told apart by the answer")
	}
	return strings.Join(all, "; ")
}

// Calibration says how a pass learns what its endpoint answers. The zero value looks at
// nothing and believes the service.
type Calibration struct {
	// Canaries is how many deletions must be seen to take effect before the pool begins;
	// 0 is none, and then nothing else is looked at either.
	Canaries int
	// Learned is what earlier passes learned.
	Learned policy.Learned
	// StopUnverified stops the pass when no look can tell whether deletions take
	// effect.
	StopUnverified bool
	// Settle is how long after a deletion was first seen the task is looked at again,
	// before its DELETE is repeated; 0 is 5 s.
	Settle time.Duration
	// Confirm is how long a confirmed deletion may take to show; 0 is one minute.
	Confirm time.Duration
}

// withDefaults returns c with its zero times replaced.
func (c Calibration) withDefaults() Calibration {
	if c.Settle <= 0 {
		c.Settle = 5 * time.Second
	}
	if c.Confirm <= 0 {
		c.Confirm = time.Minute
	}
	return c
}
