package main

import (
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"cleaner/internal/signin"
	"cleaner/internal/sim"
	"cleaner/internal/terminal"
)

// flagNames lists the flags of cmd and of all commands below it.
func flagNames(cmd *cobra.Command) (names []string) {
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		if f.Value.Type() != "bool" { // a switch takes no text
			names = append(names, f.Name)
		}
	})
	for _, c := range cmd.Commands() {
		names = append(names, flagNames(c)...)
	}
	return names
}

// ways are the ways to log in, each with all its secrets in place.
var ways = map[string]func(p *planted){
	"password":       func(*planted) {},
	"wrong password": func(p *planted) { p.write("password", plantedWrong) },
	"from the environment": func(p *planted) {
		p.set("auth.password", map[string]any{"domain": "account", "user": "operator"})
		p.env[signin.EnvPassword] = plantedPassword
	},
	"access key": func(p *planted) { p.accessKey(plantedID, "0123456789abcdef0123456789abcdef") },
	"access key in one file": func(p *planted) {
		p.cfg["auth"] = map[string]any{"access_key": map[string]any{
			"credentials_file": p.write("key.json", `{"access":"`+plantedID+`","secret":"`+plantedKey+`"}`), "project_id": "0123456789abcdef0123456789abcdef",
		}}
	},
	"unknown access key": func(p *planted) { p.accessKey(plantedID, "another") },
	"token file":         func(p *planted) { p.cfg["auth"] = map[string]any{"token_file": p.write("token", plantedToken)} },
}

// accessKey has requests signed, with temporary keys.
func (p *planted) accessKey(id, project string) {
	p.cfg["auth"] = map[string]any{"access_key": map[string]any{
		"id": id, "project_id": project,
		"secret_file": p.write("secret", plantedKey), "security_token_file": p.write("security", plantedSecurity),
	}}
}

// signed are the options of a service that takes the planted access key.
func signed(project string) sim.Options {
	return sim.Options{AccessKey: plantedID, SecretKey: plantedKey, SecurityToken: plantedSecurity, ProjectID: project}
}

// TestSecretsUnderEveryFault: whatever the service, its gateway, IAM and the
// network do.
func TestSecretsUnderEveryFault(t *testing.T) {
	for _, f := range sim.Catalogue() {
		t.Run(f.Name, func(t *testing.T) {
			t.Parallel()
			p := plant(t, sim.Options{Faults: []sim.Fault{f}})
			p.confirm = 200 * time.Millisecond // some faults delete nothing, so calibration waits in vain
			p.passed()
			p.look()
		})
	}
}

// TestSecretsOfEveryLogin: each way to log in, where it works and where not, and
// with an echo that repeats all that it is sent.
func TestSecretsOfEveryLogin(t *testing.T) {
	for name, way := range ways {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := plant(t, signed("0123456789abcdef0123456789abcdef"))
			p.giveUpSoon()
			way(p)
			p.passed()
			p.look()
			p.runs([]string{"run", "--dry-run"}, []string{"dead", "requeue", "--all"}, []string{"run"}, []string{"version"}, []string{"verdicts"})
		})
		for kind, echo := range echoes {
			t.Run(name+", "+kind, func(t *testing.T) {
				t.Parallel()
				p := plant(t, signed("0123456789abcdef0123456789abcdef"))
				p.giveUpSoon()
				way(p)
				p.echo = echo
				p.passed()
				p.look()
			})
		}
	}
}

