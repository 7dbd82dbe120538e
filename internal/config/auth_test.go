package config

import (
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// Every key of a text can be asked for, also in a section that is absent.
func TestText(t *testing.T) {
	c := Default()
	c.Service.Region, c.Auth.AccessKey = "cn-north-4", &AccessKey{ID: "AKPLANTED", SecretFile: "/sk"}
	for path, want := range map[string]string{
		"service.region": "cn-north-4", "auth.access_key.id": "AKPLANTED", "auth.access_key.secret_file": "/sk",
		"auth.access_key.credentials_file": "", "auth.password.password_file": "", "auth.token_file": "",
	} {
		if got := c.Text(path); got != want {
			t.Errorf("%s is %q, want %q", path, got, want)
		}
	}
	for _, path := range []string{"auth.nothing", "auth.patience", "auth"} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s is a text", path)
				}
			}()
			c.Text(path)
		}()
	}
}

// An access key is shown in part, and an empty one is not made up.
func TestKeyIDIsMasked(t *testing.T) {
	for id, want := range map[KeyID]string{"AKPLANTED": "AKPL***", "AK": "AK***", "": `""`} {
		text, err := yaml.Marshal(AccessKey{ID: id})
		if err != nil || !strings.HasPrefix(string(text), "id: "+want+"\n") {
			t.Errorf("%q is written %s, %v", id, text, err)
		}
	}
}

func TestMethods(t *testing.T) {
	if want := "exactly one of password, access_key and token_file"; OneMethod() != want {
		t.Errorf("got %s, want %s", OneMethod(), want)
	}
	if got := (Auth{Patience: 1}).Methods(); len(got) != 0 {
		t.Errorf("none is set, got %v", got)
	}
	if got := (Auth{Password: &Password{}, TokenFile: "/t"}).Methods(); !slices.Equal(got, []string{"password", "token_file"}) {
		t.Errorf("got %v", got)
	}
}
