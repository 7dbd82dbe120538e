package iam

import (
	"strings"
	"testing"

	"cleaner/internal/answer"
	"cleaner/internal/rig/peertest"
	"cleaner/internal/secret"
)

func TestTokenFile(t *testing.T) {
	path := peertest.WriteFile(t, "token", peertest.Token+"\n")
	f, err := NewTokenFile(secret.File(path), 0)
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
	check(peertest.Token, 1)
	if err := f.Renew(t.Context(), rejectedWith(1)); peertest.Fault(t, err) != answer.FaultLogin || !strings.Contains(err.Error(), "HTTP 401 APIGW.0301 signature does not match") {
		t.Errorf("unchanged: %v", err)
	}
	peertest.Rewrite(t, path, "second")
	if err := f.Renew(t.Context(), rejectedWith(1)); err != nil {
		t.Errorf("changed: %v", err)
	}
	check("second", 2)
	if err := f.Renew(t.Context(), rejectedWith(1)); err != nil {
		t.Errorf("an older generation: %v", err)
	}
	peertest.Rewrite(t, path, "")
	if err := f.Renew(t.Context(), rejectedWith(2)); peertest.Fault(t, err) != answer.FaultLogin {
		t.Errorf("empty: %v", err)
	}
	check("second", 2)
}

func TestNewTokenFileRefuses(t *testing.T) {
	for name, source := range map[string]secret.Source{
		"missing":    secret.File("/nowhere"),
		"empty":      secret.Value(""),
		"two lines":  secret.Value(peertest.Token + "\r\nX-Evil: 1"),
		"a document": secret.Value(`{"token": "` + peertest.Token + `"}`),
		"not ASCII":  secret.Value("é"),
	} {
		f, err := NewTokenFile(source, 0)
		if f != nil || err == nil {
			t.Errorf("%s is accepted", name)
		} else if strings.Contains(err.Error(), peertest.Token) {
			t.Errorf("%s: error shows the token: %v", name, err)
		}
	}
}
