// Command bench measures what a delete costs. It runs the cleaner binary, with
// everything on (ledger, pace, verdicts, results file, report), beside a bare
// net/http loop that only sends, in turn, round after round, against the same
// kind of simulated service: plain, over TLS, and over TLS with answers that take
// 50 ms. It compares the CPU time that the kernel counted for each process. Beside them
// it runs what one would take instead: xargs with curl, and the vendor's SDK and asynq
// from a module of their own. Then it measures how long the start takes, and sizes.
// With -memory it runs cleaner alone on growing inputs and shows the peak of its
// resident memory.
//
// Read the ratios, not the microseconds: they are taken round by round.
package main

import (
	"context"
	"flag"
	"log"
	"os"
	"strings"
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
	n := flag.Int("n", 100_000, "deletes a run; a quarter of that where answers take long")
	workers := flag.Int("c", 64, "requests in flight")
	rounds := flag.Int("rounds", 5, "rounds")
	only := flag.String("scene", "", "measure only this: plain, tls, slow, peers, start or sizes")
	memory := flag.Bool("memory", false, "measure peak memory for 10k, 100k and 1M IDs instead")
	most := flag.Int("most", 1_000_000, "the most IDs that -memory measures, up to 10M")
	binary := flag.String("cleaner", "bin/cleaner", "the binary to measure")
	flag.Parse()
	ctx, cancel := context.WithTimeout(context.Background(), time.Hour)
	defer cancel()
	b := bench{binary: *binary, workers: *workers, rounds: *rounds}
	measure := func() error { return b.all(ctx, *n, *only) }
	if *memory {
		measure = func() error { return b.memory(ctx, *most) }
	}
	if err := measure(); err != nil {
		log.Fatal(err)
	}
}

// bench is one measurement's surroundings.
type bench struct {
	binary          string
	workers, rounds int
	service         serviceOptions
}

// all measures one scene after the other, or the only one that was asked for.
func (b bench) all(ctx context.Context, n int, only string) error {
	for _, scene := range []struct {
		name string
		run  func() error
	}{
		{"plain", func() error { return b.compare(ctx, n) }},
		{"tls", func() error { return b.over(serviceOptions{tls: true}).compare(ctx, n) }},
		{"slow", func() error {
			return b.over(serviceOptions{tls: true, latency: 50 * time.Millisecond}).compare(ctx, n/4)
		}},
		{"peers", func() error { return b.peers(ctx) }},
		{"start", func() error { return b.start(ctx) }},
		{"sizes", func() error { return b.sizes(ctx) }},
	} {
		if only != "" && !strings.EqualFold(only, scene.name) {
			continue
		}
		if err := scene.run(); err != nil {
			return err
		}
	}
	return nil
}

// over returns b with another service.
func (b bench) over(o serviceOptions) bench {
	b.service = o
	return b
}
