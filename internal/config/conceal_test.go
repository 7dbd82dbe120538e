package config

import (
	"errors"
	"strings"
	"testing"
)

// TestNoValueIsRepeated plants a secret in every wrong place: no message may
// hold it, whatever else the message says.
func TestNoValueIsRepeated(t *testing.T) {
	const head = "service: {region: r}\n"
	tests := []struct{ name, text, want string }{
		{"a scalar for a section", head + "auth: {password: hunter2-my-secret}\n", "auth.password.password_file"},
		{"a short scalar for a section", head + "auth: {password: hunter2}\n", "auth.password.password_file"},
		{"a scalar for the access key", head + "auth: {access_key: hunter2}\n", "auth.access_key.secret_file"},
		{"a scalar for auth", head + "auth: hunter2\n", "must be a section"},
		{"a scalar for everything", "hunter2\n", "must be a section"},
		{"a sequence for a section", head + "auth: {password: [hunter2]}\n", "auth.password.password_file"},
		{"a mapping for a section", head + "auth: {password: {hunter2: x}}\n", "unknown key"},
		{"a set for a section", head + "auth: {password: {hunter2}}\n", "unknown key"},
		{"an alias for a section", head + "auth: {token_file: &x hunter2, password: *x}\n", "auth.password.password_file"},
		{"a sequence for a scalar", minimal + "log: {level: [hunter2]}\n", "must be"},
		{"a mapping for a scalar", "service: {region: r}\nauth: {token_file: {hunter2: x}}\n", "must be"},
		{"a scalar for a number", minimal + "limits: {workers: hunter2}\n", "must be"},
		{"backquotes in a value", minimal + "limits: {workers: \"a`hunter2`\"}\n", "must be"},
		{"a line feed in a value", minimal + "limits: {workers: \"\\nhunter2\"}\n", "must be"},
		{"a scalar for a duration", minimal + "retry: {max: hunter2}\n", "must be"},
		{"a scalar for a list", minimal + "verdicts: hunter2\n", "must be"},
		{"a scalar in a list", minimal + "verdicts: [hunter2]\n", "must be a section"},
		{"a key twice", head + "auth: {password: {hunter2: 1, hunter2: 2}}\n", "already defined"},
		{"a key twice, in quotes", head + "auth: {password: {'a\"hunter2': 1, 'a\"hunter2': 2}}\n", "already defined"},
		{"an anchor", head + "auth: {password: *hunter2}\n", "unknown anchor"},
		{"digits for a section", head + "auth: {password: 4hunter, access_key: 918273645546372819}\n", "auth.access_key.secret_file"},
		{"a number's tag", minimal + "limits: {workers: !!int hunter2}\n", "must be"},
		{"a truth's tag", minimal + "limits: {workers: !!bool hunter2}\n", "must be"},
		{"a tag", minimal + "limits: {workers: !hunter2 x}\n", "must be"},
		{"a sequence as a key", head + "auth: {password: {? [hunter2] : x}}\n", ""},
		{"a value of a few", minimal + "log: {level: hunter2, format: hunter2}\nsafety: {running: hunter2}\n", "must be one of"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := parse("c.yaml", []byte(tt.text))
			if _, ok := errors.AsType[*Error](err); !ok {
				t.Fatalf("error = %v, want *Error", err)
			}
			if strings.Contains(err.Error(), "hunter") || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %q, want one with %q and without the value", err, tt.want)
			}
		})
	}
}

// TestASectionIsToldOnce: what is no section is not told again by the library.
func TestASectionIsToldOnce(t *testing.T) {
	_, err := parse("c.yaml", []byte("service: {region: r}\nauth: {password: x}\nlimits: {workers: many}\n"))
	e, ok := errors.AsType[*Error](err)
	if !ok {
		t.Fatalf("error = %v, want *Error", err)
	}
	matchFaults(t, e.Faults, []string{"2 auth.password: secrets do not belong", "3 limits.workers: must be a whole number"})
}

func TestAnEmptySectionIsNone(t *testing.T) {
	c, err := parse("c.yaml", []byte("service: {region: r}\nauth:\n  password:\n  token_file: /t\nlimits:\n"))
	if err != nil || c.Auth.Password != nil || c.Limits != Default().Limits {
		t.Errorf("config %+v, error %v", c, err)
	}
}

func TestParseLocal(t *testing.T) {
	rule := func(c *Config, report func(string, error)) {
		if c.Queue.URL == "nowhere" {
			report("queue.url", errors.New("is no place"))
		}
	}
	c, err := Layers{Name: "c.yaml", Data: []byte("queue: {url: 'sqlite:/q'}\n")}.ParseLocal(rule)
	if err != nil || c.Queue.URL != "sqlite:/q" {
		t.Errorf("config %+v, error %v", c, err)
	}
	_, err = Layers{Name: "c.yaml", Data: []byte("queue: {url: nowhere}\nauth: {tokn_file: x}\n")}.ParseLocal()
	if err == nil || !strings.Contains(err.Error(), "token_file") {
		t.Errorf("error %v, want the mistyped key", err)
	}
	_, err = Layers{Name: "c.yaml", Data: []byte("queue: {url: nowhere}\nlog: {level: loud}\n")}.ParseLocal(rule)
	for _, want := range []string{"queue.url: is no place", "log.level"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want one with %q", err, want)
		}
	}
}
