// Package bench is a rig, which only the figure of the importers looks at.
package bench

import _ "cleaner/internal/queue/sqlite"

type rig struct{ accessKey, pending, deleted, gone, dead, f, g, h, i, j, k int }

func (r rig) dryRun() bool {
	if r.dryRun() {
		return true
	}
	return false
}

type piece interface {
	a()
	b()
	c()
}
