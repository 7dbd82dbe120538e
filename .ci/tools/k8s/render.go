package main

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"os"
	"path"
	"slices"
	"strings"

	"helm.sh/helm/v4/pkg/chart"
	"helm.sh/helm/v4/pkg/chart/common"
	"helm.sh/helm/v4/pkg/chart/common/util"
	"helm.sh/helm/v4/pkg/chart/loader"
	"helm.sh/helm/v4/pkg/engine"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"
	"sigs.k8s.io/yaml"
)

// Object is a Kubernetes object, decoded from YAML.
type Object map[string]any

// ID names an object among others.
func (o Object) ID() string {
	name, _ := o.at("metadata", "name").(string)
	return fmt.Sprintf("%v %s", o["kind"], name)
}

// YAML is the object as text.
func (o Object) YAML() []byte {
	text, err := yaml.Marshal(o)
	if err != nil {
		panic(err) // what was decoded can be encoded
	}
	return text
}

// at returns what is at the end of a path of keys; nil when there is none.
func (o Object) at(keys ...string) any {
	var v any = map[string]any(o)
	for _, key := range keys {
		m, _ := v.(map[string]any)
		v = m[key]
	}
	return v
}

// Chart renders a chart as a release named cleaner, with a file of values that
// the chart's schema has to like.
func Chart(folder, valuesFile string) ([]Object, error) {
	text, err := os.ReadFile(valuesFile)
	if err != nil {
		return nil, err
	}
	return chartWith(folder, text)
}

func chartWith(folder string, text []byte) ([]Object, error) {
	chart, err := loader.Load(folder)
	if err != nil {
		return nil, fmt.Errorf("load chart %s: %w", folder, err)
	}
	values, err := common.ReadValues(text)
	if err != nil {
		return nil, fmt.Errorf("read values: %w", err)
	}
	return render(engine.Engine{}, chart, values, common.DefaultCapabilities)
}

// errSchema is what the chart's schema does not like.
var errSchema = errors.New("check values")

// render renders a chart that was read, for a cluster that can do what is said.
func render(by engine.Engine, of chart.Charter, values map[string]any, cluster *common.Capabilities) ([]Object, error) {
	release := common.ReleaseOptions{Name: "cleaner", Namespace: "cleaner", Revision: 1, IsInstall: true}
	all, err := util.ToRenderValues(of, values, release, cluster)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errSchema, err)
	}
	files, err := by.Render(of, all)
	if err != nil {
		return nil, fmt.Errorf("render the chart: %w", err)
	}
	var objects []Object
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if path.Ext(name) != ".yaml" {
			continue
		}
		more, err := decode([]byte(files[name]))
		if err != nil {
			return nil, fmt.Errorf("decode %s: %w", name, err)
		}
		objects = append(objects, more...)
	}
	return objects, nil
}

// Kustomization renders a folder as `kubectl kustomize` does.
func Kustomization(folder string) ([]Object, error) {
	resources, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(filesys.MakeFsOnDisk(), folder)
	if err != nil {
		return nil, fmt.Errorf("render %s: %w", folder, err)
	}
	text, err := resources.AsYaml()
	if err != nil {
		return nil, fmt.Errorf("render %s: %w", folder, err)
	}
	return decode(text)
}

// decode reads the objects of a YAML stream. A key that is there twice is refused.
func decode(text []byte) (objects []Object, err error) {
	for document := range bytes.SplitSeq(append([]byte("\n"), text...), []byte("\n---")) {
		var o Object
		if err := yaml.UnmarshalStrict(document, &o); err != nil {
			return nil, err
		}
		if len(o) > 0 {
			objects = append(objects, o)
		}
	}
	return objects, nil
}

// configuration is the cleaner.yaml among the objects.
func configuration(objects []Object) string {
	for _, o := range objects {
		if text, ok := o.at("data", "cleaner.yaml").(string); ok {
			return strings.TrimSpace(text)
		}
	}
	return ""
}
