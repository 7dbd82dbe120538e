package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"sigs.k8s.io/yaml"
)

// rulesCopy is where the chart keeps the alerting rules, rulesObject where
// kustomize has them: neither can read outside its own folder. Both are below
// deploy.
const (
	rulesCopy   = "k8s/chart/rules.yml"
	rulesObject = "k8s/components/alerts/prometheusrule.yaml"
)

// dashboard is that of Grafana, dashboardCopies where the chart and the component have it.
const dashboard = "grafana/cleaner.json"

var dashboardCopies = []string{"k8s/chart/dashboard.json", "k8s/components/dashboard/cleaner.json"}

// rules are the groups of rules of all files in deploy/prometheus.
func rules(deploy string) (groups []any, err error) {
	files, err := filepath.Glob(filepath.Join(deploy, "prometheus", "*.rules.yml"))
	if err != nil {
		return nil, err
	}
	groups = []any{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		var content struct {
			Groups []any `json:"groups"`
		}
		if err := yaml.UnmarshalStrict(text, &content); err != nil {
			return nil, fmt.Errorf("read %s: %w", file, err)
		}
		groups = append(groups, content.Groups...)
	}
	return groups, nil
}

// WriteCopies writes the copies of rules and dashboard.
func WriteCopies(deploy string) error {
	groups, err := rules(deploy)
	if err != nil {
		return err
	}
	made := []byte("# Made of deploy/prometheus by deploy/k8s/copies. Do not edit.\n")
	spec := map[string]any{"groups": groups}
	object := Object{
		"apiVersion": "monitoring.coreos.com/v1", "kind": "PrometheusRule",
		"metadata": map[string]any{"name": "cleaner"}, "spec": spec,
	}
	for file, content := range map[string][]byte{rulesCopy: Object(spec).YAML(), rulesObject: object.YAML()} {
		if err := os.WriteFile(filepath.Join(deploy, file), bytes.Join([][]byte{made, content}, nil), 0o644); err != nil {
			return fmt.Errorf("write rules: %w", err)
		}
	}
	text, err := os.ReadFile(filepath.Join(deploy, dashboard))
	for _, file := range dashboardCopies {
		err = errors.Join(err, os.WriteFile(filepath.Join(deploy, file), text, 0o644))
	}
	return err
}
