package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"
	"go.uber.org/zap"

	"cleaner/internal/admin"
	"cleaner/internal/assemble"
	"cleaner/internal/config"
	"cleaner/internal/outfile"
	"cleaner/internal/pass"
	"cleaner/internal/prompt"
	"cleaner/internal/report"
	"cleaner/internal/worker"
)

// runFlags are the flags of one pass.
type runFlags struct {
	ids         []string
	dryRun, yes bool
	ignorePause bool
	onlyGiven   bool
	batch       string
	maxDeletes  int64
	maxDuration time.Duration
	input       assemble.Reading
	reportPath  string
	resultsPath string
}

func newRun(a *app) *cobra.Command {
	var f runFlags
	cmd := &cobra.Command{
		Use:   "run [--ids F|-]...",
		Short: "Make one pass: load what is given, delete what is due, report, exit",
		Long: "run loads the given inputs into the queue, deletes everything that is due, and exits.\n\nExit codes:\n" +
			exitCodes(),
		Args: prompt.NoArguments,
		RunE: do(func(cmd *cobra.Command, _ []string) error {
			if f.input != (assemble.Reading{}) && len(f.ids) == 0 {
				return &failure{code: exitUsage, err: errors.New("--expect-ids and --column are about inputs: name one with --ids")}
			}
			if f.onlyGiven && (len(f.ids) == 0 || f.batch != "") {
				return &failure{code: exitUsage, err: errors.New("--only-given is about inputs: name one with --ids, and not --batch")}
			}
			if a.common.JSON && f.reportPath != "" {
				return &failure{code: exitUsage, err: errors.New("--json is --report -: leave one of them out")}
			}
			if a.common.JSON {
				f.reportPath = "-"
			}
			if err := prompt.CheckPaths(f.ids, prompt.Exists, "--ids "); err != nil {
				return err
			}
			return a.run(cmd.Context(), f)
		}),
	}
	a.common.AddLimits(cmd)
	a.common.AddJSON(cmd, "the report on standard output, as --report - does")
	flags := cmd.Flags()
	flags.StringArrayVar(&f.ids, "ids", nil, "`file` of task IDs to load first, or its https:// URL, or - for standard input (repeatable)")
	flags.BoolVarP(&f.dryRun, "dry-run", "n", false, "send nothing and change nothing; report what would be deleted")
	flags.BoolVar(&f.ignorePause, "ignore-pause", false, "go on though an operator has paused all passes")
	flags.BoolVar(&f.onlyGiven, "only-given", false, "work only on the IDs that these inputs name; the rest stays pending")
	prompt.Choice(&f.batch, cmd, "batch", "work only on the IDs that this `batch` names, as batches lists it; the rest stays pending")
	flags.Int64Var(&f.maxDeletes, "max-deletes", 0, "send DELETEs for at most `N` IDs, leave the rest pending (0: no bound)")
	flags.DurationVar(&f.maxDuration, "max-duration", 0, "stop after this time, leave the rest pending (0: no bound)")
	prompt.NotEmpty(&f.reportPath, cmd, "report", "write the report to this `file`, as JSON (- for standard output)")
	prompt.NotEmpty(&f.resultsPath, cmd, "results", "append one JSON line for each settled ID to this `file`")
	addReading(&f.input, cmd)
	addYes(&f.yes, cmd)
	return a.withConfig(cmd)
}

// onePass is the pass of the run command.
type onePass struct {
	app     *app
	process *assemble.Process
	flags   runFlags
	cfg     *config.Config // nil before it is read
	report  pass.Report
	out     pass.Sinks
}

// run makes one pass and hands over what it came to on every way out.
func (a *app) run(ctx context.Context, f runFlags) error {
	a.stderr.OutliveReaders()
	p := &onePass{app: a, process: a.process(), flags: f, out: pass.Sinks{Code: codeOfReport, Log: zap.NewNop()}}
	p.report.DryRun = f.dryRun
	p.report.Begin()
	err := pass.Recover(&p.report, endSoon, func() error { return p.make(ctx) })
	p.report.End()
	if stop, ok := errors.AsType[*worker.Stop](err); ok && p.report.StoppedBy == "" {
		p.report.StoppedBy, p.report.Reason = string(stop.Kind), stop.Why
	}
	p.outputs()
	return asPassed(&p.report, p.out.HandOver(ctx, &p.report, err))
}

