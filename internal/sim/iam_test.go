package sim

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// loginBody is a login as the IAM API Reference writes it.
func loginBody(user, password, domain, scope string) string {
	return fmt.Sprintf(`{"auth":{"identity":{"methods":["password"],"password":{"user":{`+
		`"name":%q,"password":%q,"domain":{"name":%q}}}},"scope":{"project":{%s}}}}`, user, password, domain, scope)
}

// account is the options of a service with one user.
func account() Options {
	return Options{
		RequireAuth: true, Domain: "acme", User: "janitor", Password: "right",
		Project: "cn-north-4", ProjectID: "pid", LockAfter: 3,
	}
}

func (g *rig) login(password string) answer {
	return g.do("POST", "/v3/auth/tokens?nocatalog=1", loginBody("janitor", password, "acme", `"name":"cn-north-4"`),
		"Content-Type", "application/json;charset=utf8")
}

// token logs in and returns the token.
func (g *rig) token() string {
	g.t.Helper()
	a := g.login("right")
	if a.Status != http.StatusCreated {
		g.t.Fatalf("login: %v %s %v", a, a.Body, a.Err)
	}
	return a.Header.Get("X-Subject-Token")
}

func TestLogin(t *testing.T) {
	g := serve(t, account())
	for _, row := range []struct{ name, body, want string }{
		{"by project name", loginBody("janitor", "right", "acme", `"name":"cn-north-4"`), "201"},
		{"by project ID", loginBody("janitor", "right", "acme", `"id":"pid"`), "201"},
		{"wrong user", loginBody("other", "right", "acme", `"id":"pid"`), "401"},
		{"wrong domain", loginBody("janitor", "right", "other", `"id":"pid"`), "401"},
		{"wrong project", loginBody("janitor", "right", "acme", `"name":"cn-east-3"`), "404"}, // the password was right: counts from 0 again
		{"wrong project ID", loginBody("janitor", "right", "acme", `"id":"cn-north-4"`), "404"},
		{"no scope", loginBody("janitor", "right", "acme", ``), "400"},
		{"other method", strings.Replace(loginBody("janitor", "right", "acme", `"id":"pid"`), `["password"]`, `["token"]`, 1), "400"},
		{"not JSON", "auth=password", "400"},
		{"empty", "", "400"},
	} {
		t.Run(row.name, func(t *testing.T) {
			got := g.do("POST", "/v3/auth/tokens", row.body)
			if got.String() != row.want {
				t.Fatalf("%v, want %s: %s", got, row.want, got.Body)
			}
			if has := got.Header.Get("X-Subject-Token") != ""; has != (row.want == "201") {
				t.Errorf("token given: %v", has)
			}
			var iam struct {
				Error struct{ Code any }
			}
			err := json.Unmarshal([]byte(got.Body), &iam)
			if _, number := iam.Error.Code.(float64); err != nil || row.want != "201" && !number {
				t.Errorf("error code in %s is no number", got.Body)
			}
		})
	}
	if got := g.Truth(); got.Logins != 2 || got.FailedLogins != 8 {
		t.Errorf("truth is %+v", got)
	}
}

// The times are those of the reference: UTC, with exactly six decimals.
func TestLoginTimes(t *testing.T) {
	opt := account()
	opt.TokenLifetime, opt.Skew = time.Hour, 10*time.Minute
	g := serve(t, opt)
	var body struct {
		Token struct {
			IssuedAt  string `json:"issued_at"`
			ExpiresAt string `json:"expires_at"`
		}
	}
	if err := json.Unmarshal([]byte(g.login("right").Body), &body); err != nil {
		t.Fatal(err)
	}
	const layout = "2006-01-02T15:04:05.000000Z"
	issued, err1 := time.Parse(layout, body.Token.IssuedAt)
	expires, err2 := time.Parse(layout, body.Token.ExpiresAt)
	if err1 != nil || err2 != nil || expires.Sub(issued) != time.Hour {
		t.Errorf("%+v: %v, %v", body, err1, err2)
	}
	if ahead := time.Until(issued); ahead < 9*time.Minute || ahead > 10*time.Minute {
		t.Errorf("issued %v ahead of this clock, want 10 minutes", ahead)
	}
}

func TestLoginLocks(t *testing.T) {
	g := serve(t, account())
	for i, want := range []string{"401", "401", "401", "401 IAM.0061"} {
		if got := g.login("wrong"); got.String() != want {
			t.Errorf("wrong password %d: %v, want %s", i+1, got, want)
		}
	}
	if got := g.login("right"); got.String() != "401 IAM.0061" {
		t.Errorf("right password of a locked user: %v", got)
	}
	if got := g.Truth(); got.Logins != 0 || got.FailedLogins != 5 {
		t.Errorf("truth is %+v", got)
	}
}

func TestLockout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := lockout{time: lockTime}
		try := func(right, want bool) {
			t.Helper()
			if got := l.locked(time.Now(), right, 2); got != want {
				t.Errorf("locked is %v", got)
			}
		}
		try(false, false)
		try(true, false) // a right password begins the count anew
		try(false, false)
		try(false, false)
		try(true, true)
		time.Sleep(lockTime - 1)
		try(true, true)
		time.Sleep(time.Nanosecond)
		try(true, false)
	})
}

func TestLockoutNever(t *testing.T) {
	l := lockout{time: lockTime}
	for range 100 {
		if l.locked(time.Now(), false, -1) {
			t.Fatal("locked without a limit")
		}
	}
}

func TestTokens(t *testing.T) {
	g := serve(t, account())
	first, second := g.token(), g.token()
	if len(first) != 1300 || first == second {
		t.Errorf("tokens of %d signs, equal: %v", len(first), first == second)
	}
	for name, value := range map[string]string{"older": first, "newer": second} {
		if got := g.del(id(1), "X-Auth-Token", value); got.Status == 401 {
			t.Errorf("%s token: %v", name, got)
		}
	}
	if got := g.Revoke(); got != 2 {
		t.Errorf("%d tokens revoked", got)
	}
	if got := g.del(id(2), "X-Auth-Token", first); got.String() != "401 CC.00000003" {
		t.Errorf("revoked token: %v", got)
	}
	if got := g.del(id(2), "X-Auth-Token", g.token()); got.String() != "200" {
		t.Errorf("token from after the revocation: %v", got)
	}
	if got := g.Revoke(); got != 1 {
		t.Errorf("%d tokens revoked", got)
	}
}

// The whole service runs in a bubble of time too, without a connection: two
// days pass here in no time.
func TestTokenExpires(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := build(t, account()).Handler()
		send := func(method, path, body, token string) answer {
			r := httptest.NewRequestWithContext(t.Context(), method, path, strings.NewReader(body))
			r.Header.Set("X-Auth-Token", token)
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			return answer{w.Code, w.Header(), w.Body.String(), nil}
		}
		login := send("POST", "/v3/auth/tokens", loginBody("janitor", "right", "acme", `"id":"pid"`), "")
		token := login.Header.Get("X-Subject-Token")
		time.Sleep(24*time.Hour - 1)
		if got := send("DELETE", "/v2/tasks/"+id(1), "", token); got.String() != "200" {
			t.Errorf("just before its end: %v", got)
		}
		time.Sleep(time.Nanosecond)
		if got := send("DELETE", "/v2/tasks/"+id(2), "", token); got.String() != "401 APIGW.0307" {
			t.Errorf("at its end: %v", got)
		}
	})
}
