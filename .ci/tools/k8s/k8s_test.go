package main

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"
)

// The folders, from here.
const (
	root        = "../../.."
	deploy      = root + "/deploy"
	chartFolder = deploy + "/k8s/chart"
)

// ways are the ways to run cleaner, each with the values and the kustomization
// that should come to the same.
var ways = []struct{ name, values, kustomization string }{
	{"cronjob", "examples/cronjob.yaml", "cronjob"},
	{"daemon", "examples/daemon.yaml", "daemon"},
	{"everything", "examples/everything/values.yaml", "examples/everything"},
	{"queue-cronjob", "examples/queue/cronjob.yaml", "examples/queue/cronjob"},
	{"queue-daemon", "examples/queue/daemon.yaml", "examples/queue/daemon"},
}

func rendered(t *testing.T, values, kustomization string) (helm, kustomize []Object) {
	t.Helper()
	helm, err := Chart(chartFolder, filepath.Join(deploy, "k8s", values))
	if err != nil {
		t.Fatal(err)
	}
	kustomize, err = Kustomization(filepath.Join(deploy, "k8s", kustomization))
	if err != nil {
		t.Fatal(err)
	}
	return helm, kustomize
}

// each runs a test on every rendering there is.
func each(t *testing.T, test func(t *testing.T, objects []Object)) {
	for _, w := range ways {
		helm, kustomize := rendered(t, w.values, w.kustomization)
		t.Run(w.name+"/helm", func(t *testing.T) { test(t, helm) })
		t.Run(w.name+"/kustomize", func(t *testing.T) { test(t, kustomize) })
	}
}

// difference is what remains between the two renderings.
func difference(t *testing.T, helm, kustomize []Object) string {
	t.Helper()
	a, err := Alike(helm)
	b, err2 := Alike(kustomize)
	if err := errors.Join(err, err2); err != nil {
		t.Fatal(err)
	}
	return cmp.Diff(a, b)
}

func TestChartAndKustomizationsAreAlike(t *testing.T) {
	for _, w := range ways {
		t.Run(w.name, func(t *testing.T) {
			helm, kustomize := rendered(t, w.values, w.kustomization)
			if d := difference(t, helm, kustomize); d != "" {
				t.Errorf("the chart (-) and the kustomization (+) differ:\n%s", d)
			}
		})
	}
}

func TestValid(t *testing.T) {
	each(t, func(t *testing.T, objects []Object) {
		for _, err := range Validate(objects) {
			t.Error(err)
		}
		faults, err := Score(objects)
		if err != nil {
			t.Fatal(err)
		}
		for _, fault := range faults {
			t.Error(fault)
		}
	})
}

// pod is the workload among the objects, and the spec of its pods.
func pod(t *testing.T, objects []Object) (workload, spec Object) {
	t.Helper()
	var found []Object
	for _, o := range objects {
		if o["kind"] == "CronJob" || o["kind"] == "Deployment" {
			found = append(found, o)
		}
	}
	if len(found) != 1 {
		t.Fatalf("%d workloads on one ledger, want 1", len(found))
	}
	path := []string{"spec", "template", "spec"}
	if found[0]["kind"] == "CronJob" {
		path = append([]string{"spec", "jobTemplate"}, path...)
	}
	s, _ := found[0].at(path...).(map[string]any)
	return found[0], s
}

// TestTimes: the kubelet waits longer than cleaner drains, and a Job's deadline is
// later than the end of its pass.
func TestTimes(t *testing.T) {
	each(t, func(t *testing.T, objects []Object) {
		workload, spec := pod(t, objects)
		grace := seconds(t, spec["terminationGracePeriodSeconds"])
		var config struct{ Limits struct{ Grace string } }
		if err := yaml.Unmarshal([]byte(configuration(objects)), &config); err != nil {
			t.Fatal(err)
		}
		drain, err := time.ParseDuration(config.Limits.Grace)
		if err != nil || grace < drain+30*time.Second {
			t.Errorf("terminationGracePeriodSeconds %v, limits.grace %v: %v", grace, drain, err)
		}
		if workload["kind"] != "CronJob" {
			return
		}
		container := spec["containers"].([]any)[0].(map[string]any)
		longest := time.Duration(0)
		for i, arg := range container["args"].([]any) {
			if arg == "--max-duration" {
				longest, err = time.ParseDuration(container["args"].([]any)[i+1].(string))
			}
		}
		deadline := seconds(t, workload.at("spec", "jobTemplate", "spec", "activeDeadlineSeconds"))
		if err != nil || longest == 0 || deadline < longest+grace {
			t.Errorf("activeDeadlineSeconds %v, --max-duration %v, drain %v: %v", deadline, longest, grace, err)
		}
	})
}

