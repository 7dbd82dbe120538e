package prompt

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"cleaner/internal/config"
)

// layers reads the layers of a command line, in an environment.
func layers(t *testing.T, env map[string]string, args ...string) (c *Common, l config.Layers, said []string, err error) {
	t.Helper()
	c = new(Common)
	cmd := &cobra.Command{Use: "run", RunE: func(*cobra.Command, []string) error { return nil }}
	c.AddLimits(c.Add(cmd))
	cmd.SetArgs(args)
	if err := cmd.Execute(); err != nil {
		t.Fatal(err)
	}
	l, err = c.Layers(func(k string) string { return env[k] }, func(s string) { said = append(said, s) })
	return c, l, said, err
}

func write(t *testing.T, path, text string) string {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// Flags come after the environment, and the file that nobody has named is said.
func TestCommonLayers(t *testing.T) {
	t.Chdir(t.TempDir())
	home := t.TempDir()
	named := write(t, filepath.Join(t.TempDir(), "named.yaml"), "named: 1\n")
	write(t, filepath.Join(home, ".config", "cleaner", "cleaner.yaml"), "home: 1\n")
	env := map[string]string{"HOME": home, "CLEANER_LIMITS_RATE": "3"}

	_, l, said, err := layers(t, env, "--rate", "7", "-v")
	if err != nil || string(l.Data) != "home: 1\n" || !l.Shared || !slices.Equal(said, []string{"configuration " + filepath.Join(home, ".config/cleaner/cleaner.yaml")}) {
		t.Errorf("%v, %+v, %q", err, l, said)
	}
	want := []config.Setting{{Path: "limits.rate", Text: "3", From: "CLEANER_LIMITS_RATE"}, {Path: "limits.rate", Text: "7", From: "--rate"}, {Path: "log.level", Text: "debug", From: "--verbose"}}
	if !slices.Equal(l.Settings, want) {
		t.Errorf("%+v", l.Settings)
	}

	write(t, "cleaner.yaml", "here: 1\n")
	if c, l, said, err := layers(t, env); err != nil || string(l.Data) != "here: 1\n" || l.Shared || len(said) != 1 || c.Config != "./cleaner.yaml" {
		t.Errorf("here: %v, %+v, %q", err, l, said)
	}
	if _, l, said, err := layers(t, env, "-q"); err != nil || len(said) != 0 || l.Settings[1] != (config.Setting{Path: "log.level", Text: "error", From: "--quiet"}) {
		t.Errorf("quiet: %v, %+v, %q", err, l, said)
	}
	if _, l, said, err := layers(t, env, "--config", named); err != nil || l.Name != named || len(said) != 0 {
		t.Errorf("named: %v, %+v, %q", err, l, said)
	}
	env[config.EnvConfig] = named
	if _, l, said, err := layers(t, env); err != nil || l.Name != named || len(said) != 1 {
		t.Errorf("named by a variable: %v, %+v, %q", err, l, said)
	}
	if _, _, _, err := layers(t, env, "-q", "--log-level", "warn"); err == nil {
		t.Error("-q and --log-level go together")
	}
}

// What was read at the start is read again, and nothing else: neither a file that comes to
// stand before it, nor the next one when it is gone.
func TestLayersStayWithTheirFile(t *testing.T) {
	t.Chdir(t.TempDir())
	home := t.TempDir()
	path := write(t, filepath.Join(home, ".config", "cleaner", "cleaner.yaml"), "a: 1\n")
	env := map[string]string{"HOME": home}
	c, _, _, err := layers(t, env)
	if err != nil {
		t.Fatal(err)
	}
	again := func() (config.Layers, error) {
		return c.Layers(func(k string) string { return env[k] }, func(s string) { t.Errorf("says again %q", s) })
	}
	write(t, "cleaner.yaml", "another: 1\n")
	write(t, path, "a: 2\n")
	if l, err := again(); err != nil || string(l.Data) != "a: 2\n" || !l.Shared {
		t.Errorf("%v, %+v", err, l)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if l, err := again(); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("%v, %+v", err, l)
	}
}

// Without any file the environment may be all there is.
func TestLayersWithoutAFile(t *testing.T) {
	for variable, want := range map[string]bool{"CLEANER_QUEUE_URL": true, "CLEANER_QUEUE_ULR": false} {
		c := Common{place: []config.Place{{Path: filepath.Join(t.TempDir(), "none")}}}
		l, err := c.Layers(func(k string) string { return map[string]string{variable: "sqlite:q"}[k] }, func(string) {})
		if (err == nil) != want || want && (len(l.Settings) != 1 || !strings.Contains(l.Name, "the environment alone")) {
			t.Errorf("%s: %v, %+v", variable, err, l)
		}
	}
}
