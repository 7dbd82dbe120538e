package assemble

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"cleaner/internal/admin"
	"cleaner/internal/config"
	"cleaner/internal/connpool"
	"cleaner/internal/secret"
)

// checkedConfig is a configuration over a folder, with a protect list of these rules;
// without any, no list.
func checkedConfig(t *testing.T, rules string) *config.Config {
	t.Helper()
	dir := t.TempDir()
	cfg := config.Default()
	cfg.Service.Region = "cn-north-4"
	cfg.Queue.URL = "sqlite:" + filepath.Join(dir, "queue.db")
	if rules != "" {
		cfg.Safety.ProtectFile = filepath.Join(dir, "protect.txt")
		if err := os.WriteFile(cfg.Safety.ProtectFile, []byte(rules), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return cfg
}

// TestCheck: where serve listens shows when there is a schedule, and it is where
// serve does; and of a protect list how many rules it has.
func TestCheck(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	tell := func(cfg *config.Config) string {
		t.Helper()
		var b strings.Builder
		checked, err := Check("c.yaml", cfg, now)
		if err == nil {
			err = checked.Print(&b)
		}
		if err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	cfg := checkedConfig(t, "")
	if said := tell(cfg); strings.Contains(said, "listen") || strings.Contains(said, "protect") || !strings.Contains(said, "c.yaml is valid") {
		t.Errorf("without schedule and list:\n%s", said)
	}
	cfg = checkedConfig(t, "a\nB\nglob:x*\nre:y+\nre:z+\n")
	cfg.Schedule = []config.Tick{{Cron: "0 2 * * *"}}
	for listen, want := range map[config.Listen]string{
		{}:                                   "listen   127.0.0.1:9464\n",
		{Address: "[::1]:1"}:                 "listen   [::1]:1\n",
		{Socket: "/run/x"}:                   "listen   /run/x\n",
		{Address: "[::1]:1", Socket: "/r/x"}: "listen   [::1]:1 and /r/x\n",
	} {
		cfg.Listen = listen
		if said := tell(cfg); !strings.Contains(said, want) || !strings.Contains(said, "2026-03-02T02:00:00Z") ||
			!strings.Contains(said, "protect  2 IDs, 1 globs, 2 regular expressions\n") {
			t.Errorf("%+v: want %q in\n%s", listen, want, said)
		}
	}
}

// TestTellProtected: which rule holds an ID, that none does, and that the question makes no
// sense.
func TestTellProtected(t *testing.T) {
	list := checkedConfig(t, "abc\nglob:x*\n")
	for name, row := range map[string]struct {
		cfg       *config.Config
		id, says  string
		protected bool
	}{
		"by an ID":       {list, "ABC", "by the rule abc of " + list.Safety.ProtectFile, true},
		"by a glob":      {list, "x-1", "by the rule glob:x*", true},
		"by none":        {list, "b", "no rule of", false},
		"without a list": {checkedConfig(t, ""), "abc", "safety.protect_file is not set", false},
	} {
		said, rule, protected, err := TellProtected(row.cfg, row.id)
		if err != nil || protected != row.protected || (rule != "") != protected || !strings.Contains(said, row.says) {
			t.Errorf("%s: %v, %v, %q, want %q", name, protected, err, said, row.says)
		}
	}
	gone := checkedConfig(t, "")
	gone.Safety.ProtectFile = filepath.Join(t.TempDir(), "none")
	for cfg, id := range map[*config.Config]string{list: "a,", checkedConfig(t, `"abc"`): "abc", gone: "abc"} {
		if said, _, _, err := TellProtected(cfg, id); err == nil || said != "" {
			t.Errorf("%s: %v, %q", id, err, said)
		}
	}
}

// TestListenAndLedgerRules: check refuses what serve could not open.
func TestListenAndLedgerRules(t *testing.T) {
	long := filepath.Join(t.TempDir(), strings.Repeat("s", 108))
	for name, row := range map[string]struct {
		change func(*config.Config)
		rule   config.Rule
		path   string
	}{
		"a long path":     {func(c *config.Config) { c.Listen.Socket = long }, listenRule(os.Getenv), "listen.socket"},
		"a host in a URL": {func(c *config.Config) { c.Queue.URL = "sqlite://a/b" }, queueRule, "queue.url"},
		"nowhere":         {func(c *config.Config) { c.Listen = config.Listen{} }, listenRule(os.Getenv), ""},
	} {
		cfg, got := checkedConfig(t, ""), ""
		row.change(cfg)
		row.rule(cfg, func(path string, _ error) { got = path })
		if got != row.path {
			t.Errorf("%s: %q is refused, want %q", name, got, row.path)
		}
	}
}

// TestReadableSecrets: of every file with a secret that everybody can read it is said so.
func TestReadableSecrets(t *testing.T) {
	cfg := checkedConfig(t, "")
	open, closed := filepath.Join(t.TempDir(), "open"), filepath.Join(t.TempDir(), "closed")
	for path, mode := range map[string]os.FileMode{open: 0o644, closed: 0o600} {
		if err := os.WriteFile(path, []byte("secret"), mode); err != nil {
			t.Fatal(err)
		}
	}
	cfg.Auth.TokenFile, cfg.Listen.TokenFile = open, open
	cfg.Intake = []config.Intake{{PasswordFile: closed}, {PasswordFile: open}}
	cfg.Inputs.URLs = []config.URL{{TokenFile: open}, {PasswordFile: open}, {PasswordFile: closed}}
	said := strings.Join(Readable(cfg), "\n")
	for _, key := range []string{"auth.token_file", "listen.token_file", "intake[1].password_file", "inputs.urls[0].token_file", "inputs.urls[1].password_file"} {
		if !strings.Contains(said, key+": everybody on this machine can read the secret") {
			t.Errorf("nothing is said of %s:\n%s", key, said)
		}
	}
	if n := strings.Count(said, "everybody"); n != 5 {
		t.Errorf("%d warnings, want 5:\n%s", n, said)
	}
}

// TestNamedPipes: a file of the configuration that never ends is refused, and no check waits
// for it.
func TestNamedPipes(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		cfg := checkedConfig(t, "")
		cfg.Safety.ProtectFile = pipe
		_, list := ProtectRules(cfg)
		_, _, _, told := TellProtected(cfg, "a1")
		_, ca := connpool.TLS(pipe)
		_, password := secret.File(pipe)()
		for what, err := range map[string]error{
			"the protect list": list, "--protects": told, "a CA file": ca, "a secret": password, "the web configuration": admin.CheckWebConfig(pipe),
		} {
			if err == nil || !strings.Contains(err.Error(), "no regular file") {
				t.Errorf("%s: error %v", what, err)
			}
		}
	}()
	select {
	case <-done:
	case <-time.After(20 * time.Second):
		t.Error("a check waits for a pipe")
	}
}
