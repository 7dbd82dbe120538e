package iam

import (
	"strings"
	"testing"

	"cleaner/internal/rig/peertest"
	"cleaner/internal/secret"
)

func TestParseKey(t *testing.T) {
	for _, row := range []struct{ name, text, want string }{
		{"the cloud's metadata", `{"credential":{"access":"A","secret":"S","securitytoken":"T","expires_at":"2026-01-04T09:05:22.701000Z"}}`, "A S T"},
		{"its STS", `{"credentials":{"access_key_id":"A","secret_access_key":"S","security_token":"T"}}`, "A S T"},
		{"pod identity", `{"credentials":{"accessKeyId":"A","secretAccessKey":"S","securityToken":"T","expiration":"x"}}`, "A S T"},
		{"flat", `{"access_key":"A","secret_key":"S","security_token":null}`, "A S "},
		{"short", "\ufeff\n{\"ak\":\"A\",\"sk\":\"S\"}\n", "A S "},
		{"the SDK's variables", "HUAWEICLOUD_SDK_AK=A\nHUAWEICLOUD_SDK_SK=S\nHUAWEICLOUD_SDK_SECURITY_TOKEN=T\nHUAWEICLOUD_SDK_PROJECT_ID=p\n", "A S T"},
		{"the samples' variables", "export CLOUD_SDK_AK='A'\r\nexport CLOUD_SDK_SK=\"S==\"\r\n", "A S== "},
		{"our variables", "# made by hand\n\nCLEANER_ACCESS_KEY=A\nCLEANER_SECRET_KEY=S\nCLEANER_SECURITY_TOKEN=\n", "A S "},
		{"Terraform's variables", "HW_ACCESS_KEY=A\nHW_SECRET_KEY=S\nOTHER=x", "A S "},
		{"no access key", `{"secret":"S"}`, "no access key"},
		{"no secret key", "AK=A\n", "no secret key"},
		{"nothing", "", "no access key"},
		{"half written", `{"access":"A","sec`, "half written"},
		{"a number", `{"access":1,"secret":"S"}`, "is no text"},
		{"two that differ", "AK=A\nCLOUD_SDK_AK=B\nSK=S\n", "more than one access key"},
		{"two words", `{"access":"A","secret":"S S"}`, "white space"},
	} {
		b, err := parseKey(row.text)
		got := b.id.Reveal() + " " + b.key.Reveal() + " " + b.token.Reveal()
		if err != nil {
			got = err.Error()
		}
		if got != row.want && (err == nil || !strings.Contains(got, row.want)) {
			t.Errorf("%s: %s, want %s", row.name, got, row.want)
		}
	}
}

// All three are taken together: they change as one generation, and none of an old
// one signs with a new one.
func TestKeyFileIsOneGeneration(t *testing.T) {
	path := peertest.WriteFile(t, "key", `{"access":"A1","secret":"S1","securitytoken":"T1"}`)
	a, err := NewAccessKey(AccessKeyOptions{File: secret.File(path)})
	if err != nil {
		t.Fatal(err)
	}
	check := func(id, token string, generation uint64) {
		t.Helper()
		req := newRequest(t)
		g, err := a.Authorize(t.Context(), req)
		if err != nil || g != generation || req.Header.Get("X-Security-Token") != token ||
			!strings.Contains(req.Header.Get("Authorization"), "Access="+id+", SignedHeaders=host;x-sdk-date;x-security-token,") {
			t.Errorf("generation %d, %v, %v", g, err, req.Header)
		}
	}
	check("A1", "T1", 1)
	a.Accepted(1)
	peertest.Rewrite(t, path, `{"access":"A2","secret":"S2","securitytoken":"T2"}`)
	if err := a.Renew(t.Context(), rejectedWith(1)); err != nil {
		t.Fatal(err)
	}
	check("A2", "T2", 2)
	peertest.Rewrite(t, path, `{"access":"A3"`) // being written
	a.lookedAt = a.lookedAt.Add(-lookEvery)
	check("A2", "T2", 2)
	if _, err := NewAccessKey(AccessKeyOptions{File: secret.File(path)}); err == nil || !strings.Contains(err.Error(), "half written") {
		t.Errorf("half a file is accepted: %v", err)
	}
}
