package api

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// newRequest makes a request that is not sent.
func newRequest(t testing.TB) *http.Request {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodDelete, "https://check.example"+tasksPath+taskID, nil)
	if err != nil {
		t.Fatal(err)
	}
	return req
}

// The whole way: files, client, server, which signs what it sees once more.
func TestAccessKeySigns(t *testing.T) {
	keyFile, tokenFile := writeFile(t, "sk", plantedKey+"\n"), writeFile(t, "token", plantedToken)
	a, err := NewAccessKey(AccessKeyOptions{
		ID: plantedID, Secret: SecretFile(keyFile), SecurityToken: SecretFile(tokenFile), ProjectID: "p1",
	})
	if err != nil {
		t.Fatal(err)
	}
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		got := r.Header.Get("Authorization")
		date, err := time.Parse(dateLayout, r.Header.Get("X-Sdk-Date"))
		if err != nil || time.Since(date) > time.Minute {
			t.Errorf("date %s, %v", date, err)
		}
		sign(r, plantedID, NewSecret(plantedKey), []string{"host", "x-project-id", "x-sdk-date", "x-security-token"}, emptyHash, date)
		if want := r.Header.Get("Authorization"); got != want {
			t.Errorf("signed\n%s, want\n%s", got, want)
		}
		if r.Header.Get("X-Project-Id") != "p1" || r.Header.Get("X-Security-Token") != plantedToken || r.Header.Get("X-Auth-Token") != "" {
			t.Errorf("header %v", r.Header)
		}
		_, _ = io.WriteString(w, `{"code":"APIGW.0301","message":"`+got+`"}`)
	})
	c := newTestClient(t, s.URL, func(o *Options) { o.Credentials = a })
	answer, err := c.DeleteTask(t.Context(), taskID)
	if err != nil {
		t.Fatal(err)
	}
	if answer.Credential != 2 { // two files, each with its first content
		t.Errorf("generation %d", answer.Credential)
	}
	if strings.Contains(answer.Message, plantedID) || !strings.HasPrefix(answer.Message, "SDK-HMAC-SHA256 Access=***, Sig") {
		t.Errorf("message shows the access key: %s", answer.Message)
	}
}

// A permanent key signs no more than it must.
func TestAccessKeyPermanent(t *testing.T) {
	a, err := NewAccessKey(AccessKeyOptions{ID: plantedID, Secret: SecretValue(plantedKey)})
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
	if _, err := a.Authorize(t.Context(), req); fault(t, err) != FaultLogin {
		t.Errorf("an unreadable body is signed: %v", err)
	}
}

// A rejected key is not renewed until one of its files changes.
func TestAccessKeyRenew(t *testing.T) {
	keyFile, tokenFile := writeFile(t, "sk", plantedKey), writeFile(t, "token", plantedToken)
	a, err := NewAccessKey(AccessKeyOptions{ID: plantedID, Secret: SecretFile(keyFile), SecurityToken: SecretFile(tokenFile)})
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Renew(t.Context(), 2); fault(t, err) != FaultLogin || !strings.Contains(err.Error(), "clock") {
		t.Errorf("unchanged: %v", err)
	}
	rewrite(t, tokenFile, "another")
	if err := a.Renew(t.Context(), 2); err != nil {
		t.Errorf("another token: %v", err)
	}
	rewrite(t, keyFile, "another")
	if err := a.Renew(t.Context(), 3); err != nil {
		t.Errorf("another key: %v", err)
	}
	if err := a.Renew(t.Context(), 2); err != nil {
		t.Errorf("an older generation: %v", err)
	}
	rewrite(t, keyFile, "")
	if err := a.Renew(t.Context(), 4); fault(t, err) != FaultLogin {
		t.Errorf("an empty file: %v", err)
	}
}

func TestNewAccessKeyRefuses(t *testing.T) {
	secret, none := SecretValue(plantedKey), SecretValue("")
	for name, o := range map[string]AccessKeyOptions{
		"no ID":              {Secret: secret},
		"ID of two words":    {ID: "a b", Secret: secret},
		"no secret":          {ID: "a"},
		"empty secret":       {ID: "a", Secret: none},
		"secret of lines":    {ID: "a", Secret: SecretValue(plantedKey + "\n" + plantedKey)},
		"empty token":        {ID: "a", Secret: secret, SecurityToken: none},
		"project of 2 words": {ID: "a", Secret: secret, ProjectID: "a b"},
	} {
		a, err := NewAccessKey(o)
		if a != nil || err == nil {
			t.Errorf("%s is accepted", name)
		} else if strings.Contains(err.Error(), plantedKey) {
			t.Errorf("%s: error shows the secret: %v", name, err)
		}
	}
}

// counted is a source that counts its readings and may be made to fail.
type counted struct {
	text  string
	reads int
}

func (c *counted) read() (Secret, error) {
	c.reads++
	if c.text == "" {
		return Secret{}, errors.New("gone")
	}
	return NewSecret(c.text), nil
}

// A secret is read once a second however often it is used, and a source that
// fails in between does no harm.
func TestWatched(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		source := &counted{text: "one"}
		w, err := newWatched(source.read)
		if err != nil {
			t.Fatal(err)
		}
		step := func(text, want string, generation uint64) {
			t.Helper()
			source.text = text
			time.Sleep(lookEvery)
			if got, g := w.get(); got.Reveal() != want || g != generation {
				t.Errorf("got %q, generation %d, want %q, %d", got.Reveal(), g, want, generation)
			}
		}
		for range 200 {
			w.get()
		}
		if source.reads != 1 {
			t.Errorf("%d reads within a second", source.reads)
		}
		step("one", "one", 1)
		step("", "one", 1)
		step("two", "two", 2)
		step("one", "one", 3)
		source.text = "now"
		if got, g, err := w.again(); got.Reveal() != "now" || g != 4 || err != nil {
			t.Errorf("again: %q, %d, %v", got.Reveal(), g, err)
		}
	})
}
