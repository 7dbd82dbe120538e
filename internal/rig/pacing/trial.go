package main

import (
	"fmt"
	"strings"
	"sync"
	"time"
)

// trial is a scene, how it is measured, and the worst that came of it.
type trial struct {
	scene
	run    func(nth int) (result, error)
	result result
	took   time.Duration // to measure it
	err    error
	done   chan struct{} // closed when it is measured
}

func newTrial(s scene, run func(nth int) (result, error)) *trial {
	return &trial{scene: s, run: run, done: make(chan struct{})}
}

// simulated are the scenes that are measured in virtual time.
func simulated() (all []*trial) {
	for _, s := range scenes() {
		all = append(all, newTrial(s, func(nth int) (result, error) { return s.simulate(uint64(nth)), nil }))
	}
	return all
}

// measureAll measures trials, each so often, so many at a time.
func measureAll(all []*trial, times, slots int) {
	var group sync.WaitGroup
	free := make(chan struct{}, slots)
	for _, t := range all {
		free <- struct{}{}
		group.Go(func() {
			t.measure(times)
			<-free
		})
	}
	group.Wait()
}

// measure measures several times, and keeps the worst of all.
func (t *trial) measure(times int) {
	defer close(t.done)
	began := time.Now()
	for i := range times {
		r, err := t.run(i + 1)
		if i > 0 {
			r = r.worse(t.result)
		}
		if t.result, t.err = r, err; err != nil {
			break
		}
	}
	t.took = time.Since(began)
}

// worse is the worst of two results.
func (r result) worse(other result) result {
	r.goodput, r.throttled = min(r.goodput, other.goodput), max(r.throttled, other.throttled)
	r.rival, r.settled, r.best = max(r.rival, other.rival), max(r.settled, other.settled), max(r.best, other.best)
	if other.warm == 0 || other.warm > r.warm && r.warm > 0 {
		r.warm = other.warm
	}
	if other.total == 0 || other.total > r.total && r.total > 0 {
		r.total = other.total
	}
	return r
}

// missed lists the goals that were not reached.
func (t *trial) missed() []string {
	if t.err != nil {
		return []string{t.err.Error()}
	}
	return t.misses(t.result)
}

// failed reports whether a goal was missed that is not known to be, or by more than is known.
func (t *trial) failed() bool {
	if t.err != nil {
		return true
	}
	bounds := t.scene
	if e, known := unreached()[t.name]; known {
		bounds = e.excuse(bounds)
	}
	return len(bounds.misses(t.result)) > 0
}

// tableHead is the head of the table of all rows.
const tableHead = "| limit, and what refusals say | of the limit, % | throttled, % | total / ideal | when learned | | goals |\n| --- | --- | --- | --- | --- | --- | --- |\n"

// row is the trial's row of the table.
func (t *trial) row() string {
	r, met := t.result, "met"
	if miss := t.missed(); len(miss) > 0 {
		met = strings.Join(miss, ", ")
	}
	total := "-"
	if r.total > 0 {
		total = fmt.Sprintf("%.3f", float64(r.total)/float64(r.ideal))
	}
	warm := "-"
	if r.warm > 0 {
		warm = fmt.Sprintf("%.3f", float64(r.warm)/float64(r.ideal))
	}
	more := ""
	if t.change > 0 {
		more = fmt.Sprintf("settled after %v of %v", r.settled, t.within)
	}
	if t.rival > 0 {
		more = fmt.Sprintf("rival refused %.1f %%", 100*r.rival)
	}
	if t.best {
		more = fmt.Sprintf("best constant rate %.1f %%", 100*r.best)
	}
	return fmt.Sprintf("| %-45s | %5.1f | %4.2f | %5s | %5s | %s | %s |", t.name, 100*r.goodput, 100*r.throttled, total, warm, more, met)
}
