package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"math/big"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"sigs.k8s.io/yaml"
)

// authority is a certificate authority, in PEM.
func authority(t *testing.T) string {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
}

// entry is what is read of an entry of the configuration's intake.
type entry struct {
	Name         string `json:"name"`
	URL          string `json:"url"`
	PasswordFile string `json:"password_file"`
	CAFile       string `json:"ca_file"`
}

// ports are those of the entry's broker.
func (e entry) ports(t *testing.T) (all []int) {
	t.Helper()
	usual := map[string]int{"redis": 6379, "rediss": 6379, "amqp": 5672, "amqps": 5671, "kafka": 9092, "kafkas": 9093}
	scheme, rest, _ := strings.Cut(e.URL, "://")
	hosts, _, _ := strings.Cut(rest, "/")
	for host := range strings.SplitSeq(hosts, ",") {
		u, err := url.Parse("//" + host)
		if err != nil {
			t.Fatal(err)
		}
		port := usual[scheme]
		if own := u.Port(); own != "" {
			port, _ = strconv.Atoi(own)
		}
		all = append(all, port)
	}
	return all
}

func intakeOf(t *testing.T, objects []Object) []entry {
	t.Helper()
	var config struct {
		Intake []entry `json:"intake"`
	}
	if err := yaml.Unmarshal([]byte(configuration(objects)), &config); err != nil {
		t.Fatal(err)
	}
	return config.Intake
}

// unreachable is what is missing for the pod to reach the brokers of its configuration: a
// port that the NetworkPolicy lets out to somewhere, and files out of a Secret.
func unreachable(t *testing.T, objects []Object) (missing []string) {
	t.Helper()
	for _, e := range intakeOf(t, objects) {
		for _, port := range e.ports(t) {
			if !letsOut(objects, port) {
				missing = append(missing, fmt.Sprintf("%s: port %d is closed", e.Name, port))
			}
		}
		for _, file := range []string{e.PasswordFile, e.CAFile} {
			if file != "" && slices.ContainsFunc(pods(objects), func(spec Object) bool { return !fromSecret(spec, file) }) {
				missing = append(missing, fmt.Sprintf("%s: %s is not of a Secret", e.Name, file))
			}
		}
	}
	return missing
}

// letsOut reports whether the policy lets a TCP port out. One without a place would let
// it out to everywhere, and that is not what a broker's rule is to say.
func letsOut(objects []Object, port int) bool {
	for _, o := range objects {
		if o["kind"] != "NetworkPolicy" {
			continue
		}
		rules, _ := o.at("spec", "egress").([]any)
		for _, rule := range rules {
			r, _ := rule.(map[string]any)
			ports, _ := r["ports"].([]any)
			if to, _ := r["to"].([]any); len(to) > 0 && slices.ContainsFunc(ports, func(p any) bool {
				m, _ := p.(map[string]any)
				return m["port"] == float64(port) && m["protocol"] == "TCP"
			}) {
				return true
			}
		}
	}
	return false
}

// pods are the specs of all pods: mode cronjob has one for each schedule.
func pods(objects []Object) (all []Object) {
	for _, o := range objects {
		for _, path := range [][]string{{"spec", "template", "spec"}, {"spec", "jobTemplate", "spec", "template", "spec"}} {
			if spec, ok := o.at(path...).(map[string]any); ok {
				all = append(all, spec)
			}
		}
	}
	return all
}

// fromSecret reports whether a file of the container is in a mounted Secret that users of
// its group alone can read.
func fromSecret(spec Object, file string) bool {
	container := spec["containers"].([]any)[0].(map[string]any)
	for _, m := range container["volumeMounts"].([]any) {
		mount := m.(map[string]any)
		if !strings.HasPrefix(file, mount["mountPath"].(string)+"/") || mount["readOnly"] != true {
			continue
		}
		for _, v := range spec["volumes"].([]any) {
			volume := v.(map[string]any)
			secret, _ := volume["secret"].(map[string]any)
			if volume["name"] == mount["name"] && secret["defaultMode"] == float64(0o440) {
				return true
			}
		}
	}
	return false
}

