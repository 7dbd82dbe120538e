package metrics

import (
	"testing"
	"time"

	"cleaner/internal/answer"
	"cleaner/internal/policy"
	"cleaner/internal/queue"
)

// What one deletion costs: its exchange, and its outcome in a group of eight.
func BenchmarkDeletion(b *testing.B) {
	m := New("", "")
	e := Exchange{Ruling: policy.DefaultTable().Judge(answer.Answer{Status: 200, Body: answer.BodyNull}), Took: 150 * time.Millisecond}
	group := make([]queue.Outcome, 8)
	for i := range group {
		group[i].State = queue.Deleted
	}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		m.Observe(e)
		if i%len(group) == 0 {
			m.ObserveOutcomes(group)
		}
	}
}

func BenchmarkObserve(b *testing.B) {
	table := policy.DefaultTable()
	for name, a := range map[string]answer.Answer{
		"deleted": {Status: 200, Body: answer.BodyNull},
		"timeout": {Fault: answer.FaultTimeout},
		"busy":    {Status: 200, Body: answer.BodyCoded, Codes: []string{"CC.00050012"}},
	} {
		e := Exchange{Ruling: table.Judge(a), Fault: a.Fault, Took: 150 * time.Millisecond, Again: name != "deleted"}
		b.Run(name, func(b *testing.B) {
			m := New("", "")
			b.ReportAllocs()
			for b.Loop() {
				m.Observe(e)
			}
		})
		b.Run(name+"-parallel", func(b *testing.B) {
			m := New("", "")
			b.ReportAllocs()
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					m.Observe(e)
				}
			})
		})
	}
}
