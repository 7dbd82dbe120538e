package config

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// Flags win over the environment, that over the file, and that over the defaults. Show and
// Origins tell which.
func TestLayers(t *testing.T) {
	file := "queue: {url: 'sqlite:/q'}\nlimits:\n  rate: 5\n  workers: 3\nretry: {attempts: 2}\n"
	l := Layers{Name: "c.yaml", Data: []byte(file), Settings: []Setting{
		{"limits.workers", "4", "CLEANER_LIMITS_WORKERS"},
		{"retry.attempts", "7", "CLEANER_RETRY_ATTEMPTS"},
		{"limits.grace", "90s", "CLEANER_LIMITS_GRACE"},
		{"inputs.files", "[a.txt, 'b,c.txt']", "CLEANER_INPUTS_FILES"},
		{"auth.password.user", "ops", "CLEANER_AUTH_PASSWORD_USER"},
		{"listen.pprof", "true", "CLEANER_LISTEN_PPROF"},
		{"schedule", "[{cron: '@daily'}]", "CLEANER_SCHEDULE"},
		{"service.region", "123", "CLEANER_SERVICE_REGION"},
		{"limits.workers", "9", "--workers"},
	}}
	c, err := l.ParseLocal()
	if err != nil {
		t.Fatal(err)
	}
	got := []any{
		c.Limits.Rate, c.Limits.Workers, c.Limits.Grace, c.Limits.Burst, c.Retry.Attempts, c.Inputs.Files, c.Auth.Password.User,
		c.Listen.Pprof, c.Schedule[0].Cron, c.Service.Region,
	}
	want := []any{5.0, 9, 90 * time.Second, 1, 7, []string{"a.txt", "b,c.txt"}, "ops", true, "@daily", "123"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("values (-want +got):\n%s", diff)
	}
	origins, keys := map[string]string{}, 0
	shownKeys, err := Keys(c)
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range shownKeys {
		keys++
		origins[k.Key] = k.Origin
		if k.Key == "limits.workers" && k.Value != 9 || k.Key == "auth.access_key.id" && k.Value != nil {
			t.Errorf("%s is %v", k.Key, k.Value)
		}
	}
	if keys != len(settable()) {
		t.Errorf("%d keys", keys)
	}
	for path, want := range map[string]string{
		"limits.rate": "file c.yaml:3", "limits.workers": "flag --workers", "limits.grace": "environment CLEANER_LIMITS_GRACE",
		"limits.burst": "default", "retry.attempts": "environment CLEANER_RETRY_ATTEMPTS", "queue.url": "file c.yaml:1",
	} {
		if origins[path] != want {
			t.Errorf("%s is from %q, want %q", path, origins[path], want)
		}
	}
	var shown strings.Builder
	if err := Show(&shown, c, false); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"  rate: 5 # file c.yaml:3\n", "  workers: 9 # flag --workers\n", "  burst: 1 # default\n", "# environment CLEANER_INPUTS_FILES\n  files:\n"} {
		if !strings.Contains(shown.String(), want) {
			t.Errorf("Show lacks %q:\n%s", want, &shown)
		}
	}
	var asJSON bytes.Buffer
	var read struct{ Keys []Shown }
	if err := errors.Join(Show(&asJSON, c, true), json.Unmarshal(asJSON.Bytes(), &read)); err != nil || len(read.Keys) != keys {
		t.Errorf("as JSON it has %d keys of %d: %v", len(read.Keys), keys, err)
	}
	if again, err := (Layers{Name: "again", Data: []byte(shown.String())}).ParseLocal(); err != nil || !reflect.DeepEqual(again.Limits, c.Limits) {
		t.Errorf("what Show writes reads as %+v, %v", again, err)
	}
}

