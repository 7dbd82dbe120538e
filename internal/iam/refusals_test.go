package iam

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"cleaner/internal/answer"
	"cleaner/internal/rig/peertest"
	"cleaner/internal/secret"
)

// refusalFile returns a file of refusals in a folder, as another process would open it.
func refusalFile(folder string) *RefusalFile {
	return NewRefusalFile(filepath.Join(folder, "refused.jsonl"), filepath.Join(folder, "refused.key"))
}

var plantedLogin = Login{Secret: secret.New(peertest.Password), User: "user", Domain: "domain", Endpoint: "https://iam.example", Project: "cn-north-4"}

// A refusal is known to every process, until it is released, and to no other login.
func TestRefusals(t *testing.T) {
	folder := t.TempDir()
	for name, open := range map[string]func() Refusals{
		"file":   func() Refusals { return refusalFile(folder) },
		"memory": func() func() Refusals { m := new(MemoryRefusals); return func() Refusals { return m } }(),
	} {
		t.Run(name, func(t *testing.T) {
			if r, ok, err := open().Refused(plantedLogin); ok || err != nil {
				t.Errorf("before: %+v, %v", r, err)
			}
			want := Refusal{At: time.Date(2026, 11, 29, 1, 2, 3, 0, time.UTC), Answer: answer.Answer{Status: 401, Codes: []string{"IAM.0062"}, Message: "wrong"}}
			if err := open().Refuse(plantedLogin, want); err != nil {
				t.Fatal(err)
			}
			got, ok, err := open().Refused(plantedLogin)
			if diff := cmp.Diff(want, got); !ok || err != nil || diff != "" {
				t.Errorf("%v, %v, (-want +got):\n%s", ok, err, diff)
			}
			for name, change := range map[string]func(*Login){
				"password": func(l *Login) { l.Secret = secret.New(peertest.Password + "x") },
				"user":     func(l *Login) { l.User = "another" },
				"domain":   func(l *Login) { l.Domain = "another" },
				"endpoint": func(l *Login) { l.Endpoint = "another" },
				"project":  func(l *Login) { l.Project = "another" },
				"shifted":  func(l *Login) { l.User, l.Domain = "userdomain", "" },
			} {
				other := plantedLogin
				change(&other)
				if _, ok, err := open().Refused(other); ok || err != nil {
					t.Errorf("another %s: %v, %v", name, ok, err)
				}
			}
		})
	}
	if n, err := refusalFile(folder).Release(); n != 1 || err != nil {
		t.Errorf("released %d, %v", n, err)
	}
	if _, ok, err := refusalFile(folder).Refused(plantedLogin); ok || err != nil {
		t.Errorf("after the release: %v, %v", ok, err)
	}
	if n, err := refusalFile(folder).Release(); n != 0 || err != nil {
		t.Errorf("released again: %d, %v", n, err)
	}
}

// The files are for their owner alone, and hold no secret; looking makes none.
func TestRefusalFiles(t *testing.T) {
	folder := t.TempDir()
	if _, _, err := refusalFile(folder).Refused(plantedLogin); err != nil {
		t.Fatal(err)
	}
	if made, err := os.ReadDir(folder); len(made) != 0 || err != nil {
		t.Errorf("looking made %v, %v", made, err)
	}
	if err := refusalFile(folder).Refuse(plantedLogin, Refusal{At: time.Now(), Answer: answer.Answer{Status: 401}}); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"refused.jsonl", "refused.key"} {
		info, err := os.Stat(filepath.Join(folder, name))
		if err != nil || info.Mode() != fs.FileMode(0o600) {
			t.Errorf("%s: %v, %v", name, info, err)
		}
		text, err := os.ReadFile(filepath.Join(folder, name))
		if err != nil || strings.Contains(string(text), "lanted") {
			t.Errorf("%s: %q, %v", name, text, err)
		}
	}
	if made, err := os.ReadDir(folder); len(made) != 2 || err != nil {
		t.Errorf("left %v, %v", made, err)
	}
}

// Processes that refuse at the same time lose nothing, and make one key.
func TestRefusedTogether(t *testing.T) {
	folder := t.TempDir()
	var wg sync.WaitGroup
	login := func(i int) Login { return Login{Secret: secret.New(fmt.Sprint(i))} }
	for i := range 50 {
		wg.Go(func() {
			if err := refusalFile(folder).Refuse(login(i), Refusal{At: time.Now()}); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	for i := range 50 {
		if _, ok, err := refusalFile(folder).Refused(login(i)); !ok || err != nil {
			t.Errorf("%d: %v, %v", i, ok, err)
		}
	}
}

// What a crash left half written is skipped; what cannot be read stops the login;
// what cannot be written is remembered by this process at least.
func TestRefusalFileFaults(t *testing.T) {
	folder := t.TempDir()
	if err := refusalFile(folder).Refuse(plantedLogin, Refusal{At: time.Now()}); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(folder, "refused.jsonl")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	peertest.Rewrite(t, path, string(text[:len(text)/2]))
	other := Login{Secret: secret.New("other")}
	if err := refusalFile(folder).Refuse(other, Refusal{At: time.Now()}); err != nil {
		t.Fatal(err)
	}
	if _, ok, err := refusalFile(folder).Refused(other); !ok || err != nil {
		t.Errorf("after half a line: %v, %v", ok, err)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(path, 0o700); err != nil {
		t.Fatal(err)
	}
	f := refusalFile(folder)
	if _, _, err := f.Refused(plantedLogin); err == nil {
		t.Error("a folder is read as refusals")
	}
	p := newPassword(t, "https://iam.example", func(o *PasswordOptions) { o.Refusals = f })
	if _, _, err := authorize(t, p); peertest.Fault(t, err) != answer.FaultRefused || p.Logins() != 0 {
		t.Errorf("with unreadable refusals: %v after %d logins", err, p.Logins())
	}
	if err := f.Refuse(plantedLogin, Refusal{At: time.Now()}); err == nil {
		t.Error("a folder is written to")
	}
	if _, ok, err := f.Refused(plantedLogin); !ok || err != nil {
		t.Errorf("not written, but known: %v, %v", ok, err)
	}
	if err := os.WriteFile(filepath.Join(folder, "refused.key"), []byte("short"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := refusalFile(folder).Refuse(other, Refusal{}); err == nil || !strings.Contains(err.Error(), "is no key: remove it") {
		t.Errorf("a key that is none: %v", err)
	}
}
