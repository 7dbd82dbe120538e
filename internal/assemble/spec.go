package assemble

import (
	"strings"

	"cleaner/internal/config"
	"cleaner/internal/pass"
	"cleaner/internal/policy"
	"cleaner/internal/signin"
)

// Spec is the pass that the configuration describes, without inputs and outputs.
func Spec(cfg *config.Config) (s pass.Spec, err error) {
	if s.Table, err = Table(cfg); err != nil {
		return s, err
	}
	if s.Scope, err = signin.ScopeOf(cfg); err != nil {
		return s, err
	}
	limits, safety := cfg.Limits, cfg.Safety
	s.Limits = pass.Limits{
		Workers: limits.Workers, Rate: limits.Rate, Floor: limits.Floor, Leave: limits.Leave, Burst: limits.Burst, Grace: limits.Grace,
	}
	s.Safety = pass.Safety{
		Cap: safety.RefuseAbove, ProtectFile: safety.ProtectFile,
		Shares:   policy.Shares{Sample: safety.Sample, Failed: safety.FailedShare, NotFound: safety.NotFoundShare},
		Canaries: safety.Canary, StopUnverified: safety.Unverified == "stop",
	}
	s.Retry = policy.Retry{
		Attempts: cfg.Retry.Attempts, Initial: cfg.Retry.Initial, Max: cfg.Retry.Max, Deadline: cfg.Retry.Deadline,
		Running: policy.Running(safety.Running),
	}
	s.Remember, s.Standing = cfg.Queue.Remember, StandingNames(cfg)
	return s, nil
}

// Tuning is what of the configuration a pass under way follows.
func Tuning(cfg *config.Config) pass.Tuning {
	return pass.Tuning{Rate: cfg.Limits.Rate, Workers: cfg.Limits.Workers, ProtectFile: cfg.Safety.ProtectFile}
}

// Table is the verdict table with the operator's rows first.
func Table(cfg *config.Config) (*policy.Table, error) {
	rows := make([]policy.Row, 0, len(cfg.Verdicts))
	for _, v := range cfg.Verdicts {
		rows = append(rows, rowOf(v))
	}
	return policy.DefaultTable().With(rows...)
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