// TestBrokersCanBeReached: wherever a broker is configured, its port is let out and its
// files are mounted, in chart and kustomizations.
func TestBrokersCanBeReached(t *testing.T) {
	fed := map[string]int{}
	each(t, func(t *testing.T, objects []Object) {
		for _, what := range unreachable(t, objects) {
			t.Error(what)
		}
		fed[strings.Split(t.Name(), "/")[1]] += len(intakeOf(t, objects))
	})
	if fed["queue-cronjob"] != 2 || fed["queue-daemon"] != 2 || fed["everything"] != 4 {
		t.Errorf("entries looked at: %v", fed)
	}
	for file, text := range ci(t) {
		objects, err := installed(loaded(t), read(t, text))
		if err != nil {
			t.Fatal(err)
		}
		for _, what := range unreachable(t, objects) {
			t.Errorf("%s: %s", file, what)
		}
	}
}

// TestUnreachableBrokersAreFound plants what TestBrokersCanBeReached looks for.
func TestUnreachableBrokersAreFound(t *testing.T) {
	helm, kustomize := rendered(t, "examples/queue/daemon.yaml", "examples/queue/daemon")
	for _, objects := range [][]Object{helm, kustomize} {
		for _, row := range []struct{ old, new, found string }{
			{"port: 6379", "port: 6380", "orders: port 6379 is closed"},
			{"mountPath: /run/secrets/intake/orders", "mountPath: /run/secrets/intake/other", "password is not of a Secret"},
		} {
			var all []Object
			for _, o := range objects {
				text := string(o.YAML())
				if o["kind"] != "ConfigMap" {
					text = strings.ReplaceAll(text, row.old, row.new)
				}
				changed, err := decode([]byte(text))
				if err != nil {
					t.Fatal(err)
				}
				all = append(all, changed...)
			}
			if got := strings.Join(unreachable(t, all), "; "); !strings.Contains(got, row.found) {
				t.Errorf("%s: found %q", row.new, got)
			}
		}
	}
}

// TestQueueNeedsNoList: with a broker, nothing else has to bring task IDs.
func TestQueueNeedsNoList(t *testing.T) {
	objects, err := installed(loaded(t), read(t, ci(t)["queue-values.yaml"]))
	if err != nil {
		t.Fatal(err)
	}
	_, spec := pod(t, objects)
	container := spec["containers"].([]any)[0].(map[string]any)
	if args := fmt.Sprint(container["args"]); strings.Contains(args, "--ids") {
		t.Errorf("arguments %s", args)
	}
	for _, o := range objects {
		if o["kind"] == "ConfigMap" && o.at("data", "cleaner.yaml") == nil {
			t.Errorf("%s is of no use", o.ID())
		}
	}
}

