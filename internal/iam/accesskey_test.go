package iam

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"cleaner/internal/answer"
	"cleaner/internal/rig/peertest"
	"cleaner/internal/secret"
)

// newRequest makes a request that is not sent.
func newRequest(t testing.TB) *http.Request {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodDelete, "https://check.example/v2/tasks/"+peertest.TaskID, nil)
	if err != nil {
		t.Fatal(err)
	}
	return req
}

// The whole way: files, client, server, which signs what it sees once more.
func TestAccessKeySigns(t *testing.T) {
	keyFile, tokenFile := peertest.WriteFile(t, "sk", peertest.SecretKey+"\n"), peertest.WriteFile(t, "token", peertest.Token)
	a, err := NewAccessKey(AccessKeyOptions{
		ID: peertest.AccessKey, Secret: secret.File(keyFile), SecurityToken: secret.File(tokenFile), ProjectID: "p1",
	})
	if err != nil {
		t.Fatal(err)
	}
	s := peertest.Serve(t, func(w http.ResponseWriter, r *http.Request) {
		got := r.Header.Get("Authorization")
		date, err := time.Parse(dateLayout, r.Header.Get("X-Sdk-Date"))
		if err != nil || time.Since(date) > time.Minute {
			t.Errorf("date %s, %v", date, err)
		}
		signer{peertest.AccessKey, secret.New(peertest.SecretKey)}.sign(r, []string{"host", "x-project-id", "x-sdk-date", "x-security-token"}, emptyHash, date)
		if want := r.Header.Get("Authorization"); got != want {
			t.Errorf("signed\n%s, want\n%s", got, want)
		}
		if r.Header.Get("X-Project-Id") != "p1" || r.Header.Get("X-Security-Token") != peertest.Token || r.Header.Get("X-Auth-Token") != "" {
			t.Errorf("header %v", r.Header)
		}
		_, _ = io.WriteString(w, `{"code":"APIGW.0301","message":"`+got+`"}`)
	})
	c := newClient(t, s.URL, a)
	got, err := c.DeleteTask(t.Context(), peertest.TaskID)
	if err != nil {
		t.Fatal(err)
	}
	if got.Credential != 1 {
		t.Errorf("generation %d", got.Credential)
	}
	if strings.Contains(got.Message, peertest.AccessKey) || !strings.HasPrefix(got.Message, "SDK-HMAC-SHA256 Access=***, Sig") {
		t.Errorf("message shows the access key: %s", got.Message)
	}
}

// A permanent key signs no more than it must.
func TestAccessKeyPermanent(t *testing.T) {
	a, err := NewAccessKey(AccessKeyOptions{ID: peertest.AccessKey, Secret: secret.Value(peertest.SecretKey)})
	if err != nil {
		t.Fatal(err)
	}
	req := newRequest(t)
	if generation, err := a.Authorize(t.Context(), req); generation != 1 || err != nil {
		t.Errorf("generation %d, %v", generation, err)
	}
	if got := req.Header.Get("Authorization"); !strings.Contains(got, "SignedHeaders=host;x-sdk-date, ") {
		t.Errorf("authorization %s", got)
	}
	req.Body = io.NopCloser(strings.NewReader("x"))
	if _, err := a.Authorize(t.Context(), req); peertest.Fault(t, err) != answer.FaultLogin {
		t.Errorf("an unreadable body is signed: %v", err)
	}
}

func TestNewAccessKeyRefuses(t *testing.T) {
	key, none := secret.Value(peertest.SecretKey), secret.Value("")
	for name, o := range map[string]AccessKeyOptions{
		"no ID":              {Secret: key},
		"ID of two words":    {ID: "a b", Secret: key},
		"no secret":          {ID: "a"},
		"empty secret":       {ID: "a", Secret: none},
		"secret of lines":    {ID: "a", Secret: secret.Value(peertest.SecretKey + "\n" + peertest.SecretKey)},
		"empty token":        {ID: "a", Secret: key, SecurityToken: none},
		"project of 2 words": {ID: "a", Secret: key, ProjectID: "a b"},
	} {
		a, err := NewAccessKey(o)
		if a != nil || err == nil {
			t.Errorf("%s is accepted", name)
		} else if strings.Contains(err.Error(), peertest.SecretKey) {
			t.Errorf("%s: error shows the secret: %v", name, err)
		}
	}
}

// counted is a source that counts its readings and may be made to fail.
type counted struct {
	text  string
	reads int
}

func (c *counted) read() (secret.Secret, error) {
	c.reads++
	if c.text == "" {
		return secret.Secret{}, errors.New("gone")
	}
	return secret.New(c.text), nil
}
