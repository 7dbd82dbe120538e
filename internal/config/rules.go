package config

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"
	"time"
)

// remoteRules reports what is wrong with what is needed to reach the service.
func remoteRules(c *Config, report func(string, error)) {
	serviceRules(c, report)
	authRules(c, report)
}

// localRules reports what is wrong with the rest of c.
func localRules(c *Config, report func(string, error)) {
	atLeast(report, "queue.remember", c.Queue.Remember, time.Hour)
	limitRules(c.Limits, report)
	retryRules(c.Retry, report)
	safetyRules(c.Safety, report)
	inputRules(c.Inputs, report)
	urlRules(c.Inputs, report)
	intakeRules(c, report)
	fraction(report, "traces.share", c.Traces.Share)
	oneOf(report, "log.level", c.Log.Level, "debug", "info", "warn", "error")
	oneOf(report, "log.format", c.Log.Format, "auto", "json", "console")
}

func serviceRules(c *Config, report func(string, error)) {
	s := c.Service
	if s.Region == "" && s.Endpoint == "" {
		report("service.region", errors.New("is missing: set it, e.g. cn-north-4, or set service.endpoint"))
	}
	regionRule(report, "service.endpoint", s.Endpoint, s.Region)
	regionRule(report, "service.iam_endpoint", s.IAMEndpoint, s.Region)
}

// Check returns all that is wrong with l; nil when nothing is.
func (l Limits) Check() error {
	var errs []error
	limitRules(l, func(path string, err error) { errs = append(errs, fmt.Errorf("%s %w", path, err)) })
	return errors.Join(errs...)
}

func limitRules(l Limits, report func(string, error)) {
	between(report, "limits.workers", l.Workers, 1, 1000)
	if !(l.Rate > 0 && l.Rate <= 1e6) { // also refuses NaN
		report("limits.rate", fmt.Errorf("must be above 0 and at most 1000000 requests a second, got %v", l.Rate))
	}
	if !(l.Floor > 0 && l.Floor <= 1e6) {
		report("limits.floor", fmt.Errorf("must be above 0 and at most 1000000 requests a second, got %v", l.Floor))
	}
	if !(l.Leave >= 0 && l.Leave <= 0.9) {
		report("limits.leave", fmt.Errorf("must be from 0 to 0.9, got %v", l.Leave))
	}
	between(report, "limits.burst", l.Burst, 1, 100_000)
	atLeast(report, "limits.request_timeout", l.RequestTimeout, 100*time.Millisecond)
	atLeast(report, "limits.grace", l.Grace, 0)
}

func retryRules(r Retry, report func(string, error)) {
	between(report, "retry.attempts", r.Attempts, 1, 1000)
	atLeast(report, "retry.initial", r.Initial, time.Millisecond)
	atLeast(report, "retry.max", r.Max, r.Initial)
	atLeast(report, "retry.deadline", r.Deadline, r.Max)
}

func safetyRules(s Safety, report func(string, error)) {
	if s.RefuseAbove < 0 {
		report("safety.refuse_above", fmt.Errorf("must be 0 (no cap) or more, got %d", s.RefuseAbove))
	}
	fraction(report, "safety.invalid_share", s.InvalidShare)
	atLeast(report, "safety.sample", s.Sample, 1)
	fraction(report, "safety.failed_share", s.FailedShare)
	fraction(report, "safety.not_found_share", s.NotFoundShare)
	between(report, "safety.canary", s.Canary, 0, 100)
	oneOf(report, "safety.unverified", s.Unverified, "allow", "stop")
	oneOf(report, "safety.running", s.Running, "allow", "look-defer", "skip", "stop", runningDefer)
}

func inputRules(i Inputs, report func(string, error)) {
	_, err := regexp.Compile(i.IDPattern)
	if bad, ok := errors.AsType[*syntax.Error](err); ok {
		report("inputs.id_pattern", fmt.Errorf("must be a regular expression: %s", bad.Code)) // without what stands there
	}
	if i.IDPattern == "" {
		report("inputs.id_pattern", errors.New("is empty: leave it out for IDs of 32 hexadecimal digits"))
	}
}

func fraction(report func(string, error), path string, v float64) {
	if !(v >= 0 && v <= 1) { // also refuses NaN
		report(path, fmt.Errorf("must be a fraction from 0 to 1, got %v", v))
	}
}

func required(report func(string, error), path, value string) {
	if value == "" {
		report(path, errors.New("is missing: set it"))
	}
}

func between(report func(string, error), path string, v, least, most int) {
	if v < least || v > most {
		report(path, fmt.Errorf("must be from %d to %d, got %d", least, most, v))
	}
}

func atLeast[T cmp.Ordered](report func(string, error), path string, v, least T) {
	if v < least {
		report(path, fmt.Errorf("must be at least %v, got %v", least, v))
	}
}

// oneOf does not repeat v: whatever stands in the wrong place may be a secret.
func oneOf(report func(string, error), path, v string, known ...string) {
	if !slices.Contains(known, v) {
		report(path, fmt.Errorf("must be one of %s", strings.Join(known, ", ")))
	}
}

// runningDefer is an old name of allow.
const runningDefer = "defer"

// Unread returns a sentence for each environment variable that looks like one of cleaner's and
// is none, and one for a ledger that is another one in each folder.
func Unread(c *Config) []string { return c.strays }

// Outdated returns a sentence for each key that has an old name or value, which still
// works.
func (c *Config) Outdated() []string {
	all := slices.Clone(c.oldKeys)
	if c.Safety.Running != runningDefer {
		return all
	}
	return append(all, "safety.running: defer is the old name of allow, which sends the DELETE and lets come later what the service refuses; look-defer looks first")
}