func seconds(t *testing.T, v any) time.Duration {
	t.Helper()
	n, ok := v.(float64)
	if !ok {
		t.Fatalf("%v (%T) is no number of seconds", v, v)
	}
	return time.Duration(n) * time.Second
}

// TestCleanerTakesTheConfiguration asks cleaner itself, with the folders of the
// container below a temporary one.
func TestCleanerTakesTheConfiguration(t *testing.T) {
	cleaner := filepath.Join(t.TempDir(), "cleaner")
	build := exec.Command("go", "build", "-o", cleaner, "./cmd/cleaner")
	build.Dir = root
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build cleaner: %v\n%s", err, out)
	}
	each(t, func(t *testing.T, objects []Object) { takes(t, cleaner, configuration(objects)) })
	for file, values := range ci(t) {
		objects, err := installed(loaded(t), read(t, values))
		if err != nil {
			t.Fatal(err)
		}
		t.Run(file, func(t *testing.T) { takes(t, cleaner, configuration(objects)) })
	}
}

func takes(t *testing.T, cleaner, config string) {
	t.Helper()
	dir := t.TempDir()
	for path, text := range map[string]string{
		"run/secrets/cleaner/password": "pass word", "run/secrets/cleaner/secret-key": "secret", "run/secrets/cleaner/token": strings.Repeat("t", 32),
		"run/secrets/web/web-config.yml": "{}\n", "mnt/protect/list.txt": "glob:0*\n",
		"run/secrets/intake/orders/password": "word", "run/secrets/intake/audit_2/password": "word", "run/secrets/intake/projects/password": "word",
		"run/secrets/intake/orders/ca.crt": authority(t), "run/secrets/intake/audit_2/ca.crt": authority(t), "var/lib/cleaner/spool/.keep": "",
	} {
		write(t, filepath.Join(dir, path), text)
	}
	for _, path := range []string{"/run/secrets", "/mnt/protect", "/var/lib/cleaner"} {
		config = strings.ReplaceAll(config, path, filepath.Join(dir, path))
	}
	write(t, filepath.Join(dir, "cleaner.yaml"), config)
	check := exec.Command(cleaner, "check", "--config", filepath.Join(dir, "cleaner.yaml"))
	check.Env = append(os.Environ(), "CLEANER_ACCESS_KEY=AKEXAMPLE", "CLEANER_SECRET_KEY=secret")
	if out, err := check.CombinedOutput(); err != nil {
		t.Errorf("cleaner check: %v\n%s\n%s", err, out, config)
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte(text), 0o600)); err != nil {
		t.Fatal(err)
	}
}

// TestRulesAreCopied: both copies of the alerting rules are those of deploy/prometheus.
func TestRulesAreCopied(t *testing.T) {
	want, err := rules(deploy)
	if err != nil {
		t.Fatal(err)
	}
	for file, path := range map[string][]string{rulesCopy: {"groups"}, rulesObject: {"spec", "groups"}} {
		text, err := os.ReadFile(filepath.Join(deploy, file))
		if err != nil {
			t.Fatal(err)
		}
		objects, err := decode(text)
		if err != nil || len(objects) != 1 {
			t.Fatalf("%s: %d objects, %v", file, len(objects), err)
		}
		if d := cmp.Diff(any(want), objects[0].at(path...)); d != "" {
			t.Errorf("deploy/prometheus (-) and %s (+) differ; run deploy/k8s/copies:\n%s", file, d)
		}
	}
}

