package secret

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"cleaner/internal/rig/peertest"
)

func TestClean(t *testing.T) {
	secrets := []string{peertest.Password, "", "short"}
	for _, row := range []struct{ name, text, want string }{
		{"plain", "task is running", "task is running"},
		{"Chinese", "任务不存在", "任务不存在"},
		{"access key", "ak AKEXAMPLE00000000000 not exist", "ak *** not exist"},
		{"token", "bad " + strings.Repeat("MIIx-_+9=", 20), "bad ***"},
		{"given secret", "password " + peertest.Password + " is wrong", "password *** is wrong"},
		{"short given secret", "is short.", "is ***."},
		{"task ID stays", "task " + peertest.TaskID, "task " + peertest.TaskID},
		{"UUID stays", "01234567-89ab-cdef-0123-456789abcdef", "01234567-89ab-cdef-0123-456789abcdef"},
		{"control characters", "a\r\nb\x1b[31mc\u2028d", "a  b [31mc d"},
		{"not UTF-8", "a\xff", "a\uFFFD"},
		{"cut at a rune", strings.Repeat("ab ", 99) + "abé", strings.Repeat("ab ", 99) + "ab"},
		{"cut after masking", strings.Repeat("a", 290) + " " + strings.Repeat("a ", 3) + peertest.Password, "*** a a a ***"},
	} {
		t.Run(row.name, func(t *testing.T) {
			if got := Clean(row.text, secrets); got != row.want {
				t.Errorf("Clean(%q) = %q, want %q", row.text, got, row.want)
			}
		})
	}
}

// A short secret is masked where secrets stand alone, and garbles no other text.
func TestShortSecrets(t *testing.T) {
	for _, row := range []struct{ name, secret, text, want string }{
		{"a letter in a sentence", "a", "a task may have a name", "a task may have a name"},
		{"a letter in words", "e", "the request was refused", "the request was refused"},
		{"a digit in a window", "1", "limit:100,time:1 minute", "limit:100,time:1 minute"},
		{"three letters in a sentence", "the", "the user is at the door", "the user is at the door"},
		{"in double quotes", "a", `password "a" is wrong`, `password "***" is wrong`},
		{"in single quotes", "abc", "no user 'abc' here", "no user '***' here"},
		{"in JSON", "1", `{"password":"1","limit":1}`, `{"password":"***","limit":1}`},
		{"after a name", "a", "password=a, but a task", "password=***, but a task"},
		{"after a name at the end", "a", "secret: a", "secret: ***"},
		{"after a name, a part of a word", "a", "token: about", "token: about"},
		{"in a URL", "a", "http://user:a@proxy.example:3128", "http://user:***@proxy.example:3128"},
		{"of signs", ".*", `password ".*" matches .* all`, `password "***" matches .* all`},
		{"of the name itself", "key", "key=key", "key=***"},
		{"four bytes, wherever", "abcd", "xabcdx abcd", "x***x ***"},
		{"four bytes, encoded", "ab+d", "ab%2Bd", "***"},
	} {
		t.Run(row.name, func(t *testing.T) {
			if got := Clean(row.text, []string{row.secret}); got != row.want {
				t.Errorf("Clean(%q) = %q, want %q", row.text, got, row.want)
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
		if got := strings.TrimRight(Clean("echo: "+form, []string{secret}), `="`); strings.Trim(got, "* ") != "echo:" {
			t.Errorf("%s: Clean(%q) = %q", name, form, got)
		}
	}
	if forms("") != nil {
		t.Error("no secret has forms, and all text would be masked")
	}
}

func TestScrub(t *testing.T) {
	safe := errors.New("connection peertest.Reset")
	if got := Scrub(safe, []string{peertest.Token}); got != safe { //nolint:errorlint // the same, not an equal
		t.Errorf("scrub changed %v to %v", safe, got)
	}
	got := Scrub(errors.New("malformed response "+peertest.Token), []string{peertest.Token})
	if got.Error() != "malformed response ***" {
		t.Errorf("scrub left %v", got)
	}
}

func TestInHeader(t *testing.T) {
	h := http.Header{}
	h.Set("X-Auth-Token", "t")
	h.Set("X-Security-Token", "s")
	h.Set("Authorization", "SDK-HMAC-SHA256 Access=a, SignedHeaders=host, Signature=b")
	if got := strings.Join(InHeader(h), " "); got != "t s a b" {
		t.Errorf("InHeader = %q", got)
	}
}
