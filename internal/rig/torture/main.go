// Command torture proves the ledger's promises under violence. It drives the
// cleaner binary as a process of its own, over real HTTP, against the simulated
// service in this process; it kills it, fills its disk, cuts its files, moves
// its clock and takes its descriptors; and after each trial it holds the
// ledger, the results file and the report against what the service knows to be
// true. See checks.go and witness.go for what is asserted.
//
// The end is a table; the exit code is 1 when any promise was broken. With
// -long it takes long and uses strace(1) to learn what was really synced and to
// make a file system read-only under a running pass.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"time"
)

func main() {
	log.SetFlags(0)
	if code, done := enterPrivate(); done {
		os.Exit(code)
	}
	long := flag.Bool("long", false, "thousands of kills instead of dozens, and what needs strace")
	seed := flag.Uint64("seed", uint64(time.Now().UnixNano()), "seed of every choice made by chance")
	only := flag.String("only", "", "run the `scenarios` named here, with commas between; empty is all")
	binary := flag.String("cleaner", "bin/cleaner", "the binary to torture")
	timeout := flag.Duration("timeout", time.Hour, "give up after this time")
	flag.Parse()
	ctx, cancel := context.WithTimeout(context.Background(), *timeout)
	defer cancel()
	if err := torture(ctx, *binary, *seed, *long, *only); err != nil {
		log.Fatalf("torture: %v", err)
	}
}

// torture runs the scenarios that are named, and prints the table. An error
// says that a promise was broken, or that a scenario did not run.
func torture(ctx context.Context, binary string, seed uint64, long bool, only string) (err error) {
	dir, err := os.MkdirTemp("", "cleaner-torture-")
	if err != nil {
		return err
	}
	if binary, err = filepath.Abs(binary); err != nil {
		return err
	}
	l, err := newLab(ctx, binary, dir, seed, long)
	if err != nil {
		return fmt.Errorf("a pass that nothing disturbs: %w", err)
	}
	fmt.Printf("seed %d (the moments of the kills also depend on the machine)\n\n", seed)
	fmt.Println(tableHead)
	var errs []error
	for _, s := range scenarios() {
		if (only != "" && !named(only, s.name)) || (s.longOnly && !long) {
			continue
		}
		l.random = rand.New(rand.NewPCG(seed, 0))
		sum, err := s.run(ctx, l)
		fmt.Println(sum.line(s.name, err))
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", s.name, err))
		}
	}
	if len(errs) > 0 { // the folders of trials that went wrong are kept
		return errors.Join(append(errs, fmt.Errorf("see %s; -seed=%d begins the same choices again", dir, seed))...)
	}
	return os.RemoveAll(dir)
}

// named reports whether list holds name.
func named(list, name string) bool {
	for n := range strings.SplitSeq(list, ",") {
		if n == name {
			return true
		}
	}
	return false
}
