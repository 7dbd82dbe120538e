package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"cleaner/internal/sim"
)

// reported is what the demonstration reads of cleaner's report.
type reported struct {
	Loaded     int64 `json:"loaded"`
	Duplicates int64 `json:"duplicates"`
	Rejected   int64 `json:"rejected"`
	Deleted    int64 `json:"deleted"`
	Gone       int64 `json:"gone"`
	Protected  int64 `json:"protected"`
	Dead       int64 `json:"dead"`
	Pending    int64 `json:"pending"`
	Requests   int64 `json:"requests"`
	Looks      int64 `json:"looks"`
	Logins     int64 `json:"logins"`
	// Calibration counts DELETEs of what was known to be gone.
	Calibration int64 `json:"calibration"`
}

// compare holds cleaner's word against the service's own record and prints both.
func compare(s *sim.Sim, in input, reportPath, resultsPath string, exitCode int) error {
	text, err := os.ReadFile(reportPath)
	if err != nil {
		return err
	}
	var r reported
	if err := json.Unmarshal(text, &r); err != nil {
		return err
	}
	outcomes, err := readResults(resultsPath)
	if err != nil {
		return err
	}
	c := checks{}
	c.report(r, in, s.Truth())
	c.outcomes(r, in, outcomes, s)
	wantExit := 0
	if r.Dead > 0 {
		wantExit = 3 // finished, with dead letters
	}
	c.equal("exit code", int64(exitCode), int64(wantExit))
	return c.print()
}

// readResults maps each ID of the results file to its outcome.
func readResults(path string) (map[string]string, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	outcomes := map[string]string{}
	for lines := bufio.NewScanner(bytes.NewReader(text)); lines.Scan(); {
		var line struct{ ID, Outcome string }
		if err := json.Unmarshal(lines.Bytes(), &line); err != nil {
			return nil, err
		}
		if was, twice := outcomes[line.ID]; twice {
			return nil, fmt.Errorf("results name %s twice: %s and %s", line.ID, was, line.Outcome)
		}
		outcomes[line.ID] = line.Outcome
	}
	return outcomes, nil
}

// checks is a list of what cleaner says beside what is true.
type checks []check

type check struct {
	what       string
	said, true int64
}

func (c *checks) equal(what string, said, truth int64) { *c = append(*c, check{what, said, truth}) }

// report holds the report's numbers against the input and the service's totals.
func (c *checks) report(r reported, in input, truth sim.Truth) {
	c.equal("loaded", r.Loaded, int64(len(in.ids)))
	c.equal("duplicates", r.Duplicates, int64(in.duplicates))
	c.equal("rejected", r.Rejected, int64(in.invalid))
	c.equal("protected", r.Protected, int64(in.protected))
	c.equal("pending", r.Pending, 0)
	c.equal("requests", r.Requests, truth.Deletes)
	c.equal("looks", r.Looks, truth.Looks)
	c.equal("logins", r.Logins, truth.Logins)
}

// outcomes holds each ID's outcome against what the service knows of that ID.
func (c *checks) outcomes(r reported, in input, outcomes map[string]string, s *sim.Sim) {
	var deleted, goneOurs, gone, dead, falseDeletes, lost, repeats int64
	for _, id := range in.ids {
		t := s.TruthOf(id)
		repeats += int64(t.RepeatsAfterAnswer)
		switch outcomes[id] {
		case "deleted":
			deleted++
			if t.Effects != 1 {
				falseDeletes++
			}
		case "gone":
			gone++
			goneOurs += int64(t.Effects)
		case "dead":
			dead++
		case "protected":
			if t.Requests != 0 {
				falseDeletes++
			}
		default:
			lost++
		}
	}
	c.equal("deleted", r.Deleted, deleted)
	c.equal("gone", r.Gone, gone)
	c.equal("dead", r.Dead, dead)
	c.equal("deletions that took effect", r.Deleted+goneOurs, s.Truth().Effects)
	c.equal("false deletes", 0, falseDeletes)
	c.equal("lost IDs", 0, lost)
	c.equal("sent again after an answer", r.Calibration, repeats)
}

// print prints the list and returns an error if anything differs.
func (c *checks) print() error {
	fmt.Printf("\n%-28s %10s %10s\n", "", "cleaner", "service")
	var errs []error
	for _, k := range *c {
		mark := "ok"
		if k.said != k.true {
			mark = "DIFFERENT"
			errs = append(errs, fmt.Errorf("%s: cleaner says %d, the truth is %d", k.what, k.said, k.true))
		}
		fmt.Printf("%-28s %10d %10d  %s\n", k.what, k.said, k.true, mark)
	}
	return errors.Join(errs...)
}
