package secret

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

// Mask stands where a secret stood.
const Mask = "***"

// maxMessage is how many bytes of a service's text are kept.
const maxMessage = 300

// secretLike matches what has the form of a secret: an access key (20 upper-case
// letters and digits; gateways echo it in their messages), and any run of 40 or
// more letters of a token's alphabet (tokens, secret keys, signatures). Task,
// project and request IDs are shorter.
var secretLike = regexp.MustCompile(`\b[A-Z0-9]{20,}\b|[A-Za-z0-9+=_-]{40,}`)

// Clean makes a foreign text fit for a log line: the given secrets, and what
// looks like one, are masked; control characters become spaces; the rest is cut
// to 300 bytes. Masking comes first, so that no cut secret escapes it.
func Clean(text string, secrets []string) string {
	return OneLine(redact(text, secrets))
}

// OneLine makes a foreign text fit for a log line, as Clean does, but masks nothing.
func OneLine(text string) string {
	text = strings.Map(printable, strings.ToValidUTF8(text, "\uFFFD"))
	return cut(strings.TrimSpace(text), maxMessage)
}

// redact masks the given secrets in text, in every form they are likely to be
// repeated in, and what looks like one.
func redact(text string, secrets []string) string {
	text = Hide(text, secrets)
	for _, secret := range secrets {
		if len(secret) <= len(text) { // no form is shorter than the secret, and a token is mostly longer than the text
			text = Hide(text, forms(secret))
		}
	}
	return secretLike.ReplaceAllString(text, Mask)
}

// minSecret is how many bytes a secret has that is masked wherever it stands. A
// shorter one is a word or a part of many, and is masked where secrets stand
// alone: anything else would garble the text and hide nothing.
const minSecret = 4

// Hide masks the given secrets in text, as they are.
func Hide(text string, secrets []string) string {
	for _, secret := range secrets {
		switch {
		case len(secret) >= minSecret:
			text = strings.ReplaceAll(text, secret, Mask)
		case secret != "":
			text = hideShort(text, secret)
		}
	}
	return text
}

// hideShort masks a short secret in quotes, after the name of a secret, and in the
// place of a URL that passwords have.
func hideShort(text, secret string) string {
	exact := regexp.QuoteMeta(secret)
	places := regexp.MustCompile(`(")` + exact + `(")|(')` + exact + `(')|(:)` + exact + `(@)|` +
		`((?i:passw(?:or)?d|pwd|secret|token|key)["']?\s*[=:]\s*["']?)` + exact + `([^\pL\pN]|$)`)
	return places.ReplaceAllString(text, "${1}${3}${5}${7}"+Mask+"${2}${4}${6}${8}")
}

// forms lists how an echo may write a secret, beside as it is: inside a JSON
// text, a Go error, a URL or a page, and encoded as programs like to. A short
// secret has none: what it is encoded as may be any word or number.
func forms(secret string) []string {
	if len(secret) < minSecret {
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

// Scrub returns err, or an error without its chain when its text had to be
// redacted: a server that does not speak HTTP may well echo what it was sent.
func Scrub(err error, secrets []string) error {
	text := err.Error()
	if safe := redact(text, secrets); safe != text {
		return errors.New(safe)
	}
	return err
}

// InHeader lists the secrets that a request carries in its header.
func InHeader(h http.Header) []string {
	authorization := h.Get("Authorization")
	_, access, _ := strings.Cut(authorization, "Access=")
	access, _, _ = strings.Cut(access, ",")
	_, signature, _ := strings.Cut(authorization, "Signature=")
	return []string{h.Get("X-Auth-Token"), h.Get("X-Security-Token"), access, signature}
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

// FitsHeader reports whether text is visible ASCII without white space, and so can
// be put into a header field as it is.
func FitsHeader(text string) bool {
	for i := range len(text) {
		if text[i] <= ' ' || text[i] > '~' {
			return false
		}
	}
	return true
}
