package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	monitoring "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	"github.com/zegl/kube-score/config"
	"github.com/zegl/kube-score/domain"
	"github.com/zegl/kube-score/parser"
	"github.com/zegl/kube-score/score"
	"github.com/zegl/kube-score/score/checks"
	"github.com/zegl/kube-score/scorecard"
	apps "k8s.io/api/apps/v1"
	batch "k8s.io/api/batch/v1"
	core "k8s.io/api/core/v1"
	networking "k8s.io/api/networking/v1"
	policy "k8s.io/api/policy/v1"
	strict "sigs.k8s.io/json"
)

// types are the Go types of every kind that is rendered.
var types = map[string]func() any{
	"ConfigMap":             func() any { return new(core.ConfigMap) },
	"CronJob":               func() any { return new(batch.CronJob) },
	"Deployment":            func() any { return new(apps.Deployment) },
	"NetworkPolicy":         func() any { return new(networking.NetworkPolicy) },
	"PersistentVolumeClaim": func() any { return new(core.PersistentVolumeClaim) },
	"PodDisruptionBudget":   func() any { return new(policy.PodDisruptionBudget) },
	"PrometheusRule":        func() any { return new(monitoring.PrometheusRule) },
	"Service":               func() any { return new(core.Service) },
	"ServiceAccount":        func() any { return new(core.ServiceAccount) },
	"ServiceMonitor":        func() any { return new(monitoring.ServiceMonitor) },
}

// Validate returns an error for each object that does not fit the Go type of its
// kind, which is what the API server decodes it into: unknown keys and wrong types.
// What values mean, only the API server knows: see deploy/k8s/prove.
func Validate(objects []Object) (errs []error) {
	for _, o := range objects {
		kind, _ := o["kind"].(string)
		typed := types[kind]
		if typed == nil {
			errs = append(errs, fmt.Errorf("%s: unknown kind", o.ID()))
			continue
		}
		if err := fits(o, typed()); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", o.ID(), err))
		}
	}
	return errs
}

// fits decodes an object as the API server does: by way of JSON, in which a number is no
// string.
func fits(o Object, typed any) error {
	text, err := json.Marshal(o)
	if err != nil {
		return err
	}
	unknown, err := strict.UnmarshalStrict(text, typed)
	return errors.Join(append(unknown, err)...)
}

// unscored are the checks of kube-score that do not fit, each with its reason.
var unscored = map[string]string{
	"container-image-pull-policy": "a tag is never moved, and a pass should begin when the registry is down",
	"deployment-strategy":         "two pods would be at one ledger; the Service is for metrics alone",
}

// Score returns what kube-score thinks should be better, warnings included.
func Score(objects []Object) (faults []string, err error) {
	p, err := parser.New(nil)
	if err != nil {
		return nil, err
	}
	var text bytes.Buffer
	for _, o := range objects {
		fmt.Fprintf(&text, "---\n%s", o.YAML())
	}
	parsed, err := p.ParseFiles([]domain.NamedReader{named{&text}})
	if err != nil {
		return nil, err
	}
	cfg := &config.RunConfiguration{KubernetesVersion: config.Semver{Major: 1, Minor: 30}, MinReplicasDeployment: 1}
	card, err := score.Score(parsed, score.RegisterAllChecks(parsed, &checks.Config{}, cfg), cfg)
	if err != nil {
		return nil, err
	}
	for _, scored := range *card {
		faults = append(faults, faultsOf(scored)...)
	}
	slices.Sort(faults)
	return faults, nil
}

func faultsOf(scored *scorecard.ScoredObject) (faults []string) {
	for _, c := range scored.Checks {
		if c.Skipped || c.Grade > scorecard.GradeWarning || unscored[c.Check.ID] != "" {
			continue
		}
		faults = append(faults, fmt.Sprintf("%s: %s: %s %v", scored.HumanFriendlyRef(), c.Grade, c.Check.ID, c.Comments))
	}
	return faults
}

// named is a reader as kube-score wants it.
type named struct{ *bytes.Buffer }

// Name implements domain.NamedReader.
func (named) Name() string { return "rendered" }
