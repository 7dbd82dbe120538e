// Command demo shows the main job from end to end: it starts the simulated
// service with faults of every kind, writes an input such as operators have
// (duplicates and bad lines included), has the cleaner binary purge it, and then
// holds cleaner's report against what the service knows to be true.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"cleaner/internal/sim"
)

func main() {
	log.SetFlags(0)
	n := flag.Int("n", 5000, "task IDs")
	dir := flag.String("dir", "", "where to work; empty is a temporary folder that is removed")
	binary := flag.String("cleaner", "bin/cleaner", "the binary to show")
	flag.Parse()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	if err := show(ctx, *n, *dir, *binary); err != nil {
		log.Fatalf("demo: %v", err)
	}
}

// show runs the demonstration. An error says that cleaner's word and the truth
// differ, or that it did not run.
func show(ctx context.Context, n int, dir, binary string) (err error) {
	if dir == "" {
		if dir, err = os.MkdirTemp("", "cleaner-demo-"); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	}
	s, err := sim.New(service())
	if err != nil {
		return err
	}
	url, stop, err := s.Start("127.0.0.1:0")
	if err != nil {
		return err
	}
	defer stop()
	in, err := writeInput(dir, url, n)
	if err != nil {
		return err
	}
	fmt.Printf("A simulated CodeArts Check at %s, with faults in the way. The input has %d task IDs,\n%d of them protected, %d duplicates and %d bad lines.\n\n",
		url, n, in.protected, in.duplicates, in.invalid)
	code, err := purge(ctx, binary, dir)
	if err != nil {
		return err
	}
	return compare(s, in, filepath.Join(dir, "report.json"), filepath.Join(dir, "results.jsonl"), code)
}

// service is the simulated service of the demonstration.
func service() sim.Options {
	return sim.Options{
		RequireAuth: true,
		Domain:      "demo", User: "cleaner", Password: password, Project: "cn-north-4",
		Absent:   0.01,
		Latency:  sim.Latency{Min: 5 * time.Millisecond, Max: 25 * time.Millisecond},
		Throttle: sim.Throttle{Limit: 1200, Window: time.Second},
		Faults:   faults(),
	}
}

const password = "not-a-secret"

// purge runs cleaner on the input, with this process's terminal.
func purge(ctx context.Context, binary, dir string) (exitCode int, err error) {
	cmd := exec.CommandContext(ctx, binary, "run", "--config", filepath.Join(dir, "cleaner.yaml"),
		"--ids", filepath.Join(dir, "tasks.txt"),
		"--report", filepath.Join(dir, "report.json"), "--results", filepath.Join(dir, "results.jsonl"))
	fmt.Println("$ cleaner run --config cleaner.yaml --ids tasks.txt --report report.json --results results.jsonl")
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	err = cmd.Run()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return exit.ExitCode(), nil
	}
	return 0, err
}