// TestDashboardIsCopied: both copies of the dashboard are that of deploy/grafana.
func TestDashboardIsCopied(t *testing.T) {
	want, err := os.ReadFile(filepath.Join(deploy, dashboard))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range dashboardCopies {
		if text, err := os.ReadFile(filepath.Join(deploy, file)); err != nil || !bytes.Equal(text, want) {
			t.Errorf("deploy/%s and %s differ (%v); run deploy/k8s/copies", dashboard, file, err)
		}
	}
}

// TestRefusedValues: what is mistyped, missing, or contradicts the chart.
func TestRefusedValues(t *testing.T) {
	least, err := os.ReadFile(filepath.Join(deploy, "k8s/examples/cronjob.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	for name, values := range map[string]string{
		"nothing said":                        "{}",
		"no region":                           "config: {service: {}, auth: {token_file: /run/secrets/cleaner/token}}",
		"a typo":                              string(least) + "schedul: '@daily'\n",
		"a typo further down":                 string(least) + "cronjob: {suspended: true}\n",
		"no such mode":                        string(least) + "mode: both\n",
		"a password":                          string(least) + "password: secret\n",
		"a grace in two places":               strings.Replace(string(least), "config:", "config:\n  limits: {grace: 1h}", 1),
		"a ledger elsewhere":                  strings.Replace(string(least), "config:", "config:\n  queue: {url: 'sqlite:/tmp/queue.db'}", 1),
		"a listener without protection":       strings.Replace(string(least), "config:", "config:\n  listen: {address: ':9464'}", 1),
		"scraped without protection":          string(least) + "mode: daemon\nmetrics: {serviceMonitor: {enabled: true}}\n",
		"scraped, but nobody is there":        string(least) + "metrics: {webConfigSecret: web, serviceMonitor: {enabled: true}}\n",
		"a volume over the ledger":            string(least) + "volumes: {ledger: {emptyDir: {}}}\n",
		"a schedule beside the configuration": string(least) + "schedule: '0 2 * * *'\n",
		"a variable that is a number":         string(least) + "extraEnv: [{name: PORT, value: 8080}]\n",
		"a flag that the chart sets":          string(least) + "extraArgs: [--ids=x]\n",
		"a tag that is a number":              string(least) + "image: {tag: 1.20}\n",
		"a number of seconds in other words":  string(least) + "graceSeconds: 30s\n",
	} {
		if objects, err := chartWith(chartFolder, []byte(values)); err == nil {
			t.Errorf("%s: taken, %d objects", name, len(objects))
		}
	}
}

// TestFaultsAreFound plants faults, so that a check that finds nothing is known to
// look.
func TestFaultsAreFound(t *testing.T) {
	helm, kustomize := rendered(t, ways[0].values, ways[0].kustomization)
	for _, fault := range []struct{ name, old, new, found string }{
		{"a mistyped key", "backoffLimit:", "backofLimit:", "validate"},
		{"a wrong type", "readOnlyRootFilesystem: true", "readOnlyRootFilesystem: maybe", "validate"},
		{"a writable root", "readOnlyRootFilesystem: true", "readOnlyRootFilesystem: false", "score"},
		{"a tag that moves", "image: cleaner:0.1.0", "image: cleaner:latest", "score"},
		{"another deadline", "activeDeadlineSeconds: 15060", "activeDeadlineSeconds: 15061", "alike"},
		{"another region", "cn-north-4", "cn-north-1", "alike"},
		{"another image", "image: cleaner:", "image: cleaner2:", "alike"},
		{"no claim", "claimName: cleaner", "claimName: other", "alike"},
	} {
		t.Run(fault.name, func(t *testing.T) {
			var text bytes.Buffer
			for _, o := range helm {
				text.WriteString("---\n")
				text.Write(o.YAML())
			}
			broken := strings.Replace(text.String(), fault.old, fault.new, 1)
			if broken == text.String() {
				t.Fatalf("there is no %q", fault.old)
			}
			objects, err := decode([]byte(broken))
			if err != nil {
				t.Fatal(err)
			}
			found := map[string]bool{"validate": len(Validate(objects)) > 0, "alike": difference(t, objects, kustomize) != ""}
			if fault.found == "score" {
				faults, err := Score(objects)
				found["score"] = err == nil && len(faults) > 0
			}
			if !found[fault.found] {
				t.Errorf("%s did not find it", fault.found)
			}
		})
	}
}
