package policy

import (
	"strings"
	"testing"

	"cleaner/internal/answer"
)

func BenchmarkJudge(b *testing.B) {
	table := DefaultTable()
	for name, a := range map[string]answer.Answer{
		"deleted": plain(200, answer.BodyNull),
		"busy":    coded(200, "CC.00050012"),
		"wrapped": coded(500, "CC.00050006", "CC.00101085.500"),
		"timeout": {Fault: answer.FaultTimeout},
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				table.Judge(a)
			}
		})
	}
}

func BenchmarkNext(b *testing.B) {
	table := DefaultTable()
	for name, a := range map[string]answer.Answer{"deleted": plain(200, answer.BodyNull), "busy": coded(200, "CC.00050012")} {
		rl := table.Judge(a)
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				usual.Next(rl, a, Try{Now: noon, Jitter: 0.5})
			}
		})
	}
}

func BenchmarkProtectMatch(b *testing.B) {
	p, err := ParseProtect(strings.NewReader("abc\nglob:f*\nre:[g-z]+"))
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		p.Match(id)
	}
}

// The hot path of a task that is deleted at once must not allocate.
func TestSuccessDoesNotAllocate(t *testing.T) {
	table := DefaultTable()
	a := plain(200, answer.BodyNull)
	var blame Blame
	var breaker Breaker
	shares := Shares{Sample: 1, Failed: 1, NotFound: 1}
	allocs := testing.AllocsPerRun(100, func() {
		rl := table.Judge(a)
		blame.Note(rl, a, Suspected{Seq: 1}, noon)
		breaker.Note(rl, a, Asked{Seq: 1}, noon)
		shares.Note(endDeleted)
		usual.Next(rl, a, Try{Now: noon})
	})
	if allocs != 0 {
		t.Errorf("%v allocations for one deletion, want none", allocs)
	}
}
