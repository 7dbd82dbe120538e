package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
)

// line is what the checks read of a line of the results file.
type line struct {
	ID       string `json:"id"`
	Outcome  state  `json:"outcome"`
	Attempts int    `json:"attempts"`
}

// readLines reads the whole lines of the results file at path, by ID. A last
// line that a kill cut short is left out, as the next process takes it away.
func readLines(path string) (map[string][]line, error) {
	text, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	lines := map[string][]line{}
	for one := range bytes.Lines(text) {
		if !bytes.HasSuffix(one, []byte("\n")) {
			break
		}
		var l line
		if err := json.Unmarshal(one, &l); err != nil {
			return nil, fmt.Errorf("read results file %s: %w", path, err)
		}
		lines[l.ID] = append(lines[l.ID], l)
	}
	return lines, nil
}

// numbers are those of the ledger as status and report show them.
type numbers struct {
	Loaded    int64 `json:"loaded"`
	Pending   int64 `json:"pending"`
	Deleted   int64 `json:"deleted"`
	Gone      int64 `json:"gone"`
	Protected int64 `json:"protected"`
	Withdrawn int64 `json:"withdrawn"`
	Dead      int64 `json:"dead"`
}

func (n numbers) balanced() bool {
	return n.Loaded == n.Pending+n.Deleted+n.Gone+n.Protected+n.Withdrawn+n.Dead
}

// reported is what the checks read of a report.
type reported struct {
	numbers
	Requests  int64   `json:"requests"`
	StoppedBy string  `json:"stopped_by"`
	Reason    string  `json:"reason"`
	ExitCode  int     `json:"exit_code"`
	Ledger    numbers `json:"ledger"`
}

func (t *trial) reportPath() string { return t.path("out/report.json") }

func (t *trial) readReport() (r reported, err error) {
	text, err := os.ReadFile(t.reportPath())
	if err != nil {
		return r, err
	}
	return r, json.Unmarshal(text, &r)
}

// checkResults wants one line for each settled ID, with the ledger's outcome,
// and none for any other. When the ledger was robbed of what it knew, an ID may
// be settled anew: then each of its lines has to be true, and the last one to
// agree.
func (t *trial) checkResults(l ledger) error {
	lines, err := readLines(t.resultsPath())
	if err != nil {
		return err
	}
	var missing []string
	for _, id := range t.ids {
		of := lines[id]
		delete(lines, id)
		if len(of) == 0 {
			missing = append(missing, id)
			continue
		}
		if len(of) > 1 && !t.robbed {
			t.wrong++
			t.violate("results name %s %d times", id, len(of))
		}
		for _, one := range of {
			if one.Outcome == "deleted" && t.sim.TruthOf(id).Effects != 1 {
				t.wrong++
				t.violate("false: results say that %s is deleted", id)
			}
		}
		if last := of[len(of)-1]; last.Outcome != l[id].state {
			t.wrong++
			t.violate("results say that %s is %s, the ledger says %q", id, last.Outcome, l[id].state)
		}
	}
	if len(missing) > 0 {
		t.violate("results miss %d settled IDs: %s", len(missing), strings.Join(missing[:min(3, len(missing))], ", "))
	}
	if len(lines) > 0 {
		t.violate("results name %d IDs that were never given", len(lines))
	}
	return nil
}
