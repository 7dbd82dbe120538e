package main

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"sync"
	"time"
)

func main() {
	only := flag.String("only", "", "measure only what has this text in its name")
	seeds := flag.Int("seeds", 5, "measure each so often, and print the worst")
	bad := flag.Bool("missed", false, "print only what missed a goal")
	flag.Parse()
	began := time.Now()
	met := 0
	fmt.Print("| limit, and what refusals say | of the limit, % | throttled, % | total / ideal | when learned | | goals |\n| --- | --- | --- | --- | --- | --- | --- |\n")
	all := measureAll(func(_ int, s scene) bool { return strings.Contains(s.name, *only) }, *seeds)
	for _, m := range all {
		if m.met() {
			met++
		}
		if !*bad || !m.met() {
			fmt.Println(m.row(m.result))
		}
	}
	fmt.Fprintf(os.Stderr, "%d of %d met their goals, in %v\n", met, len(all), time.Since(began).Round(time.Second))
	if met < len(all)-len(unreached()) {
		os.Exit(1)
	}
}

// measured is a scene and the worst that came of it.
type measured struct {
	scene
	result result
}

func (m measured) met() bool { return len(m.misses(m.result)) == 0 }

// measureAll measures the scenes that are wanted, two at a time.
func measureAll(wanted func(int, scene) bool, seeds int) (all []measured) {
	for i, s := range scenes() {
		if wanted(i, s) {
			all = append(all, measured{scene: s})
		}
	}
	var group sync.WaitGroup
	slots := make(chan struct{}, 2)
	for i := range all {
		group.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			all[i].result = all[i].worst(seeds)
		})
	}
	group.Wait()
	return all
}
