package assemble

import (
	"errors"
	"fmt"

	"cleaner/internal/config"
	"cleaner/internal/connpool"
	"cleaner/internal/ledger"
	"cleaner/internal/policy"
	"cleaner/internal/protect"
	"cleaner/internal/schedule"
	"cleaner/internal/signin"
)

// LocalRules are the rules of every command, also of one that contacts nobody.
func LocalRules() []config.Rule { return []config.Rule{queueRule} }

// Rules are the rules of every command that contacts the service.
func (p *Process) Rules() []config.Rule {
	return append(LocalRules(), endpointRule, metricsRule, verdictRule, resultsRule, signin.Rule(p.Env), proxyRule(p.Env))
}

// AllRules are those of check and of serve: what check passes, serve does not refuse.
func (p *Process) AllRules() []config.Rule {
	return append(p.Rules(), scheduleRule, intakeRule, urlRule, p.fileRule, listenRule(p.Env), p.outputRule)
}

// queueRule checks the URL of the ledger.
func queueRule(c *config.Config, report func(string, error)) {
	if _, err := ledger.Parse(c.Queue.URL); err != nil {
		report("queue.url", err)
	}
}

// resultsRule refuses what --results refuses too: a dash would be a file's name.
func resultsRule(c *config.Config, report func(string, error)) {
	if c.Output.Results == "-" {
		report("output.results", errors.New(ResultsDash))
	}
}

// ResultsDash is why the results cannot go to standard output.
const ResultsDash = "each pass adds its lines to a file, which standard output is not; name a file (the report can go there: --report -)"

// endpointRule checks the endpoints and the region as the client will read them.
func endpointRule(c *config.Config, report func(string, error)) {
	if r := c.Service.Region; r != "" {
		if err := config.CheckRegion(r); err != nil {
			report("service.region", err)
		}
	}
	for path, endpoint := range map[string]string{
		"service.endpoint": c.Service.Endpoint, "service.iam_endpoint": c.Service.IAMEndpoint, "traces.endpoint": c.Traces.Endpoint,
	} {
		if endpoint == "" {
			continue
		}
		if err := connpool.CheckEndpoint(endpoint); err != nil {
			report(path, err)
		}
	}
}

// proxyRule checks the proxy's address, which net/http leaves out silently when it is
// none.
func proxyRule(env func(string) string) config.Rule {
	return func(_ *config.Config, report func(string, error)) {
		for _, name := range []string{"HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"} {
			if err := connpool.CheckProxy(env(name)); err != nil {
				report("", fmt.Errorf("the environment's %s: %w", name, err))
			}
		}
	}
}

// verdictRule checks each row that the operator adds, and then all together.
func verdictRule(c *config.Config, report func(string, error)) {
	table := policy.DefaultTable()
	for i, v := range c.Verdicts {
		longer, err := table.With(rowOf(v))
		if err != nil {
			report(fmt.Sprintf("verdicts[%d]", i), err)
			continue
		}
		table = longer
	}
}

// fileRule checks that what the configuration names can be read: secrets, the
// protect list and the certificate authorities. See listenRule and outputRule for
// the rest.
func (p *Process) fileRule(c *config.Config, report func(string, error)) {
	service, iam, err := c.Service.Endpoints()
	if err := errors.Join(err, connpool.CheckEndpoint(service), connpool.CheckEndpoint(iam)); err != nil {
		return // other rules report it, and what follows needs them
	}
	if err := p.tryLogin(c); err != nil {
		report("auth", err)
	}
	if c.Safety.ProtectFile != "" {
		if _, _, err := protect.Open(c.Safety.ProtectFile).Protects("0"); err != nil {
			report("safety.protect_file", err)
		}
	}
	if err := Ledger(c).Check(); err != nil {
		report("queue.url", err)
	}
}

// tryLogin says what keeps the login and the client from being made.
func (p *Process) tryLogin(c *config.Config) error {
	if !signin.Chosen(c, p.Env) {
		return nil // another rule reports it
	}
	s, err := p.ReadOnlyService(c)
	if err == nil {
		s.Close()
	}
	return err
}

// JobName names a schedule by its place in the configuration.
func JobName(i int) string { return fmt.Sprintf("schedule[%d]", i) }

// Schedule is a schedule as the scheduler takes it.
func Schedule(t config.Tick) schedule.Spec {
	return schedule.Spec{
		Cron: t.Cron, Timezone: t.Timezone, Overlap: schedule.Overlap(t.Overlap), Missed: schedule.Missed(t.Missed),
		Deadline: t.Deadline, Jitter: t.Jitter,
	}
}

// scheduleRule checks each schedule as the scheduler will read it.
func scheduleRule(c *config.Config, report func(string, error)) {
	for i, t := range c.Schedule {
		_, err := schedule.Parse(Schedule(t))
		faults, ok := errors.AsType[schedule.Faults](err)
		for _, f := range faults {
			report(JobName(i)+"."+f.Field, errors.New(f.Reason))
		}
		if err != nil && !ok {
			report(JobName(i), err)
		}
	}
}
