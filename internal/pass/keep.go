package pass

import (
	"context"
	"encoding/json"
	"time"

	"go.uber.org/zap"

	"cleaner/internal/queue"
	"cleaner/internal/report"
)

// keep has the ledger keep the report of the pass, as it stands before the ledger is
// closed. err is how the pass ended. That it cannot be kept is no failure of the pass.
func keep(ctx context.Context, p *pass, err error) {
	if p.journal == nil {
		return // the ledger does not know of it
	}
	r := p.book.ended(err)
	if len(r.Without) > 0 {
		r.Reason = withoutText(r.Reason, r.Without)
	}
	r.failed(err)
	if p.Code != nil {
		r.ExitCode = p.Code(&r, err)
	}
	p.book.report.ID = p.journal.ID()
	if kerr := keepReport(ctx, p.ledger, p.journal.ID(), p.Trigger, &r.Report); kerr != nil {
		p.Log.Warn("the report of the pass is not in the ledger's history", zap.Error(kerr))
	}
}

func keepReport(ctx context.Context, to queue.History, id queue.PassID, trigger string, r *report.Report) error {
	text, err := json.Marshal(r)
	if err != nil {
		return err
	}
	return to.KeepPass(ctx, queue.EndedPass{ID: id, Began: r.StartedAt, Ended: r.FinishedAt, Trigger: trigger, Report: text})
}

// StoppedByDeath is what has stopped a pass whose process died, in what is kept of it.
const StoppedByDeath = "death"

// keepDied has the ledger keep what it knows of a pass whose process died, unless it had
// left its report.
func keepDied(ctx context.Context, q queue.History, died queue.PassInfo) error {
	kept, err := q.EndedPasses(ctx, died.ID+1, 1)
	if err != nil || len(kept) > 0 && kept[0].ID == died.ID {
		return err
	}
	r := report.Report{
		StartedAt: died.Began, FinishedAt: time.Now().UTC(), StoppedBy: StoppedByDeath,
		Reason: "the process ended within the pass; what it had settled was counted by the process that came next", ExitCode: -1,
	}
	r.Recount(died.Totals)
	return keepReport(ctx, q, died.ID, "", &r)
}
