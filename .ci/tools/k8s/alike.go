package main

import (
	"fmt"
	"regexp"

	"sigs.k8s.io/yaml"
)

// kustomize ends the name of a generated ConfigMap in a hash of its content.
var hashed = regexp.MustCompile(`^(cleaner)-[0-9a-z]{10}$`)

// Alike takes from objects what Helm and kustomize do in ways of their own, and
// orders them by name, so that what should be the same is equal.
func Alike(objects []Object) (map[string]any, error) {
	alike := map[string]any{}
	for _, o := range objects {
		v, _ := plain(map[string]any(o)).(map[string]any)
		if text, ok := Object(v).at("data", "cleaner.yaml").(string); ok {
			var config map[string]any
			if err := yaml.UnmarshalStrict([]byte(text), &config); err != nil {
				return nil, fmt.Errorf("decode cleaner.yaml: %w", err)
			}
			v["data"] = config
		}
		id := Object(v).ID()
		if alike[id] != nil {
			return nil, fmt.Errorf("%s is there twice", id)
		}
		alike[id] = v
	}
	return alike, nil
}

// plain copies v without Helm's own labels and annotations, the hash in a
// ConfigMap's name, and what is empty. Mounts and volumes become maps: their order
// means nothing.
func plain(v any) any {
	switch v := v.(type) {
	case map[string]any:
		return plainMap(v)
	case []any:
		return plainList(v)
	case string:
		return hashed.ReplaceAllString(v, "$1")
	}
	return v
}

func plainMap(m map[string]any) any {
	out := map[string]any{}
	for key, value := range m {
		switch key {
		case "helm.sh/chart", "helm.sh/resource-policy", "app.kubernetes.io/managed-by", "app.kubernetes.io/version", "checksum/config":
			continue
		}
		if p := plain(value); p != nil {
			out[key] = p
		}
	}
	if len(out) == 0 {
		return nil
	}
	return out
}

func plainList(list []any) any {
	named := map[string]any{}
	out := make([]any, 0, len(list))
	for _, value := range list {
		p := plain(value)
		out = append(out, p)
		if m, ok := p.(map[string]any); ok {
			if name, ok := m["name"].(string); ok {
				named[name] = m
			}
		}
	}
	if len(named) == len(list) {
		return named
	}
	return out
}
