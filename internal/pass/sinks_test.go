package pass

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"

	"go.uber.org/zap"

	"cleaner/internal/report"
)

// TestReportSaysWhyAPassFailed: a report with an exit code and zeros alone would leave its reader
// to guess. The summary does not say it: whoever reads that is told the error besides.
func TestReportSaysWhyAPassFailed(t *testing.T) {
	full := errors.Join(errors.New("settle 3 outcomes: the disk is full"), errors.New("close ledger"))
	for name, tt := range map[string]struct {
		known  bool
		reason string
		err    error
		want   string
	}{
		"well":             {known: true},
		"failed":           {known: true, err: full, want: "settle 3 outcomes: the disk is full close ledger"},
		"without a ledger": {err: full, want: "no numbers are known of this pass: settle 3 outcomes: the disk is full close ledger"},
		"with a reason":    {known: true, reason: "not loaded: a.txt", err: full, want: "not loaded: a.txt"},
	} {
		t.Run(name, func(t *testing.T) {
			var written, summary bytes.Buffer
			r := Report{Known: tt.known, Report: report.Report{Reason: tt.reason}, summary: (*report.Report).Summary}
			o := Sinks{
				Code: func(*Report, error) int { return 1 }, Summary: &summary, Log: zap.NewNop(),
				Report: func(write func(io.Writer) error) error { return write(&written) },
			}
			if err := o.HandOver(t.Context(), &r, tt.err); !errors.Is(err, tt.err) {
				t.Errorf("HandOver = %v", err)
			}
			var got struct{ Reason string }
			if err := json.Unmarshal(written.Bytes(), &got); err != nil || got.Reason != tt.want {
				t.Errorf("the report says %q, %v, want %q", got.Reason, err, tt.want)
			}
			if strings.Contains(summary.String(), "the disk is full") {
				t.Errorf("the summary repeats the error: %s", summary.String())
			}
		})
	}
}

// TestLostReport: whoever finds no report of a pass is told where its outcomes are, if there
// are any.
func TestLostReport(t *testing.T) {
	full := errors.New("no space left")
	for name, row := range map[string]struct {
		known, dry bool
		want       string
	}{
		"a pass":                    {true, false, "no space left; the report is lost, and the ledger has what became of each task ID: see cleaner status"},
		"a dry run":                 {true, true, "tell what would be deleted: no space left"},
		"a pass that did not begin": {false, false, "no space left"},
	} {
		r := Report{Report: report.Report{DryRun: row.dry}, Known: row.known, summary: (*report.Report).Summary}
		o := Sinks{
			Code: func(*Report, error) int { return 1 }, Log: zap.NewNop(),
			Report: func(func(io.Writer) error) error { return full },
		}
		if err := o.HandOver(t.Context(), &r, nil); !errors.Is(err, full) || err.Error() != row.want {
			t.Errorf("%s: %v", name, err)
		}
	}
}
