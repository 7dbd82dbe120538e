// Command figures prints the figures that say whether the code still has the shape of
// the drawing in docs/architecture.md, each with its limit and, where it is exceeded,
// with the places that exceed it:
//
//	go run ./internal/rig/figures [-limits] [FOLDER]
//
// FOLDER is the root of the module, the current folder by default. With -limits the
// exit code is 1 when a limit is exceeded. Files of tests, testdata and folders that
// begin with a dot are left out. The product is all packages but those below
// internal/rig and suites of tests, whose names end in test (queuetest). How each figure
// is counted is said where it is measured.
//
// How long the tests of cmd/cleaner take, summed, is no figure of the code. It is read
// from a log of them, and the exit code is 1 when it exceeds its limit:
//
//	go test -count=1 -json ./cmd/cleaner > LOG
//	go run ./internal/rig/figures -tests LOG
//
// The largest struct is the largest of those that hold state and act: they have a field
// that is not exported, and three methods or more. Records (options, rows of tables, JSON,
// rulings) are listed for information, from 11 fields on.
package main

import (
	"cmp"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"text/tabwriter"
)

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

// run is the whole program. It returns the exit code.
func run(args []string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("figures", flag.ContinueOnError)
	flags.SetOutput(stderr)
	limits := flags.Bool("limits", false, "exit with 1 when a limit is exceeded")
	tests := flags.String("tests", "", "print the figure of a `LOG` of go test -json instead, with its limit")
	if err := flags.Parse(args); err != nil || flags.NArg() > 1 {
		return 2
	}
	all, err := measure(*tests, cmp.Or(flags.Arg(0), "."))
	if err == nil {
		err = show(stdout, all)
	}
	if err != nil {
		fmt.Fprintln(stderr, "figures:", err)
		return 2
	}
	if (*limits || *tests != "") && slices.ContainsFunc(all, figure.exceeded) {
		return 1
	}
	return 0
}

// measure returns the figure of a log of tests, or those of the module at root if log is
// empty.
func measure(log, root string) ([]figure, error) {
	if log != "" {
		f, err := testSeconds(log, mostSeconds)
		return []figure{f}, err
	}
	t, err := readTree(root)
	if err != nil {
		return nil, err
	}
	return t.figures(), nil
}

// show writes one line for each figure, and below them the places of those that exceed
// their limit or have none.
func show(w io.Writer, all []figure) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "figure\tvalue\tlimit\t")
	for _, f := range all {
		mark := ""
		if f.exceeded() {
			mark = "exceeded"
		}
		limit := strconv.Itoa(f.limit)
		if f.limit == unlimited {
			limit = "-"
		}
		fmt.Fprintf(table, "%s\t%d\t%s\t%s\n", f.name, f.value, limit, mark)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	for _, f := range all {
		if !f.exceeded() && f.limit != unlimited || len(f.where) == 0 {
			continue
		}
		fmt.Fprintf(w, "\n%s:\n", f.name)
		for _, place := range f.where {
			fmt.Fprintln(w, "  "+place)
		}
	}
	return nil
}