// TestIntakeRefused: what would leave a broker unreachable, or a password where others
// read it, and what does nothing. No url is repeated.
func TestIntakeRefused(t *testing.T) {
	of := loaded(t)
	fed := ci(t)["queue-values.yaml"]
	const egress = "egress: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: queues}}}]"
	const host = "amqps://rabbitmq.queues.svc/production"
	closed := strings.Replace(fed, ", "+egress, "", 1)
	for _, row := range []struct{ name, values, reason string }{
		{"closed", closed, "config.intake[0].url: networkPolicy lets port 5671 out to nowhere"},
		{"another port is open", closed + "networkPolicy: {extraEgress: [{ports: [{port: 5672}]}]}", "port 5671"},
		{"another protocol is open", closed + "networkPolicy: {extraEgress: [{ports: [{port: 5671, protocol: UDP}]}]}", "port 5671"},
		{"a range beside it", closed + "networkPolicy: {extraEgress: [{ports: [{port: 5000, endPort: 5670}]}]}", "port 5671"},
		{"the second host's port", strings.Replace(closed, host+`", queue:`, `kafkas://a:443,b:9095", topic:`, 1), "port 9095"},
		{"a password in the url", strings.Replace(fed, host, "amqps://u:planted-word@rabbitmq.queues.svc", 1), "config.intake[0].url holds more than scheme, host and path"},
		{"a password behind the url", strings.Replace(fed, host, host+"?password=planted-word", 1), "config.intake[0].url holds more"},
		{"another scheme", strings.Replace(fed, host, "https://planted-word", 1), "config.intake[0].url must begin with"},
		{"no host", strings.Replace(fed, host, "amqps://", 1), "config.intake[0].url must begin with"},
		{"no Secret", strings.Replace(fed, "secret: orders-rabbitmq, ", "", 1), "config.intake[0].password_file: no Secret is mounted there. Name it in intake.orders.secret"},
		{"another entry's Secret", strings.Replace(fed, "/intake/orders/", "/intake/other/", 1), "config.intake[0].password_file: no Secret is mounted there"},
		{"no such entry", fed + "  other: {secret: s}", "intake.other does nothing"},
		{"no entry", ci(t)["least-values.yaml"] + "intake: {orders: {secret: s}}", "intake does nothing without config.intake"},
		{"no policy", fed + "networkPolicy: {enabled: false}", "intake.orders.egress does nothing without networkPolicy.enabled"},
		{"a pass that takes nothing", fed + "extraArgs: [--only-given]", "config.intake does nothing beside --only-given"},
		{"a pass of one batch", fed + "extraArgs: [--batch=b]", "config.intake does nothing beside --batch"},
		{"an empty place", strings.Replace(fed, egress, "egress: [{}]", 1), "egress"},
		{"a volume of its name", fed + "volumes: {intake-0: {emptyDir: {}}}", "intake-0"},
		{"a password as a value", strings.Replace(fed, "secret: orders-rabbitmq", "password: planted-word", 1), "password"},
	} {
		_, err := installed(of, read(t, row.values))
		if err == nil || !strings.Contains(err.Error(), row.reason) || strings.Contains(err.Error(), "planted-word") {
			t.Errorf("%s: was to be refused as %q: %v", row.name, row.reason, err)
		}
	}
	for name, values := range map[string]string{
		"all that goes out":   closed + "networkPolicy: {extraEgress: [{to: [{ipBlock: {cidr: 10.0.0.0/8}}]}]}",
		"the port":            closed + "networkPolicy: {extraEgress: [{ports: [{port: 5671}]}]}",
		"a range":             closed + "networkPolicy: {extraEgress: [{ports: [{port: 5000, endPort: 6000}]}]}",
		"all ports":           closed + "networkPolicy: {extraEgress: [{ports: [{protocol: TCP}]}]}",
		"a port by its name":  closed + "networkPolicy: {extraEgress: [{ports: [{port: amqps}]}]}",
		"no policy":           closed + "networkPolicy: {enabled: false}",
		"443 is open":         strings.Replace(closed, host, "amqps://rabbitmq.queues.svc:443", 1),
		"a file of secret":    strings.Replace(fed, "/run/secrets/intake/orders/", "/run/secrets/cleaner/", 1),
		"an address of IPv6":  strings.Replace(fed, host, "amqps://[fd00::1]", 1),
		"an entry of its own": fed + "extraArgs: [--max-deletes=5]",
	} {
		if _, err := installed(of, read(t, values)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestNamesOfEntries: a name that no volume may have is taken, and each has a volume of
// its own.
func TestNamesOfEntries(t *testing.T) {
	objects, err := installed(loaded(t), read(t, ci(t)["cronjob-values.yaml"]))
	if err != nil {
		t.Fatal(err)
	}
	spec := pods(objects)[0]
	secrets := map[string]any{}
	for _, v := range spec["volumes"].([]any) {
		volume := v.(map[string]any)
		if secret, ok := volume["secret"].(map[string]any); ok {
			name := volume["name"].(string)
			if !regexp.MustCompile(`^[a-z0-9]([-a-z0-9]*[a-z0-9])?$`).MatchString(name) || secrets[name] != nil {
				t.Errorf("volume %s", name)
			}
			secrets[name] = secret["secretName"]
		}
	}
	if len(secrets) != 2 || secrets["intake-0"] != "audit-rabbitmq" || secrets["intake-1"] != "orders-redis" {
		t.Errorf("%v", secrets)
	}
}

// TestPagesShowWhatIsTaken: the values of intake that the two pages show are taken.
func TestPagesShowWhatIsTaken(t *testing.T) {
	for _, page := range []string{"k8s/README.md", "k8s/chart/README.md"} {
		text, err := os.ReadFile(filepath.Join(deploy, page))
		if err != nil {
			t.Fatal(err)
		}
		shown := 0
		for _, block := range regexp.MustCompile("(?s)```yaml\n(.*?)```").FindAllStringSubmatch(string(text), -1) {
			if !strings.Contains(block[1], "\nintake:") {
				continue
			}
			shown++
			values := read(t, block[1])
			least := with(read(t, ci(t)["least-values.yaml"]), []string{"intake"}, values["intake"])
			objects, err := installed(loaded(t), with(least, []string{"config", "intake"}, values["config"].(map[string]any)["intake"]))
			if err != nil || len(unreachable(t, objects)) > 0 {
				t.Errorf("%s: %v, %v", page, err, unreachable(t, objects))
			}
		}
		if shown != 1 {
			t.Errorf("%s shows %d sets of values", page, shown)
		}
	}
}
