// Command bench measures what a delete costs. It runs the cleaner binary, with
// everything on (ledger, pace, verdicts, results file, report), beside a bare
// net/http loop that only sends, in turn, round after round, against the same
// kind of simulated service, and compares the CPU time that the kernel counted
// for each process. With -memory it runs cleaner alone on growing inputs and
// shows the peak of its resident memory.
//
// Read the ratios, not the microseconds: they are taken round by round.
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"slices"
	"time"
)

func main() {
	log.SetFlags(0)
	if len(os.Args) > 1 && os.Args[1] == bareArg {
		if err := bare(os.Args[2:]); err != nil {
			log.Fatal(err)
		}
		return
	}
	n := flag.Int("n", 100_000, "deletes a run")
	workers := flag.Int("c", 64, "requests in flight")
	rounds := flag.Int("rounds", 5, "rounds")
	latency := flag.Duration("latency", 0, "how long the service takes to answer")
	memory := flag.Bool("memory", false, "measure peak memory for 10k, 100k and 1M IDs instead")
	binary := flag.String("cleaner", "bin/cleaner", "the binary to measure")
	flag.Parse()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Minute)
	defer cancel()
	b := bench{binary: *binary, workers: *workers, latency: *latency}
	measure := func() error { return b.compare(ctx, *n, *rounds) }
	if *memory {
		measure = func() error { return b.memory(ctx, 10_000, 100_000, 1_000_000) }
	}
	if err := measure(); err != nil {
		log.Fatal(err)
	}
}

// The goals. Memory is the same wherever it runs, and above its goal the
// measurement fails; CPU time depends on the machine and its other guests.
const (
	mostRatio = 1.2
	mostMiB   = 64
)

// bench is one measurement's surroundings.
type bench struct {
	binary  string
	workers int
	latency time.Duration
}

// compare runs both contestants in turn and prints the medians.
func (b bench) compare(ctx context.Context, n, rounds int) error {
	fmt.Printf("%d deletes a run, %d in flight, latency %v, %d rounds\n\n", n, b.workers, b.latency, rounds)
	fmt.Println("round   bare net/http        cleaner              CPU ratio   connections   MiB")
	var bares, cleaners, ratios []float64
	for round := range rounds {
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
	verdict := "met"
	if median(ratios) > mostRatio {
		verdict = "missed"
	}
	fmt.Printf("goal: a median of at most %.1f: %s\n", mostRatio, verdict)
	return nil
}

// memory prints the peak memory for each number of IDs.
func (b bench) memory(ctx context.Context, sizes ...int) error {
	fmt.Printf("%d in flight\n\n      IDs   peak MiB   CPU/ID    ledger B/ID   connections\n", b.workers)
	for _, n := range sizes {
		r, err := b.run(ctx, n, b.cleanerCommand)
		if err != nil {
			return err
		}
		fmt.Printf("%9d   %8.1f   %5.1f µs   %8.1f   %8d\n", n, r.mib, r.cpu, r.ledger/float64(n), r.connections)
		if r.mib > mostMiB || r.connections > int64(b.workers)+1 {
			return fmt.Errorf("above the goal of %d MiB and %d connections", mostMiB, b.workers+1)
		}
	}
	return nil
}

func median(v []float64) float64 {
	s := slices.Sorted(slices.Values(v))
	return (s[(len(s)-1)/2] + s[len(s)/2]) / 2
}

// sizeOf is the size of the files that match pattern in dir.
func sizeOf(dir, pattern string) (total float64, err error) {
	paths, err := filepath.Glob(filepath.Join(dir, pattern))
	if err != nil {
		return 0, err
	}
	for _, path := range paths {
		info, err := os.Stat(path)
		if err != nil {
			return 0, err
		}
		total += float64(info.Size())
	}
	return total, nil
}
