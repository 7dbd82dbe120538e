// Command demo shows the main job from end to end: it starts the simulated
// service with faults of every kind, writes an input such as operators have
// (duplicates and bad lines included), has the cleaner binary purge it, and then
// holds cleaner's report against what the service knows to be true. Then it shows a
// wrong list that is held, withdrawn and followed by the right one, and, where a Redis is
// installed, task IDs that come by a queue.
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
	profile := flag.String("profile", os.Getenv("CLEANER_DEMO_PROFILE"),
		"what kind of service it is, one of `cleaner sim --help`; empty is CLEANER_DEMO_PROFILE, or else one at random")
	seed := flag.Uint64("seed", 0, "seed of all choices; 0 is one at random")
	flag.Parse()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	c, err := choose(*profile, *seed)
	if err == nil {
		err = show(ctx, c, *n, *dir, *binary)
	}
	if err != nil {
		log.Fatalf("demo: %v", err)
	}
}

// show runs the demonstration. An error says that cleaner's word and the truth
// differ, or that it did not run.
func show(ctx context.Context, c choice, n int, dir, binary string) (err error) {
	if dir == "" {
		if dir, err = os.MkdirTemp("", "cleaner-demo-"); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	}
	s, err := sim.New(c.service())
	if err != nil {
		return err
	}
	url, stop, err := s.Start("127.0.0.1:0")
	if err != nil {
		return err
	}
	defer stop()
	in, err := writeInput(dir, url, n, c.seed)
	if err != nil {
		return err
	}
	fmt.Printf("A simulated CodeArts Check at %s, with faults in the way. The input has %d task IDs,\n%d of them protected, %d duplicates and %d bad lines.\n%s\n",
		url, n, in.protected, in.duplicates, in.invalid, c)
	code, err := purge(ctx, binary, dir)
	if err != nil {
		return err
	}
	if err := compare(s, in, filepath.Join(dir, "report.json"), filepath.Join(dir, "results.jsonl"), code); err != nil {
		return err
	}
	if err := showWrongList(ctx, filepath.Join(dir, "wrong-list"), binary, c.seed); err != nil {
		return err
	}
	return showQueue(ctx, filepath.Join(dir, "from-queue"), binary, c.seed)
}

const password = "not-a-secret"

// purge runs cleaner on the input, with this process's terminal.
func purge(ctx context.Context, binary, dir string) (exitCode int, err error) {
	cmd := exec.CommandContext(ctx, binary, "run", "--yes", "--config", filepath.Join(dir, "cleaner.yaml"),
		"--ids", filepath.Join(dir, "tasks.txt"),
		"--report", filepath.Join(dir, "report.json"), "--results", filepath.Join(dir, "results.jsonl"))
	fmt.Println("$ cleaner run --yes --config cleaner.yaml --ids tasks.txt --report report.json --results results.jsonl")
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	err = cmd.Run()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return exit.ExitCode(), nil
	}
	return 0, err
}
