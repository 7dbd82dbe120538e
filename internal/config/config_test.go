package config

import (
	"errors"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"go.yaml.in/yaml/v3"
)

// parse reads a configuration file, which is named in messages alone.
func parse(name string, data []byte, rules ...Rule) (*Config, error) {
	return Layers{Name: name, Data: data}.Parse(rules...)
}

const minimal = "service: {region: cn-north-4}\nauth: {token_file: /t}\n"

func TestMinimalFileKeepsTheDefaults(t *testing.T) {
	got, err := parse("c.yaml", []byte(minimal))
	if err != nil {
		t.Fatal(err)
	}
	want := Default()
	want.Service.Region = "cn-north-4"
	want.Auth.TokenFile = "/t"
	if diff := cmp.Diff(want, got, cmpopts.IgnoreUnexported(Config{})); diff != "" {
		t.Errorf("defaults changed (-want +got):\n%s", diff)
	}
}

func TestValuesAreRead(t *testing.T) {
	got, err := parse("c.yaml", []byte(minimal+"limits: {workers: 64, rate: 0.5, request_timeout: 90s}\n"))
	if err != nil {
		t.Fatal(err)
	}
	want := Limits{Workers: 64, Rate: 0.5, Floor: 0.1, Leave: 0.05, Burst: 1, RequestTimeout: 90 * time.Second, Grace: 30 * time.Second}
	if got.Limits != want {
		t.Errorf("limits = %+v, want %+v", got.Limits, want)
	}
}

func TestFaults(t *testing.T) {
	tests := []struct {
		name, text string
		want       []string // "line path: part of the problem"
	}{
		{"empty file", "", []string{"0 service.region: missing"}}, // auth may be in the environment
		{"unknown key with a suggestion", minimal + "limits:\n  workres: 3\n", []string{"4 limits.workres: did you mean workers?"}},
		{"unknown section", minimal + "limit: {}\n", []string{"3 limit: did you mean limits?"}},
		{"unknown key with nothing near", minimal + "log:\n  zzzzzzzz: 3\n", []string{"4 log.zzzzzzzz: known here: format, level"}},
		{"a secret in the file", "service: {region: r}\nauth:\n  password:\n    password: hunter2\n", []string{"4 auth.password.password: password_file"}},
		{"a token in the file", "service: {region: r}\nauth:\n  token: hunter2\n", []string{"3 auth.token: token_file"}},
		{"wrong type", minimal + "limits:\n  workers: many\n", []string{"4 limits.workers: must be a whole number"}},
		{"duplicate key", minimal + "log: {level: info}\nlog: {level: warn}\n", []string{"4 : already defined"}},
		{"bad duration", minimal + "retry:\n  max: 5 parsecs\n", []string{"4 retry.max: must be a duration such as 10s, 5m or 24h, got text"}},
		{"not YAML", "service: [", []string{"1 : "}},
		{"two documents", minimal + "---\nlog: {}\n", []string{"0 : more than one YAML document"}},
		{
			"several at once, in the order of the file",
			"auth: {token_file: /t}\nlimits:\n  workers: 0\n  rate: -1\nlog:\n  level: loud\nservice: {region: r}\nretry: {initial: 10s, max: 1s}\n",
			[]string{"3 limits.workers: from 1 to 1000, got 0", "4 limits.rate: got -1", "6 log.level: debug, info", "8 retry.max: at least 10s"},
		},
		{"NaN rate", minimal + "limits: {rate: .nan}\n", []string{"3 limits.rate: NaN"}},
		{"two ways of auth", "service: {region: r}\nauth:\n  token_file: /t\n  access_key: {id: a, project_id: p}\n", []string{"2 auth: got 2"}},
		{"a negative patience", "service: {region: r}\nauth: {token_file: /t, patience: -1s}\n", []string{"2 auth.patience: at least 0s"}},
		{"two places of one key", "service: {region: r}\nauth:\n  access_key: {id: a, credentials_file: /f}\n", []string{"3 auth.access_key.credentials_file: leave out id"}},
		{"a key without a project", "service: {endpoint: 'https://h'}\nauth:\n  access_key: {id: a}\n", []string{"3 auth.access_key.project_id: missing"}},
		{"a password without a user", "service: {region: r}\nauth:\n  password: {domain: d}\n", []string{"3 auth.password.user: missing"}},
		{"a login without an IAM", "service: {endpoint: 'https://h'}\nauth:\n  password: {domain: d, user: u, project: p}\n", []string{"1 service.iam_endpoint: login needs it"}},
		{"a share as a percentage", minimal + "safety: {invalid_share: 5}\n", []string{"3 safety.invalid_share: fraction"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := parse("c.yaml", []byte(tt.text))
			e, ok := errors.AsType[*Error](err)
			if !ok {
				t.Fatalf("error = %v, want *Error", err)
			}
			matchFaults(t, e.Faults, tt.want)
			if strings.Contains(err.Error(), "hunter2") {
				t.Errorf("the error repeats a value: %v", err)
			}
		})
	}
}