// What a variable sets leaves alone what stands elsewhere, whatever form the file has.
func TestLayersOverFiles(t *testing.T) {
	rate := []Setting{{"limits.rate", "7", "CLEANER_LIMITS_RATE"}}
	for name, row := range map[string]struct {
		file     string
		settings []Setting
		want     func(c *Config) bool
		fault    string
	}{
		"no file at all":            {"", rate, func(c *Config) bool { return c.Limits.Rate == 7 }, ""},
		"an empty document":         {"# nothing\n---\n", rate, func(c *Config) bool { return c.Limits.Rate == 7 }, ""},
		"an empty section":          {"limits:\n", rate, func(c *Config) bool { return c.Limits.Rate == 7 }, ""},
		"an alias":                  {"retry: &x {attempts: 3}\nlimits: *x\n", rate, nil, "limits.attempts: unknown key"},
		"an old name":               {"safety: {max_deletes: 5}\n", []Setting{{"safety.refuse_above", "6", "V"}}, func(c *Config) bool { return c.Safety.RefuseAbove == 6 }, ""},
		"no section":                {"limits: 5\n", rate, nil, "f:1: limits: must be a section"},
		"a wrong type":              {"limits: {workers: 2}\n", []Setting{{"limits.workers", "many", "CLEANER_LIMITS_WORKERS"}}, nil, "CLEANER_LIMITS_WORKERS: limits.workers: must be a whole number"},
		"out of range":              {"limits: {workers: 2}\n", []Setting{{"limits.workers", "0", "--workers"}}, nil, "--workers: limits.workers: must be from 1 to 1000"},
		"an octal":                  {"", []Setting{{"limits.workers", "010", "V"}}, nil, "V: limits.workers: must be a whole number"},
		"a duration":                {"", []Setting{{"limits.grace", "10", "V"}}, nil, "V: limits.grace: must be a duration"},
		"no list":                   {"", []Setting{{"schedule", "@daily", "V"}}, nil, "V: schedule: must be a list"},
		"in a list":                 {"", []Setting{{"schedule", "[{corn: x}]", "V"}}, nil, "V: schedule[0].corn: unknown key"},
		"a list of one text":        {"", []Setting{{"inputs.files", "a, b.txt", "V"}}, func(c *Config) bool { return slices.Equal(c.Inputs.Files, []string{"a, b.txt"}) }, ""},
		"a secret in a wrong place": {"", []Setting{{"limits.rate", "hunter2", "V"}}, nil, "V: limits.rate: must be a number such as 10 or 0.5, in decimal digits, got text"},
		"a method of signing in":    {"auth: {password: {domain: d, user: u}}\n", []Setting{{"auth.password.user", "v", "V"}}, func(c *Config) bool { return c.Auth.Password.User == "v" && c.Auth.Password.Domain == "d" }, ""},
	} {
		t.Run(name, func(t *testing.T) {
			c, err := Layers{Name: "f", Data: []byte(row.file), Settings: row.settings}.ParseLocal()
			switch {
			case row.fault != "":
				if err == nil || !strings.Contains(err.Error(), row.fault) || strings.Contains(err.Error(), "hunter2") {
					t.Errorf("%v, want %q", err, row.fault)
				}
			case err != nil:
				t.Error(err)
			case !row.want(c):
				t.Errorf("%+v", c)
			}
		})
	}
}

// Each key has a variable of its own, which is read; the page names them all by its rule.
func TestEveryKeyHasAVariable(t *testing.T) {
	variables := map[string]string{}
	for _, k := range settable() {
		if other, taken := variables[Variable(k.path)]; taken {
			t.Errorf("%s and %s have the same variable", k.path, other)
		}
		variables[Variable(k.path)] = k.path
		if injected.MatchString(Variable(k.path)) {
			t.Errorf("the variable of %s may be set by Kubernetes", k.path)
		}
		got := FromEnvironment(func(name string) string { return map[string]string{Variable(k.path): "x"}[name] })
		if diff := cmp.Diff([]Setting{{k.path, "x", Variable(k.path)}}, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", k.path, diff)
		}
	}
	// Paths has the sections too, and the keys of items of lists, which have no variables.
	paths := Paths()
	for variable, path := range variables {
		if !slices.Contains(paths, path) {
			t.Errorf("%s is of %s, which is no key", variable, path)
		}
	}
	for _, path := range paths {
		parent := path
		for parent != "" && variables[Variable(parent)] == "" {
			parent = parent[:max(0, strings.LastIndex(parent, "."))]
		}
		section := slices.ContainsFunc(paths, func(p string) bool { return strings.HasPrefix(p, path+".") })
		if parent == "" && !section {
			t.Errorf("%s has no variable", path)
		}
	}
	if len(variables) < 40 {
		t.Errorf("only %d variables", len(variables))
	}
}

