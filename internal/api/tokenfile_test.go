package api

import (
	"strings"
	"testing"
)

func TestTokenFile(t *testing.T) {
	path := writeFile(t, "token", plantedToken+"\n")
	f, err := NewTokenFile(SecretFile(path))
	if err != nil {
		t.Fatal(err)
	}
	check := func(want string, generation uint64) {
		t.Helper()
		req := newRequest(t)
		got, err := f.Authorize(t.Context(), req)
		if err != nil || got != generation || req.Header.Get("X-Auth-Token") != want {
			t.Errorf("token %q, generation %d, %v, want %q, %d", req.Header.Get("X-Auth-Token"), got, err, want, generation)
		}
	}
	check(plantedToken, 1)
	if err := f.Renew(t.Context(), 1); fault(t, err) != FaultLogin || !strings.Contains(err.Error(), "rejected") {
		t.Errorf("unchanged: %v", err)
	}
	rewrite(t, path, "second")
	if err := f.Renew(t.Context(), 1); err != nil {
		t.Errorf("changed: %v", err)
	}
	check("second", 2)
	if err := f.Renew(t.Context(), 1); err != nil {
		t.Errorf("an older generation: %v", err)
	}
	rewrite(t, path, "")
	if err := f.Renew(t.Context(), 2); fault(t, err) != FaultLogin {
		t.Errorf("empty: %v", err)
	}
	check("second", 2)
}

func TestNewTokenFileRefuses(t *testing.T) {
	for name, source := range map[string]Source{
		"missing":    SecretFile("/nowhere"),
		"empty":      SecretValue(""),
		"two lines":  SecretValue(plantedToken + "\r\nX-Evil: 1"),
		"a document": SecretValue(`{"token": "` + plantedToken + `"}`),
		"not ASCII":  SecretValue("é"),
	} {
		f, err := NewTokenFile(source)
		if f != nil || err == nil {
			t.Errorf("%s is accepted", name)
		} else if strings.Contains(err.Error(), plantedToken) {
			t.Errorf("%s: error shows the token: %v", name, err)
		}
	}
}
