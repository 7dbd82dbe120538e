package main

import (
	"context"
	"fmt"
	"slices"
)

// The bounds. Memory is the same wherever it runs, and above its bound the
// measurement fails; CPU time depends on the machine and its other guests.
const (
	mostRatio = 1.1
	mostMiB   = 64
)

// compare runs both contestants in turn and prints the medians.
func (b bench) compare(ctx context.Context, n int) error {
	fmt.Printf("%v: %d deletes a run, %d in flight, %d rounds\n\n", b.service, n, b.workers, b.rounds)
	fmt.Println("round   bare net/http        cleaner              CPU ratio   connections   MiB")
	var bares, cleaners, ratios []float64
	for round := range b.rounds {
		base, err := b.run(ctx, n, b.bareCommand)
		if err != nil {
			return fmt.Errorf("bare loop: %w", err)
		}
		ours, err := b.run(ctx, n, b.cleanerCommand)
		if err != nil {
			return fmt.Errorf("cleaner: %w", err)
		}
		ratio := ours.cpu / base.cpu
		fmt.Printf("%3d     %5.1f µs %6.0f/s    %5.1f µs %6.0f/s    %5.2f       %4d %4d      %4.0f %3.0f\n", round+1,
			base.cpu, base.rate, ours.cpu, ours.rate, ratio, base.connections, ours.connections, base.mib, ours.mib)
		bares, cleaners, ratios = append(bares, base.cpu), append(cleaners, ours.cpu), append(ratios, ratio)
	}
	fmt.Printf("\nmedian  %5.1f µs             %5.1f µs             %5.2f (%.2f to %.2f)\n",
		median(bares), median(cleaners), median(ratios), slices.Min(ratios), slices.Max(ratios))
	fmt.Printf("goal: a median of at most %.1f: %s\n\n", mostRatio, verdict(median(ratios) <= mostRatio))
	return nil
}

func verdict(met bool) string {
	if met {
		return "met"
	}
	return "missed"
}

// memory prints the peak memory for each number of IDs, as far as most.
func (b bench) memory(ctx context.Context, most int) error {
	fmt.Printf("%d in flight\n\n      IDs   peak MiB   CPU/ID    ledger B/ID   connections\n", b.workers)
	for n := 10_000; n <= most; n *= 10 {
		r, err := b.run(ctx, n, b.cleanerCommand)
		if err != nil {
			return err
		}
		fmt.Printf("%9d   %8.1f   %5.1f µs   %8.1f   %8d\n", n, r.mib, r.cpu, r.ledger/float64(n), r.connections)
		// A starved machine gives some connections up: see package connpool.
		if most := int64(b.workers + b.workers/4 + 1); r.mib > mostMiB || r.connections > most {
			return fmt.Errorf("above the bound of %d MiB and %d connections", mostMiB, most)
		}
	}
	return nil
}

func median(v []float64) float64 {
	s := slices.Sorted(slices.Values(v))
	return (s[(len(s)-1)/2] + s[len(s)/2]) / 2
}
