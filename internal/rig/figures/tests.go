package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"strings"
)

// mostSeconds is how many seconds the tests of cmd/cleaner may take, summed.
const mostSeconds = 40

// event is a line of what go test -json prints.
type event struct {
	Action, Package, Test string
	Elapsed               float64 // seconds
}

// leaf is a test that has no tests of its own.
type leaf struct {
	name    string
	seconds float64
}

// testSeconds is how long the tests of a log of go test -json took, summed over those
// that have no tests of their own: the time of one that has some leaves out those of them
// that run in parallel. The slowest tests are the places.
func testSeconds(path string, limit int) (figure, error) {
	log, err := os.Open(path)
	if err != nil {
		return figure{}, err
	}
	defer func() { _ = log.Close() }()
	tests, err := leaves(log)
	if err != nil {
		return figure{}, fmt.Errorf("read %s: %w", path, err)
	}
	sum := 0.0
	f := figure{name: "tests, seconds summed", limit: limit}
	for i, l := range tests {
		sum += l.seconds
		if i < 20 {
			f.where = append(f.where, fmt.Sprintf("%s, %.2f s", l.name, l.seconds))
		}
	}
	f.value = int(math.Ceil(sum))
	return f, nil
}

// leaves are the leaves of a log of go test -json, the slowest first. A log of tests that
// failed, or of none, is an error: its times say nothing.
func leaves(log io.Reader) ([]leaf, error) {
	seconds, parents := map[string]float64{}, map[string]bool{}
	for events := json.NewDecoder(log); ; {
		var e event
		if err := events.Decode(&e); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return nil, fmt.Errorf("event of go test -json: %w", err)
		}
		switch name := e.Package + "." + e.Test; {
		case e.Action == "fail":
			return nil, fmt.Errorf("%s failed", strings.TrimSuffix(name, "."))
		case e.Action == "pass" && e.Test != "":
			seconds[name] = e.Elapsed
			for i := strings.LastIndex(e.Test, "/"); i > 0; i = strings.LastIndex(e.Test[:i], "/") {
				parents[e.Package+"."+e.Test[:i]] = true
			}
		}
	}
	var all []leaf
	for name, s := range seconds {
		if !parents[name] {
			all = append(all, leaf{name, s})
		}
	}
	if len(all) == 0 {
		return nil, errors.New("it has no test that passed")
	}
	slices.SortFunc(all, func(a, b leaf) int {
		if a.seconds != b.seconds {
			return int(math.Copysign(1, b.seconds-a.seconds))
		}
		return strings.Compare(a.name, b.name)
	})
	return all, nil
}