// TestSecretsInWrongPlaces: a secret where the name of its file belongs, in keys
// that do not exist, and in the values of others.
func TestSecretsInWrongPlaces(t *testing.T) {
	set := func(path string, value any) func(*planted) { return func(p *planted) { p.set(path, value) } }
	auth := func(value any) func(*planted) { return func(p *planted) { p.cfg["auth"] = value } }
	for name, change := range map[string]func(*planted){
		"password for its file":  set("auth.password", map[string]any{"domain": "account", "user": "operator", "password_file": plantedPassword}),
		"token for its file":     auth(map[string]any{"token_file": strings.Repeat(plantedToken, 20)}),
		"key for its file":       auth(map[string]any{"access_key": map[string]any{"id": "x", "project_id": "p", "secret_file": plantedKey}}),
		"key for its ID":         auth(map[string]any{"access_key": map[string]any{"id": plantedKey, "project_id": "p", "secret_file": "/no/such/file"}}),
		"password as a key":      auth(map[string]any{"password": map[string]any{plantedPassword: ""}}),
		"password as a section":  auth(map[string]any{"password": plantedPassword}),
		"token as auth":          auth(plantedToken),
		"password in an unknown": auth(map[string]any{"password": map[string]any{"password": plantedPassword}}),
		"password as the region": set("service.region", plantedPassword),
		"key as the level":       set("log.level", plantedKey),
		"key as a number":        set("limits.workers", plantedKey),
		"key as a time":          set("retry.max", plantedKey),
		"key as a choice":        set("safety.running", plantedKey),
		"key in the queue's URL": set("queue.url", "redis://:"+plantedKey+"@host"),
		"key in the endpoint":    set("service.endpoint", "https://user:"+plantedKey+"@host"),
		"key in a broken URL":    set("service.endpoint", "https://user:"+plantedKey+"@host:x"),
		"key after the endpoint": set("service.iam_endpoint", "https://host/?key="+plantedKey),
		"two secrets at once":    func(p *planted) { p.env[signin.EnvPassword] = plantedPassword },
		"white space in a token": auth(map[string]any{"token_file": "token"}),
		"a large file": func(p *planted) {
			p.cfg["auth"] = map[string]any{"token_file": p.write("token", strings.Repeat(plantedToken, 10_000))}
		},
		"a key of two words": func(p *planted) {
			p.accessKey(plantedID, "p")
			p.write("secret", plantedKey+" "+plantedKey)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := plant(t, sim.Options{})
			p.write("token", plantedToken+"\n"+plantedToken)
			change(p)
			p.pass()
			p.runs([]string{"run", "--dry-run"}, []string{"load", p.path("tasks.txt")}, []string{"dead", "drop", "--all"})
			p.look()
		})
	}
}

// TestSearchFinds: the search finds each form in each place, or proves nothing.
func TestSearchFinds(t *testing.T) {
	for _, secret := range []string{plantedPassword, plantedKey, plantedProxy, strings.Repeat("Ab0_", 300)} {
		for _, form := range writings(secret) {
			if _, found := showing("\x00\xff"+form+"\x00", secret); !found {
				t.Errorf("%q is not found as %q", secret, form)
			}
		}
	}
	if form, found := showing("SQLite format 3\x00 a ledger without any", plantedToken); found {
		t.Errorf("found %q where there is none", form)
	}
	if _, found := showing("cut: "+plantedToken[:25], plantedToken); !found {
		t.Error("the beginning of a secret is not found")
	}
}

// TestNoFlagTakesASecret: arguments are seen by everyone on the machine, so no
// command has a flag for a secret.
func TestNoFlagTakesASecret(t *testing.T) {
	seen := 0
	for _, name := range flagNames(newRoot(&app{stderr: terminal.NewScreen(os.Stderr)})) {
		seen++
		for _, word := range []string{"password", "passwd", "secret", "token", "credential", "access-key", "accesskey", "apikey", "private"} {
			if strings.Contains(name, word) {
				t.Errorf("flag --%s is named like a secret", name)
			}
		}
		for part := range strings.SplitSeq(name, "-") {
			if slices.Contains([]string{"ak", "sk", "key", "pass", "pw", "pwd"}, part) {
				t.Errorf("flag --%s is named like a secret", name)
			}
		}
	}
	if seen < 20 {
		t.Errorf("%d flags looked at: too few to be all", seen)
	}
}