// TestWrongTypes: each is told at its key, all at once, in words and with what
// stands there when it is a number in a number's place.
func TestWrongTypes(t *testing.T) {
	const text = minimal + `safety:
  refuse_above: 0.9
  canary: 0.5
  sample: "100"
limits:
  workers: 1.5
  burst: 010
  rate: 010
  grace: 0.5
retry:
  attempts: 0x10
  initial: 10
  max: [1s]
schedule: {cron: "@daily"}
listen: {pprof: 1, address: {port: 1}}
inputs: {files: tasks.txt}
verdicts:
  - status: many
`
	_, err := parse("c.yaml", []byte(text))
	e, ok := errors.AsType[*Error](err)
	if !ok {
		t.Fatalf("error = %v, want *Error", err)
	}
	const whole = "must be a whole number such as 10, in decimal digits, got "
	matchFaults(t, e.Faults, []string{
		"4 safety.refuse_above: " + whole + "0.9", "5 safety.canary: " + whole + "0.5", "6 safety.sample: " + whole + "text in quotes",
		"8 limits.workers: " + whole + "1.5", "9 limits.burst: " + whole + "010",
		"10 limits.rate: must be a number such as 10 or 0.5, in decimal digits, got 010",
		"11 limits.grace: must be a duration such as 10s, 5m or 24h, got 0.5",
		"13 retry.attempts: " + whole + "a number", "14 retry.initial: must be a duration such as 10s, 5m or 24h, got 10",
		"15 retry.max: must be a duration such as 10s, 5m or 24h, got a list",
		"16 schedule: must be a list, got a section",
		"17 listen.pprof: must be true or false, got a number", "17 listen.address: must be text, got a section",
		"18 inputs.files: must be a list, got text", "20 verdicts[0].status: " + whole + "text",
	})
	if strings.Contains(err.Error(), "!!") || strings.Contains(err.Error(), "time.Duration") {
		t.Errorf("it speaks of the program: %v", err)
	}
}

// TestNumbersAreRead as they were meant, zero and signs included.
func TestNumbersAreRead(t *testing.T) {
	const text = minimal + "safety: {refuse_above: 1_000_000, canary: 0, failed_share: 1}\nlimits: {workers: +8, rate: 2e1}\n"
	c, err := parse("c.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	if s, l := c.Safety, c.Limits; s.RefuseAbove != 1_000_000 || s.Canary != 0 || s.FailedShare != 1 || l.Workers != 8 || l.Rate != 20 {
		t.Errorf("read %+v and %+v", s, l)
	}
}

func matchFaults(t *testing.T, got []Fault, want []string) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("faults = %+v, want %q", got, want)
	}
	row := regexp.MustCompile(`^(\d+) (\S*): (.*)$`)
	for i, w := range want {
		m := row.FindStringSubmatch(w)
		f := got[i]
		if m[1] != strconv.Itoa(f.Line) || m[2] != f.Path || !strings.Contains(f.Problem, m[3]) {
			t.Errorf("fault %d = %+v, want %q", i, f, w)
		}
	}
}

