package api

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

func TestClean(t *testing.T) {
	secrets := []string{plantedPassword, "", "short"}
	for _, row := range []struct{ name, text, want string }{
		{"plain", "task is running", "task is running"},
		{"Chinese", "任务不存在", "任务不存在"},
		{"access key", "ak AKEXAMPLE00000000000 not exist", "ak *** not exist"},
		{"token", "bad " + strings.Repeat("MIIx-_+9=", 20), "bad ***"},
		{"given secret", "password " + plantedPassword + " is wrong", "password *** is wrong"},
		{"short given secret", "is short.", "is ***."},
		{"task ID stays", "task " + taskID, "task " + taskID},
		{"UUID stays", "01234567-89ab-cdef-0123-456789abcdef", "01234567-89ab-cdef-0123-456789abcdef"},
		{"control characters", "a\r\nb\x1b[31mc\u2028d", "a  b [31mc d"},
		{"not UTF-8", "a\xff", "a\uFFFD"},
		{"cut at a rune", strings.Repeat("ab ", 99) + "abé", strings.Repeat("ab ", 99) + "ab"},
		{"cut after masking", strings.Repeat("a", 290) + " " + strings.Repeat("a ", 3) + plantedPassword, "*** a a a ***"},
	} {
		t.Run(row.name, func(t *testing.T) {
			if got := clean(row.text, secrets); got != row.want {
				t.Errorf("clean(%q) = %q, want %q", row.text, got, row.want)
			}
		})
	}
}

// Whatever form an echo gives a secret, it is masked.
func TestCleanMasksEveryForm(t *testing.T) {
	const secret = "q\"<&\\/ü +1"
	for name, form := range map[string]string{
		"as it is": secret, "JSON of Go": `q\"\u003c\u0026\\/ü +1`, "JSON of others": `q\"<&\\/ü +1`,
		"quoted by Go": fmt.Sprintf("%+q", secret)[1:], "query": url.QueryEscape(secret), "path": url.PathEscape(secret),
		"page": "q&#34;&lt;&amp;\\/ü +1", "base64": base64.StdEncoding.EncodeToString([]byte(secret)),
		"base64 of URLs": base64.RawURLEncoding.EncodeToString([]byte(secret)), "hexadecimal": fmt.Sprintf("%x %X", secret, secret),
	} {
		if got := strings.TrimRight(clean("echo: "+form, []string{secret}), `="`); strings.Trim(got, "* ") != "echo:" {
			t.Errorf("%s: clean(%q) = %q", name, form, got)
		}
	}
	if forms("") != nil {
		t.Error("no secret has forms, and all text would be masked")
	}
}

func TestScrub(t *testing.T) {
	safe := errors.New("connection reset")
	if got := scrub(safe, []string{plantedToken}); got != safe { //nolint:errorlint // the same, not an equal
		t.Errorf("scrub changed %v to %v", safe, got)
	}
	got := scrub(errors.New("malformed response "+plantedToken), []string{plantedToken})
	if got.Error() != "malformed response ***" {
		t.Errorf("scrub left %v", got)
	}
}

func TestSecretsIn(t *testing.T) {
	h := http.Header{}
	h.Set("X-Auth-Token", "t")
	h.Set("X-Security-Token", "s")
	h.Set("Authorization", "SDK-HMAC-SHA256 Access=a, SignedHeaders=host, Signature=b")
	if got := strings.Join(secretsIn(h), " "); got != "t s a b" {
		t.Errorf("secretsIn = %q", got)
	}
}
