package iam

import (
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"cleaner/internal/answer"
	"cleaner/internal/rig/keystonetest"
	"cleaner/internal/rig/peertest"
	"cleaner/internal/secret"
)

// TestKeystone: the login as a real Keystone takes it, and what must not happen there.
func TestKeystone(t *testing.T) {
	const lockAfter = 3
	user := func(name string) keystonetest.User { return keystonetest.User{Name: name, Password: peertest.Password} }
	url := keystonetest.Start(t, keystonetest.World{LockAfter: lockAfter, Accounts: []keystonetest.Account{
		{Name: "domain", Projects: []string{"cn-north-4"}, Users: []keystonetest.User{user("user"), user("careful"), user("locked")}},
		{Name: "other", Projects: []string{"cn-east-3"}, Users: []keystonetest.User{user("user")}},
	}})
	login := func(t *testing.T, f func(*PasswordOptions)) (*Password, error) {
		t.Helper()
		p := newPassword(t, url, f)
		_, _, err := authorize(t, p)
		return p, err
	}

	t.Run("the project is named with its domain", func(t *testing.T) {
		p, err := login(t, func(o *PasswordOptions) { o.OnWarning = func(text string) { t.Errorf("warning: %s", text) } })
		if err != nil || p.current.Load() == nil || p.Expiry().IsZero() {
			t.Fatalf("got %v", err)
		}
	})
	t.Run("or by its ID", func(t *testing.T) {
		id := projectIDAt(t, url)
		if _, err := login(t, func(o *PasswordOptions) { o.ProjectID = id }); err != nil {
			t.Error(err)
		}
	})
	t.Run("a project of another domain is refused", func(t *testing.T) {
		_, err := login(t, func(o *PasswordOptions) { o.Project = "cn-east-3" })
		if peertest.Fault(t, err) != answer.FaultRefused || !strings.Contains(err.Error(), "HTTP 401 The request you have made requires authentication") {
			t.Errorf("got %v", err)
		}
	})
	t.Run("a wrong password is sent once, whoever tries", func(t *testing.T) {
		ledger := filepath.Join(t.TempDir(), "queue.db")
		sent := int64(0)
		for range 10 {
			p, err := login(t, func(o *PasswordOptions) {
				o.User, o.Password = "careful", secret.Value("wrong"+peertest.Password)
				o.Refusals = NewRefusalFile(ledger+".refused.jsonl", ledger+".refused.key") // as a process of its own
			})
			sent += p.Logins()
			if peertest.Fault(t, err) != answer.FaultRefused || !strings.Contains(err.Error(), "HTTP 401") || strings.Contains(err.Error(), "lanted") {
				t.Errorf("got %v", err)
			}
		}
		if sent != 1 {
			t.Errorf("%d logins", sent)
		}
		if _, err := login(t, func(o *PasswordOptions) { o.User = "careful" }); err != nil {
			t.Errorf("the user is locked: %v", err)
		}
	})
	t.Run("a locked user is refused, and left alone", func(t *testing.T) {
		for refused, tries := 0, 0; refused < lockAfter && tries < 5*lockAfter; tries++ { // a busy Keystone may not answer one
			_, err := login(t, func(o *PasswordOptions) { o.User, o.Password = "locked", secret.Value("wrong") })
			if peertest.Fault(t, err) == answer.FaultRefused {
				refused++
			}
		}
		refusals := new(MemoryRefusals)
		for want := int64(1); want >= 0; want-- {
			p, err := login(t, func(o *PasswordOptions) { o.User, o.Refusals = "locked", refusals })
			if peertest.Fault(t, err) != answer.FaultRefused || p.Logins() != want {
				t.Errorf("got %v after %d logins", err, p.Logins())
			}
		}
	})
}

// projectIDAt asks the Keystone at url for the ID of the user's project.
func projectIDAt(t *testing.T, url string) string {
	t.Helper()
	p := newPassword(t, url, nil)
	token, _, err := authorize(t, p)
	if err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url+"/v3/auth/tokens?nocatalog=1", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("X-Auth-Token", token)
	req.Header.Set("X-Subject-Token", token)
	r, got, err := p.client.pool.Exchange(t.Context(), req)
	if got != answer.FaultNone {
		t.Fatal(err)
	}
	_, id, found := strings.Cut(string(r.Body), `"project": {"domain"`)
	_, id, _ = strings.Cut(id, `}, "id": "`)
	id, _, _ = strings.Cut(id, `"`)
	if !found || id == "" {
		t.Fatalf("no project in %s", r.Body)
	}
	return id
}
