package signin

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"cleaner/internal/config"
	"cleaner/internal/iam"
)

// environment makes a reader of environment variables.
func environment(pairs ...string) func(string) string {
	return func(name string) string {
		for i := 0; i < len(pairs); i += 2 {
			if pairs[i] == name {
				return pairs[i+1]
			}
		}
		return ""
	}
}

// file writes a file and returns its path.
func file(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// with is a configuration with this section auth.
func with(a config.Auth) *config.Config {
	c := config.Default()
	c.Service.Region, c.Auth = "cn-north-4", a
	return c
}

// Every method of the configuration has a row, and every row is whole.
func TestEveryMethodHasARow(t *testing.T) {
	var sections []string
	for _, m := range methods {
		sections = append(sections, m.section)
		if m.make == nil || len(m.inputs) == 0 {
			t.Errorf("%s has no constructor or no input", m.section)
		}
		for _, i := range m.inputs {
			if key := "auth." + m.section; i.key != key && !strings.HasPrefix(i.key, key+".") {
				t.Errorf("%s takes %s, of another section", m.section, i.key)
			}
			if i.meaning == "" || i.credential != "" && len(i.variables) == 0 {
				t.Errorf("%s: %+v", i.key, i)
			}
		}
	}
	if diff := cmp.Diff(config.AllMethods(), sections); diff != "" {
		t.Errorf("methods (-configuration +rows):\n%s", diff)
	}
}

// Every file of a secret that the configuration may name is an input of a method.
func TestEveryFileIsAnInput(t *testing.T) {
	keys := []string{}
	for _, i := range inputs() {
		if !i.inline {
			keys = append(keys, i.key)
		}
	}
	found := 0
	for _, path := range config.Paths() {
		if !strings.HasPrefix(path, "auth.") || !strings.HasSuffix(path, "_file") {
			continue
		}
		found++
		if !slices.Contains(keys, path) {
			t.Errorf("%s is no input", path)
		}
	}
	if found < 5 { // password, secret key, security token, all three in one, token
		t.Errorf("found %d files only", found)
	}
}

// The section decides, and without one an access key in the environment.
func TestNewChooses(t *testing.T) {
	token, key := file(t, "token", "token"), file(t, "key.json", `{"access":"A","secret":"S"}`)
	password := &config.Password{Domain: "account", User: "operator", PasswordFile: file(t, "password", "hush")}
	cloud := environment(EnvCloudAccessKey, "A", EnvCloudSecretKey, "S")
	for _, row := range []struct {
		name string
		auth config.Auth
		env  func(string) string
		want any
		err  string
	}{
		{"password", config.Auth{Password: password}, environment(), (*iam.Password)(nil), ""},
		{"access key", config.Auth{AccessKey: &config.AccessKey{CredentialsFile: key}}, environment(), (*iam.AccessKey)(nil), ""},
		{"token", config.Auth{TokenFile: token}, environment(), (*iam.TokenFile)(nil), ""},
		{"environment", config.Auth{}, cloud, (*iam.AccessKey)(nil), ""},
		{"a section and the environment", config.Auth{TokenFile: token}, cloud, (*iam.TokenFile)(nil), ""},
		{"nothing", config.Auth{}, environment(), nil, "auth needs exactly one of password, access_key and token_file"},
		{"two", config.Auth{TokenFile: token, Password: password}, cloud, nil, "auth needs exactly one of"},
		{"an ID without its key", config.Auth{AccessKey: &config.AccessKey{ID: "A"}}, environment(), nil, "auth.access_key.secret_file is not set, CLEANER_SECRET_KEY is empty"},
		{"a section without an ID", config.Auth{AccessKey: &config.AccessKey{}}, environment(), nil, "auth.access_key.id is not set, and neither is CLEANER_ACCESS_KEY nor CLOUD_SDK_AK"},
	} {
		t.Run(row.name, func(t *testing.T) {
			cfg := with(row.auth)
			l, err := New(cfg, Options{Env: row.env})
			if row.err != "" {
				if err == nil || !strings.Contains(err.Error(), row.err) {
					t.Errorf("got %v, want %s", err, row.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			defer l.Close()
			if got, want := typeOf(l.Credentials), typeOf(row.want); got != want {
				t.Errorf("credentials are %s, want %s", got, want)
			}
			if l.Logins() != 0 || !l.Expiry().IsZero() || !Chosen(cfg, row.env) {
				t.Errorf("%d logins, expiry %v, chosen %v", l.Logins(), l.Expiry(), Chosen(cfg, row.env))
			}
		})
	}
}

// Only a configuration without a method, and an environment without a key, is refused
// by the rule here; the configuration refuses two.
func TestRule(t *testing.T) {
	for _, row := range []struct {
		auth config.Auth
		env  func(string) string
		want string
	}{
		{config.Auth{TokenFile: "/t"}, environment(), ""},
		{config.Auth{}, environment(EnvAccessKey, "A"), ""},
		{config.Auth{}, environment(), "auth: needs exactly one of password, access_key and token_file, got 0 (and no access key is in the environment)"},
		{config.Auth{TokenFile: "/t", AccessKey: &config.AccessKey{}}, environment(), ""},
	} {
		got := ""
		Rule(row.env)(with(row.auth), func(path string, err error) { got += path + ": " + err.Error() })
		if got != row.want {
			t.Errorf("%+v: %q, want %q", row.auth, got, row.want)
		}
	}
}

// What is asked of the rows.
func TestWhatTheRowsSay(t *testing.T) {
	k := &config.AccessKey{ID: "A", SecretFile: "/sk", CredentialsFile: "/all", SecurityTokenFile: "/st"}
	want := []File{
		{"auth.access_key.secret_file", "/sk"},
		{"auth.access_key.security_token_file", "/st"},
		{"auth.access_key.credentials_file", "/all"},
		{"auth.token_file", "/t"},
	}
	if diff := cmp.Diff(want, Files(with(config.Auth{AccessKey: k, TokenFile: "/t"}))); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"cleaner.password", "cleaner.secret_key", "cleaner.security_token"}, Credentials()); diff != "" {
		t.Errorf("credentials (-want +got):\n%s", diff)
	}
	names := ""
	for _, v := range Environment() {
		names += v.Name + "\n"
	}
	if want := "CLEANER_PASSWORD\nCLEANER_ACCESS_KEY, CLOUD_SDK_AK\nCLEANER_SECRET_KEY, CLOUD_SDK_SK\nCLEANER_SECURITY_TOKEN\n"; names != want {
		t.Errorf("variables %s, want %s", names, want)
	}
}
