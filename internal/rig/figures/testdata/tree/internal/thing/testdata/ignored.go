// Package ignored is not read.
package ignored

type large struct{ a, b, c, d, e, f, g, h, pending, deleted, gone, dead int }
