package policy

import (
	"context"
	"math"
	"strings"
	"testing"
)

func BenchmarkJudge(b *testing.B) {
	table := DefaultTable()
	for name, a := range map[string]Answer{
		"deleted": plain(200, BodyNull),
		"busy":    coded(200, "CC.00050012"),
		"wrapped": coded(500, "CC.00050006", "CC.00101085.500"),
		"timeout": {Fault: FaultTimeout},
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
	for name, a := range map[string]Answer{"deleted": plain(200, BodyNull), "busy": coded(200, "CC.00050012")} {
		rl := table.Judge(a)
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				usual.Next(rl, a, Try{Now: noon, Jitter: 0.5})
			}
		})
	}
}

func BenchmarkPaceWait(b *testing.B) {
	for name, rate := range map[string]float64{"limited": 1e9, "unlimited": math.Inf(1)} {
		p := NewPace(rate, 1000)
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := p.Wait(context.Background()); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(name+"-parallel", func(b *testing.B) {
			b.ReportAllocs()
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					_ = p.Wait(context.Background())
				}
			})
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
	table, pace := DefaultTable(), NewPace(1e9, 1000)
	a := plain(200, BodyNull)
	var blame Blame
	var breaker Breaker
	shares := Shares{Sample: 1, Failed: 1, NotFound: 1}
	allocs := testing.AllocsPerRun(100, func() {
		_ = pace.Wait(context.Background())
		rl := table.Judge(a)
		blame.Note(rl, a, SeenNever, noon)
		breaker.Note(rl, a, Asked{Seq: 1}, noon)
		shares.Note(EndDeleted, 1, false)
		usual.Next(rl, a, Try{Now: noon})
	})
	if allocs != 0 {
		t.Errorf("%v allocations for one deletion, want none", allocs)
	}
}
