package serve

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"cleaner/internal/admin"
	"cleaner/internal/assemble"
	"cleaner/internal/queue"
	"cleaner/internal/report"
)

// archive reads what the ledger keeps. It is an admin.Archive.
type archive struct{ state *state }

// look reads the ledger.
func (a archive) look(ctx context.Context, read func(queue.Reader) error) error {
	return assemble.Ledger(a.state.config()).Look(ctx, read)
}

// Ended returns passes that are over.
func (a archive) Ended(ctx context.Context, before int64, n int) (all []admin.Ended, err error) {
	err = a.look(ctx, func(r queue.Reader) error {
		all, err = endedIn(ctx, r, queue.PassID(before), n)
		return err
	})
	return all, err
}

// Pass returns a pass that is over, with its report and samples.
func (a archive) Pass(ctx context.Context, id int64) (kept *admin.Kept, err error) {
	err = a.look(ctx, func(r queue.Reader) error {
		found, err := r.EndedPasses(ctx, queue.PassID(id)+1, 1)
		if err != nil || len(found) == 0 || found[0].ID != queue.PassID(id) {
			return err
		}
		kept = &admin.Kept{Report: found[0].Report}
		if kept.Ended, err = endedFrom(found[0]); err != nil {
			return err
		}
		kept.Samples, err = samplesIn(ctx, r, found[0].ID)
		return err
	})
	return kept, err
}

// Letters calls each with dead letters.
func (a archive) Letters(ctx context.Context, f queue.Filter, each func(queue.DeadLetter) bool) error {
	return a.look(ctx, func(r queue.Reader) error {
		for l, err := range r.Dead(ctx, f) {
			if err == nil {
				err = ctx.Err()
			}
			if err != nil {
				return err
			}
			if !each(l) {
				return nil
			}
		}
		return nil
	})
}

// Batches returns what was loaded.
func (a archive) Batches(ctx context.Context) (all []queue.BatchInfo, err error) {
	err = a.look(ctx, func(r queue.Reader) error {
		all, err = r.Batches(ctx)
		return err
	})
	return all, err
}

// Results opens the results file.
func (a archive) Results() (io.ReadSeekCloser, string, error) {
	path := a.state.config().Output.Results
	if path == "" {
		return nil, "", errors.New("no results file is configured: set output.results")
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, "", fmt.Errorf("open the results file: %w", err)
	}
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
		_ = f.Close()
		return nil, "", errors.Join(err, fmt.Errorf("%s is no file", path))
	}
	return f, path, nil
}

// complete adds to the passes that this process has made those that the ledger keeps of
// others, or of before a restart. The pass under way is not over, whatever is kept.
func (a archive) complete(ctx context.Context, r queue.Reader, st *admin.Status) error {
	known := map[int64]bool{}
	for _, p := range st.Passes {
		known[p.ID] = true
	}
	under := a.state.underWay()
	kept, err := endedIn(ctx, r, 0, mostPasses)
	for _, p := range kept { // their times are to the millisecond
		if !known[p.ID] && (under == nil || p.Began.Before(under.began.Truncate(time.Millisecond))) {
			st.Passes = append(st.Passes, p)
		}
	}
	sortLatest(st.Passes)
	st.Passes = st.Passes[:min(len(st.Passes), mostPasses)]
	return err
}

// lastSamples are those of the last pass that sent something; none when they cannot be read.
func (a archive) lastSamples(ctx context.Context) (samples []report.Sample) {
	_ = a.look(ctx, func(r queue.Reader) error {
		passes, err := r.EndedPasses(ctx, 0, mostPasses)
		for _, p := range passes {
			if samples, err = samplesIn(ctx, r, p.ID); err != nil || len(samples) > 0 {
				samples = samples[max(0, len(samples)-mostSamples):]
				break
			}
		}
		return err
	})
	return samples
}

func endedIn(ctx context.Context, r queue.Reader, before queue.PassID, n int) (all []admin.Ended, err error) {
	kept, err := r.EndedPasses(ctx, before, n)
	for _, p := range kept {
		e, rerr := endedFrom(p)
		if rerr != nil {
			return all, rerr
		}
		all = append(all, e)
	}
	return all, err
}

// endedFrom is a pass that the ledger keeps as the page shows it.
func endedFrom(p queue.EndedPass) (admin.Ended, error) {
	var r report.Report
	if err := json.Unmarshal(p.Report, &r); err != nil {
		return admin.Ended{}, fmt.Errorf("read the report of pass %d: %w", p.ID, err)
	}
	schedule, by := strings.CutPrefix(p.Trigger, bySchedule)
	if !by {
		schedule = ""
	}
	return admin.Ended{
		ID: int64(p.ID), Schedule: schedule, Trigger: p.Trigger, Began: p.Began, Finished: p.Ended, ExitCode: r.ExitCode,
		StoppedBy: r.StoppedBy, Reason: r.Reason,
		Loaded: r.Loaded, States: r.States, Traffic: r.Traffic, Verification: r.Verification, Summary: r.Summary(),
	}, nil
}

func samplesIn(ctx context.Context, r queue.Reader, id queue.PassID) ([]report.Sample, error) {
	kept, err := r.Samples(ctx, id)
	all := make([]report.Sample, len(kept))
	for i, s := range kept {
		if jerr := json.Unmarshal(s.Value, &all[i]); jerr != nil {
			return nil, fmt.Errorf("read a sample of pass %d: %w", id, jerr)
		}
	}
	return all, err
}