func TestRulesOfOthersAreAsked(t *testing.T) {
	rule := func(c *Config, report func(string, error)) {
		report("verdicts[0]", errors.New("row is bad"))
		report("service.endpoint", errors.New("is "+c.Service.Region))
	}
	_, err := parse("c.yaml", []byte(minimal+"verdicts:\n  - name: x\n"), rule)
	e, ok := errors.AsType[*Error](err)
	if !ok {
		t.Fatalf("error = %v, want *Error", err)
	}
	want := []Fault{
		{Line: 1, Path: "service.endpoint", Problem: "is cn-north-4"}, // its section's line
		{Line: 4, Path: "verdicts[0]", Problem: "row is bad"},
	}
	if diff := cmp.Diff(want, e.Faults); diff != "" {
		t.Errorf("faults (-want +got):\n%s", diff)
	}
	if !strings.HasPrefix(err.Error(), "configuration c.yaml has 2 fault(s):\n  c.yaml:1: service.endpoint: is cn-north-4\n") {
		t.Errorf("message = %q", err)
	}
}

const examplePath = "../../configs/cleaner.example.yaml"

// TestExampleDocumentsEveryKey holds the example to the struct: the same keys.
func TestExampleDocumentsEveryKey(t *testing.T) {
	var got []string
	keys(exampleNode(t), "", &got)
	slices.Sort(got)
	if diff := cmp.Diff(Paths(), slices.Compact(got)); diff != "" {
		t.Errorf("keys of the example (-struct +example):\n%s", diff)
	}
}

// exampleNode is the example with all settings, also those that are commented out.
func exampleNode(t *testing.T) *yaml.Node {
	t.Helper()
	data, err := os.ReadFile(examplePath)
	if err != nil {
		t.Fatal(err)
	}
	// A setting that is commented out has no space behind its #.
	whole := regexp.MustCompile(`(?m)^([ ]*)#((?:- )?[a-z0-9_]+:)`).ReplaceAllString(string(data), "$1$2")
	for _, list := range []string{"verdicts", "schedule", "intake", "  urls"} {
		whole = strings.Replace(whole, "\n"+list+": []", "\n"+list+":", 1)
	}
	var doc yaml.Node
	if err := yaml.Unmarshal([]byte(whole), &doc); err != nil {
		t.Fatalf("example with all settings uncommented: %v\n%s", err, whole)
	}
	return doc.Content[0]
}

// keys collects the keys below n.
func keys(n *yaml.Node, path string, all *[]string) {
	for _, item := range n.Content {
		if n.Kind == yaml.SequenceNode {
			keys(item, path, all)
		}
	}
	if n.Kind != yaml.MappingNode {
		return
	}
	for key, value := range pairs(n) {
		at := join(path, key.Value)
		*all = append(*all, at)
		keys(value, at, all)
	}
}

func TestExampleHoldsTheDefaults(t *testing.T) {
	data, err := os.ReadFile(examplePath)
	if err != nil {
		t.Fatal(err)
	}
	got, err := parse(examplePath, data)
	if err != nil {
		t.Fatal(err)
	}
	want := Default()
	want.Service.Region = "cn-north-4"
	want.Auth.Password = &Password{Domain: "my-account", User: "cleaner", PasswordFile: "/etc/cleaner/password"}
	want.Verdicts, want.Schedule, want.Inputs.Files, want.Intake = []Verdict{}, []Tick{}, []string{}, []Intake{}
	want.Inputs.URLs = []URL{}
	want.Metrics.Grouping = []string{}
	if diff := cmp.Diff(want, got, cmpopts.IgnoreUnexported(Config{})); diff != "" {
		t.Errorf("example (-default +example):\n%s", diff)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(minimal))
	f.Add([]byte("limits: &a {workers: 1}\nretry: *a\n<<: *a\n"))
	f.Add([]byte("? [1]\n: {}\n"))
	f.Add([]byte("limits: {workers: &a 1.5, burst: *a, rate: 010}\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := parse("f", data)
		if _, ok := errors.AsType[*Error](err); err != nil && !ok {
			t.Fatalf("error is %T, want *Error", err)
		}
		if (c == nil) != (err != nil) {
			t.Fatalf("config %v with error %v", c, err)
		}
	})
}

