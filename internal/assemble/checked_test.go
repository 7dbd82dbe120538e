package assemble

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"cleaner/internal/config"
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
