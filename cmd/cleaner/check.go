package main

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"go.yaml.in/yaml/v3"

	"cleaner/internal/api"
	"cleaner/internal/config"
	"cleaner/internal/metrics"
	"cleaner/internal/policy"
	"cleaner/internal/schedule"
)

func newCheck(a *app) *cobra.Command {
	var show bool
	cmd := &cobra.Command{
		Use:   "check --config F",
		Short: "Check the configuration and the files it names; contacts nobody, changes nothing",
		Args:  cobra.NoArgs,
		RunE: do(func(*cobra.Command, []string) error {
			cfg, err := a.config(a.rules()...)
			if err != nil {
				return err
			}
			if show {
				if err := a.showConfig(cfg); err != nil {
					return err
				}
			}
			return a.printChecked(cfg)
		}),
	}
	cmd.Flags().BoolVar(&show, "show", false, "print the effective configuration, defaults included")
	return a.withConfig(cmd)
}

// rules are those of check and of serve: what check passes, serve does not refuse.
func (a *app) rules() []config.Rule {
	return []config.Rule{scheduleRule, fileRule(a.env), listenRule(a.env), a.outputRule}
}

func (a *app) printChecked(cfg *config.Config) error {
	service, iam, err := endpointsOf(cfg.Service)
	if err != nil {
		return err
	}
	var warnings strings.Builder
	for _, told := range missing(cfg) {
		warnings.WriteString("warning  " + told + "\n")
	}
	_, err = fmt.Fprintf(a.stdout, "configuration %s is valid\n%sservice  %s\niam      %s\nqueue    %s\n%s",
		a.configPath, warnings.String(), service, iam, cfg.Queue.URL, nextTimes(cfg, time.Now()))
	return err
}

// nextTimes tells for each schedule when its next passes begin, in its own zone
// and in UTC.
func nextTimes(cfg *config.Config, now time.Time) string {
	var b strings.Builder
	for i, t := range cfg.Schedule {
		parsed, err := schedule.Parse(specOf(t))
		if err != nil {
			continue // told by a rule
		}
		fmt.Fprintf(&b, "%s %s\n", jobName(i), parsed)
		for _, at := range parsed.Upcoming(now, 5) {
			fmt.Fprintf(&b, "  %s  %s\n", at.Format("Mon 2006-01-02 15:04 -07:00"), at.UTC().Format(time.RFC3339))
		}
	}
	return b.String()
}

// showConfig prints the effective configuration. It names secrets by file and
// holds none; the access key's ID is cut all the same.
func (a *app) showConfig(cfg *config.Config) error {
	shown := *cfg
	if k := cfg.Auth.AccessKey; k != nil {
		masked := *k
		masked.ID = k.ID[:min(4, len(k.ID))] + "***"
		shown.Auth.AccessKey = &masked
	}
	enc := yaml.NewEncoder(a.stdout)
	enc.SetIndent(2)
	if err := enc.Encode(&shown); err != nil {
		return fmt.Errorf("show configuration: %w", err)
	}
	return enc.Close()
}

// endpointRule checks the endpoints and the region as the client will read them.
func endpointRule(c *config.Config, report func(string, error)) {
	if r := c.Service.Region; r != "" {
		if _, _, err := api.Endpoints(r); err != nil {
			report("service.region", err)
		}
	}
	for path, endpoint := range map[string]string{
		"service.endpoint": c.Service.Endpoint, "service.iam_endpoint": c.Service.IAMEndpoint, "traces.endpoint": c.Traces.Endpoint,
	} {
		if endpoint == "" {
			continue
		}
		if err := api.CheckEndpoint(endpoint); err != nil {
			report(path, err)
		}
	}
	if g := c.Metrics.Pushgateway; g != "" {
		if err := metrics.CheckGateway(g); err != nil {
			report("metrics.pushgateway", err)
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
func fileRule(env func(string) string) config.Rule {
	return func(c *config.Config, report func(string, error)) {
		service, iam, err := endpointsOf(c.Service)
		if err := errors.Join(err, api.CheckEndpoint(service), api.CheckEndpoint(iam)); err != nil {
			return // told by other rules, and what follows needs them
		}
		if c.Auth == (config.Auth{}) {
			// No way to log in was chosen; that is told by another rule.
		} else if s, err := newService(c, env, true); err != nil {
			report("auth", err)
		} else {
			s.Close()
		}
		if c.Safety.ProtectFile != "" {
			if _, _, err := (&protectFile{path: c.Safety.ProtectFile}).Protects("0"); err != nil {
				report("safety.protect_file", err)
			}
		}
		if info, err := os.Stat(ledgerPath(c)); err == nil && !info.Mode().IsRegular() {
			report("queue.url", fmt.Errorf("%s is no regular file", ledgerPath(c)))
		}
	}
}

// rowOf is an operator's row as the verdict table takes it.
func rowOf(v config.Verdict) policy.Row {
	r := policy.Row{
		Name:    v.Name,
		Code:    strings.TrimSpace(v.Code),
		Verdict: policy.Verdict(v.Verdict),
		Why:     v.Why,
		Source:  "configuration",
	}
	if v.Status != 0 {
		r.Status = policy.Is(v.Status)
	}
	return r
}
