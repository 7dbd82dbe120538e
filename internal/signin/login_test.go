package signin

import (
	"net/http"
	"reflect"
	"testing"
	"time"

	"cleaner/internal/config"
	"cleaner/internal/rig/peertest"
)

// A login is made anew when the configuration says another, and for nothing else.
func TestLoginIsKept(t *testing.T) {
	password := file(t, "password", "hush")
	var kept Keeper
	get := func(change func(*config.Config)) *Login {
		t.Helper()
		cfg := with(config.Auth{Password: &config.Password{Domain: "account", User: "operator", PasswordFile: password}, Patience: time.Minute})
		change(cfg)
		l, err := kept.Get(cfg, Options{Env: environment()})
		if err != nil {
			t.Fatal(err)
		}
		return l
	}
	first := get(func(*config.Config) {})
	for name, row := range map[string]struct {
		change func(*config.Config)
		same   bool
	}{
		"nothing":  {func(*config.Config) {}, true},
		"the rate": {func(c *config.Config) { c.Limits.Rate = 1 }, true},
		"the user": {func(c *config.Config) { c.Auth.Password.User = "another" }, false},
		"IAM":      {func(c *config.Config) { c.Service.IAMEndpoint = "https://iam.example" }, false},
		"patience": {func(c *config.Config) { c.Auth.Patience = 0 }, false},
	} {
		if got := get(row.change); (got == first) != row.same {
			t.Errorf("%s has changed: the same login: %v", name, got == first)
		}
		first = get(func(*config.Config) {})
	}
}

// The observer sees every login, with when the token ends.
func TestObserve(t *testing.T) {
	s := peertest.Serve(t, func(w http.ResponseWriter, _ *http.Request) { peertest.WriteToken(w, "token", time.Hour) })
	cfg := with(config.Auth{Password: &config.Password{Domain: "domain", User: "user", PasswordFile: file(t, "password", "hush")}})
	cfg.Service.IAMEndpoint = s.URL
	l, err := New(cfg, Options{Env: environment()})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	var seen int
	l.Observe(func(err error, took time.Duration, expiry time.Time) {
		seen++
		if left := time.Until(expiry); err != nil || took <= 0 || left > time.Hour || left < time.Hour-time.Minute {
			t.Errorf("login ended with %v after %v, and the token ends in %v", err, took, left)
		}
	})
	if err := l.Credentials.Ready(t.Context()); err != nil || seen != 1 || l.Logins() != 1 {
		t.Errorf("%v, %d logins seen, %d counted", err, seen, l.Logins())
	}
}

// typeOf names the type of credentials; "" of none.
func typeOf(v any) string {
	if v == nil {
		return ""
	}
	return reflect.TypeOf(v).String()
}