// make reads the configuration and makes the pass, until it is over or a signal stops
// it.
func (p *onePass) make(ctx context.Context) (err error) {
	if p.cfg, err = p.app.config(); err != nil {
		return err
	}
	p.process.ConfigPath = p.app.common.Config
	p.out.Log = p.app.newLog(p.cfg.Log)
	warnOutdated(p.out.Log, p.cfg)
	m := mannerOf(p.cfg, p.flags)
	p.out.Metrics = assemble.Metrics(m.metrics, p.cfg.Schedule, version, revision())
	err = p.settleOutputs()
	p.out.Pushgateway, p.out.Textfile, p.out.Grouping = m.metrics.Pushgateway, p.cfg.Metrics.Textfile, assemble.Group(p.cfg)
	if err != nil {
		return err
	}
	if p.out.Tracer, err = p.app.newTracer(ctx, m.traces, p.out.Log, p.out.Metrics); err != nil {
		return err
	}
	p.out.Span = p.out.Tracer.Start("run")
	if p.flags.maxDeletes < 0 || p.flags.maxDuration < 0 {
		return &failure{code: exitUsage, err: errors.New("--max-deletes and --max-duration must not be negative")}
	}
	if p.flags.resultsPath == "-" {
		return &failure{code: exitUsage, err: errors.New("--results -: " + assemble.ResultsDash)}
	}
	spec, err := assemble.Spec(p.cfg)
	if err != nil {
		return err
	}
	spec.Inputs = p.process.Sources(p.cfg, p.flags.ids, p.flags.input, m.rejects)
	spec.IgnorePause, spec.Trigger = p.flags.ignorePause, "cleaner run"
	spec.OnlyGiven, spec.OnlyBatch = p.flags.onlyGiven, p.flags.batch
	spec.Results, spec.MaxDuration, spec.Limits.Deletes = p.flags.resultsPath, p.flags.maxDuration, p.flags.maxDeletes
	forget, err := m.agree(ctx, p, &spec)
	defer forget()
	if err != nil {
		return err
	}
	if asks(p.app, p.flags.yes) && len(m.intake) > 0 { // nobody can count and agree to what is not taken yet
		p.out.Log.Warn("nothing is taken from the brokers of intake, as what comes would not be asked about: add --yes to take it")
		m.intake = nil
	}
	spec.Inputs = append(spec.Inputs, p.process.Intake.Drains(p.cfg, m.intake, p.out.Metrics, p.out.Log)...) // last: a rehearsal of them would take messages for good
	taking, sending, done := stopping(ctx, p.app.stderr, endings()...)
	defer done()
	defer context.AfterFunc(taking, func() { _ = admin.Notifier{}.Stopping(p.cfg.Limits.Grace) })()
	made, err := m.make(taking, sending, p.deps(), spec)
	p.report = made.BegunWith(p.report)
	return err
}

// deps are what the pass is made with.
func (p *onePass) deps() pass.Deps {
	d := p.process.Deps(p.cfg, "run", p.out.Log)
	d.Metrics, d.Span, d.Code = p.out.Metrics, p.out.Span, p.out.Code
	if p.app.stderr.IsTerminal() {
		d.Bar = p.app.stderr.NewBar
	}
	return d
}

// outputs chooses where the report and the summary go: of the two, standard output is
// the report's if it is there for a program to read.
func (p *onePass) outputs() {
	p.out.Summary = p.app.stdout
	switch path := p.flags.reportPath; {
	case path == "":
	case outfile.ToStdout(path):
		p.out.Summary = p.app.stderr
		p.out.Report = func(write func(io.Writer) error) error { return write(p.app.stdout) }
	case p.cfg == nil && !report.Replaces(path):
		p.out.Report = func(func(io.Writer) error) error {
			return fmt.Errorf("write %s: it is no report, and without a configuration it is not known what else it is: it stays as it was", path)
		}
	default:
		p.out.Report = func(write func(io.Writer) error) error { return outfile.Write(path, write) }
	}
}

// lastWord is how long a process in which something has panicked may take to end:
// what it still has to do may wait for ever for what the panic left locked.
const lastWord = 30 * time.Second

// endSoon ends a process in which something has panicked, if it does not end by itself.
func endSoon() { time.AfterFunc(lastWord, func() { os.Exit(exitInternal) }) }
