package iam

import (
	"encoding/json"
	"strings"
	"testing"
)

// FuzzTokenBody: whatever IAM says, a lifetime is in its bounds, and a token is
// accepted only when the answer names what was asked for. No error repeats a
// secret.
func FuzzTokenBody(f *testing.F) {
	f.Add([]byte(`{"token":{"issued_at":"2026-01-04T09:05:22.701000Z","expires_at":"2026-01-05T09:05:22.701000Z",` +
		`"project":{"name":"cn-north-4","domain":{"name":"account"}},"user":{"name":"operator","domain":{"name":"account"}}}}`))
	f.Add([]byte(`{"token":{"expires_at":"0001-01-01T00:00:00Z","project":{"name":"hush-hush-1234"}}}`))
	f.Add([]byte(`{"token":null}`))
	f.Add([]byte(`[`))
	const planted = "hush-hush-1234"
	i := &loginClient{domain: "account", user: "operator", project: "cn-north-4"}
	f.Fuzz(func(t *testing.T, body []byte) {
		if life := lifetime(body); life <= 0 || life > longestLife {
			t.Errorf("lifetime %v", life)
		}
		err := i.verify(body, []string{planted})
		if err == nil && (!json.Valid(body) || len(body) < len(`"cn-north-4""operator""account"`)) {
			t.Errorf("accepted: %s", body)
		}
		if err != nil && strings.Contains(err.Error(), planted) {
			t.Errorf("the error repeats a secret: %v", err)
		}
	})
}
