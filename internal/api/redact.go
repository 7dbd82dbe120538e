package api

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// mask stands where a secret stood.
const mask = "***"

// maxMessage is how many bytes of a service's text are kept.
const maxMessage = 300

// secretLike matches what has the form of a secret: an access key (20 upper-case
// letters and digits; gateways echo it in their messages), and any run of 40 or
// more letters of a token's alphabet (tokens, secret keys, signatures). Task,
// project and request IDs are shorter.
var secretLike = regexp.MustCompile(`\b[A-Z0-9]{20,}\b|[A-Za-z0-9+=_-]{40,}`)

// clean makes a foreign text fit for a log line: the given secrets, and what
// looks like one, are masked; control characters become spaces; the rest is cut
// to 300 bytes. Masking comes first, so that no cut secret escapes it.
func clean(text string, secrets []string) string {
	text = redact(text, secrets)
	text = strings.Map(printable, strings.ToValidUTF8(text, "\uFFFD"))
	return cut(strings.TrimSpace(text), maxMessage)
}

// redact masks the given secrets in text, in every form they are likely to be
// repeated in, and what looks like one.
func redact(text string, secrets []string) string {
	text = hide(text, secrets)
	for _, secret := range secrets {
		text = hide(text, forms(secret))
	}
	return secretLike.ReplaceAllString(text, mask)
}

// hide masks the given secrets in text, as they are.
func hide(text string, secrets []string) string {
	for _, secret := range secrets {
		if secret != "" {
			text = strings.ReplaceAll(text, secret, mask)
		}
	}
	return text
}

// forms lists how an echo may write a secret, beside as it is: inside a JSON
// text, a Go error, a URL or a page, and encoded as programs like to.
func forms(secret string) []string {
	if secret == "" {
		return nil
	}
	raw := []byte(secret)
	asJSON, _ := json.Marshal(secret) // a string cannot fail
	return []string{
		inner(string(asJSON)), inner(plainJSON(secret)), inner(strconv.Quote(secret)), inner(strconv.QuoteToASCII(secret)),
		url.QueryEscape(secret), url.PathEscape(secret), html.EscapeString(secret),
		strings.TrimRight(base64.StdEncoding.EncodeToString(raw), "="), strings.TrimRight(base64.URLEncoding.EncodeToString(raw), "="),
		hex.EncodeToString(raw), strings.ToUpper(hex.EncodeToString(raw)),
	}
}

// plainJSON is secret as most encoders of JSON write it: Go's alone escapes what
// a page would take for its own.
func plainJSON(secret string) string {
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(secret) // a string cannot fail
	return strings.TrimSuffix(b.String(), "\n")
}

// inner is a quoted text without its quotes.
func inner(quoted string) string { return quoted[1 : len(quoted)-1] }

// scrub returns err, or an error without its chain when its text had to be
// redacted: a server that does not speak HTTP may well echo what it was sent.
func scrub(err error, secrets []string) error {
	text := err.Error()
	if safe := redact(text, secrets); safe != text {
		return errors.New(safe)
	}
	return err
}

// secretsIn lists the secrets that a request carries in its header.
func secretsIn(h http.Header) []string {
	authorization := h.Get(headerAuthorization)
	_, access, _ := strings.Cut(authorization, "Access=")
	access, _, _ = strings.Cut(access, ",")
	_, signature, _ := strings.Cut(authorization, "Signature=")
	return []string{h.Get(headerToken), h.Get(headerSecurityToken), access, signature}
}

// printable maps what could break or forge a log line to a space.
func printable(r rune) rune {
	if unicode.IsPrint(r) {
		return r
	}
	return ' '
}

// cut shortens text to at most n bytes, at the start of a rune.
func cut(text string, n int) string {
	if len(text) <= n {
		return text
	}
	for n > 0 && !utf8.RuneStart(text[n]) {
		n--
	}
	return text[:n]
}
