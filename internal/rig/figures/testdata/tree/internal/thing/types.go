// Package thing has types to count.
package thing

import "sync/atomic"

// Large has six fields: three in one line, one embedded, and a struct of two, which
// is a struct of its own.
type Large struct {
	a, b, c int
	Small
	d     string
	inner struct{ e, f int }
}

// Small has three methods, on itself and on its pointer.
type Small struct{ list []int }

// One is a method.
func (s Small) One() {}

// Two is a method.
func (s *Small) Two() {}

// Three is a method.
func (*Small) Three() {}

// Of is generic, and has one method.
type Of[K comparable, V any] struct{ m map[K]V }

// Len is a method.
func (o *Of[K, V]) Len() int { return len(o.m) }

// Piece declares two methods.
type Piece interface {
	One()
	Two()
}

// Whole declares one method, and embeds the others.
type Whole interface {
	Piece
	interface{ A() }
	Three()
}

// Number is no list of methods.
type Number interface{ ~int | ~int64 }

// Counts counts states.
type Counts struct {
	Pending, Deleted int64
	Dead             int
}

// running counts states too.
type running struct {
	gone      atomic.Int64
	protected atomic.Uint32
	dead      *int
	PENDING   uint8
}

// Two states are not enough, and times and texts count nothing.
type twoStates struct {
	Pending, Deleted int64
	Gone             string
	Protected        float64
	Dead             []int
}

var loose = struct{ Gone, Dead, Deleted int }{}

// A is a method: Large holds state, and acts.
func (l *Large) A() {}

// B is a method.
func (l *Large) B() {}

// C is a method.
func (l *Large) C() {}

// Public is a record, whatever its methods: all of its fields are exported.
type Public struct {
	A, B, C, D int
	Small
}

// One is a method.
func (p Public) One() {}

// Two is a method.
func (p Public) Two() {}

// Three is a method.
func (p Public) Three() {}
