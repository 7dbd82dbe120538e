package main

import (
	"context"
	"time"

	"github.com/spf13/cobra"
	"go.uber.org/zap"
)

// runFlags are the flags of one pass.
type runFlags struct {
	ids         []string
	dryRun      bool
	maxDeletes  int64
	maxDuration time.Duration
	reportPath  string
	resultsPath string
}

func newRun(a *app) *cobra.Command {
	var f runFlags
	cmd := &cobra.Command{
		Use:   "run --config F [--ids F|-]...",
		Short: "Make one pass: load what is given, delete what is due, report, exit",
		Long: `run loads the given inputs into the queue, deletes everything that is due, and exits.

Exit codes: 0 all settled well, or nothing to do; 1 internal; 2 usage, configuration
or input; 3 finished, with dead letters; 4 a cap or the time box left work pending;
5 a safety belt stopped the run; 6 credentials or permission; 7 another process
holds the queue; 8 stopped by a signal after draining.`,
		Args: cobra.NoArgs,
		RunE: do(func(cmd *cobra.Command, _ []string) error { return a.run(cmd.Context(), f) }),
	}
	flags := cmd.Flags()
	flags.StringArrayVar(&f.ids, "ids", nil, "`file` of task IDs to load first, - for standard input (repeatable)")
	flags.BoolVar(&f.dryRun, "dry-run", false, "send nothing and change nothing; report what would be deleted")
	flags.Int64Var(&f.maxDeletes, "max-deletes", 0, "send DELETEs for at most `N` IDs, leave the rest pending (0: no bound)")
	flags.DurationVar(&f.maxDuration, "max-duration", 0, "stop after this time, leave the rest pending (0: no bound)")
	flags.StringVar(&f.reportPath, "report", "", "write the report to this `file`, as JSON (- for standard output)")
	flags.StringVar(&f.resultsPath, "results", "", "append one JSON line for each settled ID to this `file`")
	return a.withConfig(cmd)
}

// run makes one pass and reports it on every way out.
func (a *app) run(ctx context.Context, f runFlags) error {
	p := &pass{app: a, command: "run", flags: f, log: zap.NewNop()}
	p.report.StartedAt = time.Now().UTC()
	p.report.DryRun = f.dryRun
	return p.finish(ctx, p.guarded(func() error { return p.make(ctx) }))
}
