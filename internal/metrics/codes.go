package metrics

import (
	"regexp"

	"cleaner/internal/queue"
)

// mostCodes is how many codes of dead letters have a series of their own.
const mostCodes = 10

// What stands in the place of a code.
const (
	codeNone  = "none"  // the last answer had none
	codeOther = "other" // all that have no series of their own
)

// plainCode is what a code looks like. The far side chooses it, so that anything else
// might stand there.
var plainCode = regexp.MustCompile(`^[A-Za-z0-9_.-]{1,40}$`)

// frequent returns how many dead letters have which code, the most frequent ones by
// themselves and the rest of all dead ones as codeOther, which is always there: a
// Pushgateway forgets what has gone only when it gets something in its place.
func frequent(codes []queue.DeadCode, dead int64) map[string]int64 {
	by := map[string]int64{}
	for _, c := range codes {
		name := c.Code
		if name == "" {
			name = codeNone
		}
		if len(by) < mostCodes && plainCode.MatchString(name) && name != codeOther {
			by[name] += c.Count
			dead -= c.Count
		}
	}
	by[codeOther] = max(dead, 0)
	return by
}
