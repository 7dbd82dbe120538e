package pass

import (
	"strings"
	"testing"

	"go.uber.org/zap"

	"cleaner/internal/answer"
	"cleaner/internal/queue"
)

// TestDropOfStandingIDsIsTold: dead letters that an input still names come back, and
// whoever drops them is told which input, and how many.
func TestDropOfStandingIDsIsTold(t *testing.T) {
	refusesAll := &far{answer: func(string, int) answer.Answer { return refused }}
	try(t, refusesAll, func(tr *trial) {
		upper := strings.Repeat("0A", 16)
		tr.spec.Inputs = []Source{tr.file("tasks.txt", append(ids(0, 5), strings.ToLower(upper))...)}
		tr.want("dead", tr.pass(tr.Context()).Dead, int64(6))
		standing := []Source{
			tr.file("some.txt", append(ids(3, 9), "task-0004", upper)...), tr.file("none.txt", ids(10, 12)...),
			tr.file("bad.txt", "not valid"),
			File{Path: tr.path("missing.txt")},
		}
		tr.open(func(q queue.Ledger) {
			tr.want("error", WarnStillNamed(tr.Context(), q, queue.Filter{}, standing, tr.deps.Log), nil)
			tr.want("error", WarnStillNamed(tr.Context(), q, queue.Filter{Code: "other"}, standing, tr.deps.Log), nil)
		})
		told := tr.logs.FilterMessageSnippet("sends them again").All()
		tr.want("told", len(told), 1)
		tr.want("the input", told[0].ContextMap()["source"], any(tr.path("some.txt")))
		tr.want("how many", told[0].ContextMap()["ids"], any(int64(3)))
		tr.want("not known", tr.logs.FilterMessageSnippet("not known").FilterLevelExact(zap.WarnLevel).Len(), 2)
		tr.want("pending", tr.pass(tr.Context()).Loaded, int64(0))
	})
}