func TestStrays(t *testing.T) {
	environ := []string{
		"CLEANER_LIMITS_RAET=hunter2", "CLEANER_LIMITS_RATE=5", "CLEANER_PASSWORD=hunter2", "CLEANER_ZZZZZZZZZZZZZZ=1", "HOME=/root", "CLEANERS=1",
		// What Kubernetes injects about the Services cleaner and cleaner-pushgateway.
		"CLEANER_SERVICE_HOST=10.0.0.1", "CLEANER_SERVICE_PORT=9464", "CLEANER_SERVICE_PORT_HTTP=9464", "CLEANER_PORT=tcp://10.0.0.1:9464",
		"CLEANER_PORT_9464_TCP=x", "CLEANER_PORT_9464_TCP_PROTO=tcp", "CLEANER_PORT_9464_TCP_PORT=9464", "CLEANER_PORT_9464_TCP_ADDR=10.0.0.1",
		"CLEANER_PUSHGATEWAY_SERVICE_HOST=10.0.0.2", "CLEANER_PUSHGATEWAY_PORT_9091_TCP=x",
	}
	want := []string{
		"the environment variable CLEANER_LIMITS_RAET is not known, and nothing is done about it; did you mean CLEANER_LIMITS_RATE?",
		"the environment variable CLEANER_ZZZZZZZZZZZZZZ is not known, and nothing is done about it",
	}
	if diff := cmp.Diff(want, Strays(environ, "CLEANER_PASSWORD")); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// A relative ledger is warned of where the file is found from every folder.
func TestSharedFileWantsAbsoluteLedger(t *testing.T) {
	for _, row := range []struct {
		shared bool
		url    string
		warns  bool
	}{{true, "sqlite:q.db", true}, {true, "sqlite:/q.db", false}, {false, "sqlite:q.db", false}} {
		c, err := Layers{Name: "f", Data: []byte("queue: {url: '" + row.url + "'}\n"), Shared: row.shared}.ParseLocal()
		if err != nil || (len(Unread(c)) == 1) != row.warns {
			t.Errorf("%+v: %v, %v", row, c, err)
		}
	}
}

func TestPlaces(t *testing.T) {
	here, machine := Place{Path: "./cleaner.yaml", Here: true}, Place{Path: "/etc/cleaner/cleaner.yaml"}
	for name, row := range map[string]struct {
		flag string
		env  map[string]string
		want []Place
	}{
		"a flag, and all else too": {"f.yaml", map[string]string{"CLEANER_CONFIG": "v.yaml", "HOME": "/h"}, []Place{{Path: "f.yaml", By: "--config"}}},
		"a variable":               {"", map[string]string{"CLEANER_CONFIG": "v.yaml", "HOME": "/h"}, []Place{{Path: "v.yaml", By: "CLEANER_CONFIG"}}},
		"a home":                   {"", map[string]string{"HOME": "/h"}, []Place{here, {Path: "/h/.config/cleaner/cleaner.yaml"}, machine}},
		"a folder of its own":      {"", map[string]string{"HOME": "/h", "XDG_CONFIG_HOME": "/x"}, []Place{here, {Path: "/x/cleaner/cleaner.yaml"}, machine}},
		"a relative folder":        {"", map[string]string{"HOME": "/h", "XDG_CONFIG_HOME": "x"}, []Place{here, {Path: "/h/.config/cleaner/cleaner.yaml"}, machine}},
		"no home":                  {"", nil, []Place{here, machine}},
	} {
		if diff := cmp.Diff(row.want, Places(row.flag, func(k string) string { return row.env[k] })); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestFind(t *testing.T) {
	at := func(name string) string { return filepath.Join(t.TempDir(), name) }
	write := func(mode os.FileMode) string {
		path := at("cleaner.yaml")
		if err := os.WriteFile(path, []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		return path
	}
	good, open, none, below := write(0o644), write(0o664), at("none"), filepath.Join(write(0o600), "cleaner.yaml")
	link := at("link")
	if err := os.Symlink(open, link); err != nil {
		t.Fatal(err)
	}
	for name, row := range map[string]struct {
		places []Place
		want   string // the path, or a part of the error
	}{
		"the first that is there":    {[]Place{{Path: none, Here: true}, {Path: below}, {Path: good}, {Path: open}}, good},
		"here, nobody else's":        {[]Place{{Path: good, Here: true}, {Path: open}}, good},
		"here, for others to write":  {[]Place{{Path: open, Here: true}, {Path: good}}, "others can write it (mode 0664)"},
		"here, a link to such a one": {[]Place{{Path: link, Here: true}, {Path: good}}, "others can write it"},
		"named, for others to write": {[]Place{{Path: open, By: "--config"}}, open},
		"named, and not there":       {[]Place{{Path: none, By: EnvConfig}, {Path: good}}, "read configuration that CLEANER_CONFIG names: open " + none},
		"a folder":                   {[]Place{{Path: t.TempDir()}, {Path: good}}, "is a directory"},
		"nowhere":                    {[]Place{{Path: none}}, "looked for " + none},
	} {
		f, err := Find(row.places)
		if err == nil && f.Path != row.want || err != nil && !strings.Contains(err.Error(), row.want) {
			t.Errorf("%s: %+v, %v", name, f, err)
		}
	}
}

func TestDistrust(t *testing.T) {
	for name, row := range map[string]struct {
		owner int
		mode  os.FileMode
		me    int
		taken bool
	}{
		"mine": {5, 0o600, 5, true}, "root's": {0, 0o644, 5, true}, "another's": {6, 0o600, 5, false}, "a user's, to root": {6, 0o600, 0, false},
		"the group's to write": {5, 0o620, 5, false}, "the world's to write": {0, 0o602, 5, false}, "of nobody knows whom": {-1, 0o600, 5, false},
	} {
		if why := whyUntrusted(row.owner, row.mode, row.me); (why == "") != row.taken {
			t.Errorf("%s: %q", name, why)
		}
	}
}

// TestLineEndOfAVariable: what echo has made of a value is not another value: of the ledger's
// URL it would be another ledger.
func TestLineEndOfAVariable(t *testing.T) {
	env := map[string]string{"CLEANER_QUEUE_URL": "sqlite:q.db\r\n", "CLEANER_LIMITS_RATE": "20\n", "CLEANER_LOG_LEVEL": "\n"}
	got := FromEnvironment(func(name string) string { return env[name] })
	want := []Setting{{Path: "queue.url", Text: "sqlite:q.db", From: "CLEANER_QUEUE_URL"}, {Path: "limits.rate", Text: "20", From: "CLEANER_LIMITS_RATE"}}
	if !slices.Equal(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}
