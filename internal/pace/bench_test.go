package pace

import (
	"context"
	"math"
	"testing"
)

func BenchmarkWait(b *testing.B) {
	for name, rate := range map[string]float64{"limited": 1e9, "unlimited": math.Inf(1)} {
		p := NewFixed(rate, 1000)
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

// A permit that is granted at once must not allocate.
func TestWaitDoesNotAllocate(t *testing.T) {
	p := NewFixed(1e9, 1000)
	if allocs := testing.AllocsPerRun(100, func() { _ = p.Wait(context.Background()) }); allocs != 0 {
		t.Errorf("%v allocations for one permit, want none", allocs)
	}
}
