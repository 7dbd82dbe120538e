package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"helm.sh/helm/v4/pkg/chart"
	"helm.sh/helm/v4/pkg/chart/common"
	"helm.sh/helm/v4/pkg/chart/loader"
	v2 "helm.sh/helm/v4/pkg/chart/v2"
	"helm.sh/helm/v4/pkg/engine"
)

// loaded is the chart.
func loaded(t *testing.T) chart.Charter {
	t.Helper()
	c, err := loader.Load(chartFolder)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// read decodes values.
func read(t *testing.T, text string) map[string]any {
	t.Helper()
	values, err := common.ReadValues([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return values
}

// installed renders the chart for a cluster as most are.
func installed(of chart.Charter, values map[string]any) ([]Object, error) {
	return render(engine.Engine{}, of, values, common.DefaultCapabilities)
}

// ci are the values that the chart's own folder has for tests: file and text.
func ci(t *testing.T) map[string]string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(chartFolder, "ci/*-values.yaml"))
	if err != nil || len(files) < 4 {
		t.Fatalf("%d files of values, %v", len(files), err)
	}
	all := map[string]string{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		all[filepath.Base(file)] = string(text)
	}
	return all
}

func TestValuesOfCI(t *testing.T) {
	of := loaded(t)
	for file, text := range ci(t) {
		objects, err := installed(of, read(t, text))
		if err != nil {
			t.Errorf("%s: %v", file, err)
		}
		for _, err := range Validate(objects) {
			t.Errorf("%s: %v", file, err)
		}
	}
}

// TestLint: what `helm lint` does without values, which is to render in its own mode.
func TestLint(t *testing.T) {
	objects, err := render(engine.Engine{LintMode: true}, loaded(t), nil, common.DefaultCapabilities)
	if err != nil || len(objects) < 5 {
		t.Errorf("%d objects, %v", len(objects), err)
	}
}

// TestPacked: the chart is packed with its page, and without what it is tested with.
func TestPacked(t *testing.T) {
	c, ok := loaded(t).(*v2.Chart)
	if !ok {
		t.Fatal("another kind of chart")
	}
	var files []string
	for _, f := range c.Files {
		files = append(files, f.Name)
	}
	slices.Sort(files)
	if d := cmp.Diff([]string{"README.md", "dashboard.json", "rules.yml"}, slices.DeleteFunc(files, func(f string) bool { return f == ".helmignore" })); d != "" {
		t.Errorf("packed (-want +got):\n%s", d)
	}
	m := c.Metadata
	if m.Icon == "" || m.KubeVersion == "" || len(m.Keywords) == 0 || len(m.Maintainers) == 0 || m.Annotations["licenses"] == "" {
		t.Errorf("Chart.yaml says too little: %+v", m)
	}
}

// TestOpenShift: where a namespace has users of its own, the chart names none of its
// own, but keeps those that somebody chose.
func TestOpenShift(t *testing.T) {
	cluster := common.DefaultCapabilities.Copy()
	cluster.APIVersions = append(slices.Clone(cluster.APIVersions), "security.openshift.io/v1")
	values := read(t, ci(t)["least-values.yaml"]+"podSecurityContext: {fsGroup: 7}\n")
	objects, err := render(engine.Engine{}, loaded(t), values, cluster)
	if err != nil {
		t.Fatal(err)
	}
	_, spec := pod(t, objects)
	want := map[string]any{
		"runAsNonRoot": true, "fsGroup": 7.0, "fsGroupChangePolicy": "OnRootMismatch",
		"seccompProfile": map[string]any{"type": "RuntimeDefault"},
	}
	if d := cmp.Diff(want, spec["securityContext"]); d != "" {
		t.Errorf("security context (-want +got):\n%s", d)
	}
}

// TestRefusedWithReason: what the schema takes and the templates refuse, and why.
func TestRefusedWithReason(t *testing.T) {
	of := loaded(t)
	least := ci(t)["least-values.yaml"]
	daemon := least + "mode: daemon\n"
	for values, reason := range map[string]string{
		"{}":                             "config.service.region is missing",
		"config: {service: {region: r}}": "config.auth is missing",
		least + "persistence: {accessMode: ReadWriteMany}":                                                "SQLite",
		least + "persistence: {accessMode: ReadOnlyMany}":                                                 "SQLite",
		least + "persistence: {storageClass: csi-nas}":                                                    "by its name (nas), a network file system",
		least + "persistence: {storageClass: rook-cephfs}":                                                "(cephfs)",
		least + "global: {storageClass: azurefile-csi}":                                                   "(azurefile)",
		least + "global: {imageRegistri: r}":                                                              "global.imageRegistri is unknown",
		least + "metrics: {runbooks: 'https://r.example'}":                                                "metrics.runbooks does nothing without",
		least + "disruptionBudget: {enabled: true}":                                                       "does nothing in mode cronjob",
		daemon + "cronjob: {suspend: true}":                                                               "does nothing in mode daemon",
		daemon + "metrics: {serviceMonitor: {enabled: true}}":                                             "does nothing without metrics.webConfigSecret",
		daemon + "persistence: {existingClaim: c, size: 2Gi}":                                             "does nothing beside persistence.existingClaim",
		strings.Replace(least, "config:", "config:\n  schedule: []", 1):                                   "config.schedule is empty",
		strings.Replace(least, "config:", "config:\n  schedule: [{}]", 1):                                 "config.schedule[0].cron is missing",
		strings.Replace(least, "config:", "config:\n  inputs: {spool: /s}", 1):                            "config.inputs.spool does nothing",
		strings.Replace(least, "config:", "config:\n  schedule: [{cron: '@every 1h'}]", 1):                "@every is for mode daemon",
		strings.Replace(least, "config:", "config:\n  schedule: [{cron: '@daily', overlap: replace}]", 1): "config.schedule[0].overlap does nothing",
	} {
		_, err := installed(of, read(t, values))
		if err == nil || !strings.Contains(err.Error(), reason) {
			t.Errorf("%s\nwas to be refused as %q: %v", values, reason, err)
		}
	}
	for _, class := range []string{"csi-disk", "local-path", "gp3", "standard", "canasta-fast", "-"} {
		if _, err := installed(of, read(t, least+"persistence: {storageClass: "+`"`+class+`"}`)); err != nil {
			t.Errorf("storage class %s: %v", class, err)
		}
	}
}

// leaf is a value that is no section: the path of its keys, and its schema.
type leaf struct {
	path   []string
	schema map[string]any
}

// leaves are all values that the chart's schema knows, but for the configuration's and
// the mode.
func leaves(t *testing.T, of chart.Charter) (all []leaf) {
	t.Helper()
	var whole map[string]any
	if err := json.Unmarshal(of.(*v2.Chart).Schema, &whole); err != nil {
		t.Fatal(err)
	}
	definitions := whole["definitions"].(map[string]any)
	var walk func(schema map[string]any, path []string)
	walk = func(schema map[string]any, path []string) {
		if ref, ok := schema["$ref"].(string); ok {
			schema = definitions[filepath.Base(ref)].(map[string]any)
		}
		properties, _ := schema["properties"].(map[string]any)
		for _, key := range slices.Sorted(maps.Keys(properties)) {
			if len(path) > 0 || key != "config" && key != "mode" {
				walk(properties[key].(map[string]any), append(slices.Clone(path), key))
			}
		}
		if properties == nil {
			all = append(all, leaf{path, schema})
		}
	}
	walk(whole, nil)
	return all
}

// with is a copy of values with another value at a path.
func with(values map[string]any, path []string, value any) map[string]any {
	out := maps.Clone(values)
	if out == nil {
		out = map[string]any{}
	}
	if len(path) == 1 {
		out[path[0]] = value
		return out
	}
	section, _ := out[path[0]].(map[string]any)
	out[path[0]] = with(section, path[1:], value)
	return out
}

// bases are values of a mode, to change one in: least, and with all there is.
func bases(t *testing.T, mode string) []map[string]any {
	t.Helper()
	files := ci(t)
	return []map[string]any{with(read(t, files["least-values.yaml"]), []string{"mode"}, mode), read(t, files[mode+"-values.yaml"])}
}

// others are values of all types; the schema knows which of them a key can have.
var others = []any{
	true, false, 12345, "x-1", "7s", "https://x.example", "Always", "Never", "ReadWriteOncePod", "Default", "sha256:" + strings.Repeat("0f", 32),
	map[string]any{"x": "y"}, map[string]any{"limits": map[string]any{"cpu": "7"}}, map[string]any{"x": map[string]any{"emptyDir": map[string]any{}}},
	map[string]any{"orders": map[string]any{"secret": "x-1"}}, []any{"/x"}, []any{"x"}, []any{map[string]any{"name": "x"}},
}

// fits tells whether a value is of a leaf's type, as far as that is simple to say; the
// schema says the rest.
func (l leaf) fits(value any) bool {
	kinds := map[string]reflect.Kind{
		"boolean": reflect.Bool, "integer": reflect.Int, "string": reflect.String, "object": reflect.Map, "array": reflect.Slice,
	}
	name, _ := l.schema["type"].(string)
	kind, ok := kinds[name]
	return !ok || kind == reflect.TypeOf(value).Kind()
}

// TestEveryValueDoesSomething: in each mode a value changes what is rendered, or it is
// refused as doing nothing there.
func TestEveryValueDoesSomething(t *testing.T) {
	of := loaded(t)
	all := leaves(t, of)
	if len(all) < 60 {
		t.Errorf("only %d values", len(all))
	}
	for _, mode := range []string{"cronjob", "daemon"} {
		var was [][]Object
		for _, base := range bases(t, mode) {
			objects, err := installed(of, base)
			if err != nil {
				t.Fatal(err)
			}
			was = append(was, objects)
		}
		for _, l := range all {
			if !doesSomething(of, l, bases(t, mode), was) {
				t.Errorf("%s does nothing in mode %s, and is not refused", strings.Join(l.path, "."), mode)
			}
		}
	}
}

func doesSomething(of chart.Charter, l leaf, bases []map[string]any, was [][]Object) bool {
	for i, base := range bases {
		for _, other := range others {
			if !l.fits(other) {
				continue
			}
			objects, err := installed(of, with(base, l.path, other))
			switch {
			case errors.Is(err, errSchema):
			case err != nil:
				if strings.Contains(err.Error(), strings.Join(l.path, ".")+" does nothing") {
					return true
				}
			case !reflect.DeepEqual(objects, was[i]):
				return true
			}
		}
	}
	return false
}

// stringlike are values for a leaf of strings, which look like something else.
func (l leaf) stringlike() []any {
	each, _ := l.schema["additionalProperties"].(map[string]any)
	switch {
	case l.path[len(l.path)-1] == "size": // a quantity, which is a number as well
		return nil
	case l.schema["type"] == "string":
		return []any{"0123", "1e3", "true"}
	case l.schema["type"] == "array":
		return []any{[]any{"0123"}}
	case each["type"] == "string":
		return []any{map[string]any{"0123": "true"}}
	}
	return nil
}

// TestEveryStringStaysAString: a string that looks like a number or a boolean is rendered
// as a string.
func TestEveryStringStaysAString(t *testing.T) {
	of := loaded(t)
	tried := map[string]bool{}
	for _, mode := range []string{"cronjob", "daemon"} {
		for _, l := range leaves(t, of) {
			for _, base := range bases(t, mode) {
				for _, s := range l.stringlike() {
					objects, err := installed(of, with(base, l.path, s))
					if err != nil {
						continue // it has a pattern, or does nothing in this mode
					}
					tried[strings.Join(l.path, ".")] = true
					for _, err := range Validate(objects) {
						t.Errorf("%s as %v: %v", strings.Join(l.path, "."), s, err)
					}
				}
			}
		}
	}
	if len(tried) < 30 {
		t.Errorf("only %d values were tried: %s", len(tried), slices.Sorted(maps.Keys(tried)))
	}
}

// TestNullTakesADefaultAway: or it is refused, with words; nothing half is rendered.
func TestNullTakesADefaultAway(t *testing.T) {
	of := loaded(t)
	for _, mode := range []string{"cronjob", "daemon"} {
		all := append(leaves(t, of), leaf{path: []string{"mode"}}, leaf{path: []string{"config"}}, leaf{path: []string{"metrics"}})
		for _, key := range []string{"service", "auth", "schedule", "inputs", "listen"} {
			all = append(all, leaf{path: []string{"config", key}})
		}
		for _, l := range all {
			name := strings.Join(l.path, ".")
			objects, err := installed(of, with(bases(t, mode)[0], l.path, nil))
			if err != nil {
				if !errors.Is(err, errSchema) && !strings.Contains(err.Error(), "the values of cleaner:") {
					t.Errorf("%s: null in mode %s: %v", name, mode, err)
				}
				continue
			}
			pod(t, objects) // there is one
			for _, err := range Validate(objects) {
				t.Errorf("%s: null in mode %s: %v", name, mode, err)
			}
		}
	}
}

// TestNumbersStayNumbers: a large one has no exponent, which cleaner would refuse.
func TestNumbersStayNumbers(t *testing.T) {
	objects, err := installed(loaded(t), read(t, ci(t)["cronjob-values.yaml"]))
	if err != nil {
		t.Fatal(err)
	}
	if config := configuration(objects); !strings.Contains(config, "refuse_above: 100000000\n") {
		t.Errorf("the configuration is\n%s", config)
	}
}

// TestSchedules: each has a CronJob with a name of its own that is not too long, and
// they work on one ledger.
func TestSchedules(t *testing.T) {
	values := read(t, ci(t)["cronjob-values.yaml"])
	objects, err := installed(loaded(t), with(values, []string{"fullnameOverride"}, strings.Repeat("a", 52)))
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]string{}
	for _, o := range objects {
		if o["kind"] == "CronJob" {
			name := o.at("metadata", "name").(string)
			found[name] = fmt.Sprint(o.at("spec", "schedule"), " ", o.at("spec", "timeZone"))
			if len(name) > 52 {
				t.Errorf("the name %s has %d characters", name, len(name))
			}
		}
	}
	want := map[string]string{strings.Repeat("a", 52): "0 2 * * * Asia/Shanghai", strings.Repeat("a", 49) + "-2": "@hourly Etc/UTC"}
	if d := cmp.Diff(want, found); d != "" {
		t.Errorf("CronJobs (-want +got):\n%s", d)
	}
}
