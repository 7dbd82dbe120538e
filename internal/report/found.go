package report

import (
	"encoding/json"
	"fmt"
	"io"
	"time"
)

// Print writes what was found in the file at path: the fault, if there is one, then the
// file in a line.
func (a *Audit) Print(w io.Writer, path string) error {
	verdict, at := "whole", ""
	if !a.Whole() {
		fmt.Fprintf(w, "%s: %v\n", path, a.Fault)
		verdict, at = "BROKEN", fmt.Sprintf(" at line %d", a.Good)
	}
	between := ""
	if !a.First.IsZero() && !a.Last.IsZero() {
		between = fmt.Sprintf(" from %s to %s", a.First.Format(time.RFC3339), a.Last.Format(time.RFC3339))
	}
	noted := ""
	if a.NotedAt > 0 {
		noted = fmt.Sprintf(", the noted chain value at line %d", a.NotedAt)
	}
	_, err := fmt.Fprintf(w, "%s: %s, %d lines%s%s, chain %s%s\n", path, verdict, a.Lines, between, noted, a.Chain, at)
	return err
}

// JSON writes what was found in the file at path as one object in a line.
func (a *Audit) JSON(w io.Writer, path string) error {
	found := struct {
		File      string     `json:"file"`
		Whole     bool       `json:"whole"`
		Lines     int64      `json:"lines"`
		First     *time.Time `json:"first"`
		Last      *time.Time `json:"last"`
		Good      int64      `json:"good"`
		Chain     string     `json:"chain"`
		NotedAt   int64      `json:"noted_at"`
		Fault     string     `json:"fault"`
		FaultLine int64      `json:"fault_line"`
	}{File: path, Whole: a.Whole(), Lines: a.Lines, Good: a.Good, Chain: a.Chain, NotedAt: a.NotedAt, Fault: a.Fault.What, FaultLine: a.Fault.Line}
	if !a.First.IsZero() {
		found.First = &a.First
	}
	if !a.Last.IsZero() {
		found.Last = &a.Last
	}
	return json.NewEncoder(w).Encode(found)
}
