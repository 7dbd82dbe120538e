package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"
)

func main() {
	overHTTP := flag.Bool("http", false, "make whole passes over real HTTP, instead of simulating in virtual time")
	binary := flag.String("cleaner", "bin/cleaner", "the binary that makes the passes over HTTP")
	only := flag.String("only", "", "measure only what has this text in its name")
	times := flag.Int("seeds", 0, "measure each so often, and print the worst (0: 12 in virtual time, 1 over HTTP)")
	slots := flag.Int("at-once", 0, "how many are measured at a time (0: 2 in virtual time, 4 over HTTP)")
	bad := flag.Bool("missed", false, "print only what missed a goal")
	flag.Parse()
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM) // so that no proxy stays behind
	defer cancel()
	began, all := time.Now(), simulated()
	n, m := 12, 2
	if *overHTTP {
		all, n, m = passes(ctx, *binary, realScenes()), 1, 4
	}
	if *times > 0 {
		n = *times
	}
	if *slots > 0 {
		m = *slots
	}
	all = slices.DeleteFunc(all, func(t *trial) bool { return !strings.Contains(t.name, *only) })
	go measureAll(all, n, m)
	failed := show(all, *bad, *overHTTP)
	fmt.Fprintf(os.Stderr, "measured in %v\n", time.Since(began).Round(time.Second))
	if failed > 0 {
		fmt.Fprintf(os.Stderr, "%d of %d missed a goal that was met before\n", failed, len(all))
		os.Exit(1)
	}
}

// show prints the table, or only its rows with a missed goal, each as soon as it is measured, and
// the reasons for what is known to be missed. It counts the trials that failed.
func show(all []*trial, bad, timed bool) (failed int) {
	fmt.Print(tableHead)
	var reasons strings.Builder
	for _, t := range all {
		<-t.done
		missed := len(t.missed()) > 0
		if t.failed() {
			failed++
		} else if missed {
			fmt.Fprintf(&reasons, "- %s: %s\n", t.name, unreached()[t.name].why)
		}
		if missed || !bad {
			fmt.Println(t.row())
		}
		if timed {
			fmt.Fprintf(os.Stderr, "%s: measured in %v\n", t.name, t.took.Round(time.Second))
		}
	}
	if reasons.Len() > 0 {
		fmt.Printf("\nKnown to be missed:\n%s", &reasons)
	}
	return failed
}