// TestParseListen: faults elsewhere are nobody's business, those here are told
// without what stands there.
func TestParseListen(t *testing.T) {
	got, err := Layers{Data: []byte("limits: {workers: many, wrokers: 3}\nlisten: {socket: /s}\n")}.ParseListen()
	want := Default().Listen
	want.Socket = "/s"
	if err != nil || got != want {
		t.Errorf("got %+v, %v; want %+v", got, err, want)
	}
	if got, err := (Layers{}).ParseListen(); err != nil || got != Default().Listen {
		t.Errorf("nothing: got %+v, %v; want the default", got, err)
	}
	for _, text := range []string{"listen: [hunter2]\n", "listen: hunter2\n", "listen: {socket: [hunter2]}\n", "hunter2", "listen: ["} {
		if _, err := (Layers{Data: []byte(text)}).ParseListen(); err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// TestIDPattern: an expression that is none, or nothing, is refused, and not repeated.
func TestIDPattern(t *testing.T) {
	for text, want := range map[string]string{
		"'[a-z'": "2 inputs.id_pattern: must be a regular expression: missing closing ]",
		`""`:     "2 inputs.id_pattern: is empty",
	} {
		_, err := parse("c.yaml", []byte("service: {region: r}\ninputs: {id_pattern: "+text+"}\nauth: {token_file: /t}\n"))
		e, ok := errors.AsType[*Error](err)
		if !ok {
			t.Fatalf("error = %v, want *Error", err)
		}
		matchFaults(t, e.Faults, []string{want})
		if strings.Contains(err.Error(), "a-z") {
			t.Errorf("it repeats the value: %v", err)
		}
	}
}

// A list at a server is named without secrets, and over encryption.
func TestURLRules(t *testing.T) {
	digest := strings.Repeat("0aF", 21) + "1"
	for _, row := range []struct {
		entry URL
		key   string // that is at fault; empty for none
	}{
		{URL{URL: "https://host/list.txt?sig=x", SHA256: digest, TokenFile: "t", CAFile: "c"}, ""},
		{URL{URL: "http://127.0.0.1:8080/list.txt", SHA256: "none", User: "u", PasswordFile: "p"}, ""},
		{URL{URL: "http://[::1]/list.txt"}, ""},
		{URL{}, "url"},
		{URL{URL: "http://host/list.txt"}, "url"},
		{URL{URL: "ftp://host/list.txt"}, "url"},
		{URL{URL: "https:///list.txt"}, "url"},
		{URL{URL: "https://u:p@host/list.txt"}, "url"},
		{URL{URL: "https://host/list.txt#a"}, "url"},
		{URL{URL: "https://host/%zz"}, "url"},
		{URL{URL: "https://host/", SHA256: "abc"}, "sha256"},
		{URL{URL: "https://host/", User: "u"}, "password_file"},
		{URL{URL: "https://host/", PasswordFile: "p"}, "password_file"},
		{URL{URL: "https://host/", User: "u", PasswordFile: "p", TokenFile: "t"}, "token_file"},
	} {
		var got []string
		urlRules(Inputs{URLs: []URL{row.entry}}, func(path string, err error) {
			got = append(got, strings.TrimPrefix(path, "inputs.urls[0]."))
			if strings.Contains(err.Error(), "u:p") {
				t.Error(err)
			}
		})
		if strings.Join(got, ",") != row.key {
			t.Errorf("%+v: %q at fault, want %q", row.entry, got, row.key)
		}
	}
	var got []string
	urlRules(Inputs{Files: []string{"a", "HTTPS://host/a"}, URLs: []URL{{URL: "https://a"}, {URL: "https://a"}}}, func(path string, _ error) { got = append(got, path) })
	if strings.Join(got, ",") != "inputs.files[1],inputs.urls[1].url" {
		t.Errorf("%q at fault", got)
	}
}
