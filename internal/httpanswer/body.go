package httpanswer

import (
	"bytes"
	"encoding/json"
	"mime"
	"regexp"
	"slices"
	"strings"
	"time"

	"cleaner/internal/answer"
	"cleaner/internal/connpool"
	"cleaner/internal/secret"
)

// Read says what r means. The secrets, which are those of the request, are masked in
// all that is text.
func Read(r connpool.Reply, secrets []string) answer.Answer {
	f := finding{body: answer.BodyTooBig}
	if coding := compression(r.Body, r.Header.Get(headerContentEncoding)); coding != "" {
		f = finding{body: answer.BodyCompressed, message: "the body is compressed (" + coding + "), which was not allowed: something on the way did it"}
	} else if !r.TooBig {
		f = judge(r.Body, r.Header.Get(headerContentType))
	}
	a := answer.Answer{
		Status:    r.Status,
		Codes:     f.codes,
		Body:      f.body,
		Throttled: f.throttled,
		Running:   f.running,
		RequestID: RequestID(r.Header, secrets),
	}
	if saysWait(r.Header) {
		now := time.Now()
		a.RetryAfter, a.Quota = waitOf(r.Header, r.Status, now), quotaOf(r.Header, now)
	}
	for i, code := range a.Codes {
		a.Codes[i] = hideCode(code, secrets)
	}
	if f.message != "" {
		a.Window, a.Limit = window(f.message)
		a.Message = secret.Clean(f.message, secrets)
	}
	return a
}

// finding is what a body says. The message is as sent: neither cut nor clean.
type finding struct {
	body      answer.Body
	codes     []string
	message   string
	throttled bool
	running   bool
}

// compression names how a body is compressed, by its header or by how it begins;
// "" when it is not. No bytes are not compressed, whatever the header says.
func compression(body []byte, encoding string) string {
	encoding = strings.ToLower(strings.TrimSpace(encoding))
	switch {
	case len(body) > 0 && encoding != "" && encoding != "identity":
		return encoding
	case bytes.HasPrefix(body, []byte{0x1f, 0x8b}):
		return "gzip"
	case bytes.HasPrefix(body, []byte{0x28, 0xb5, 0x2f, 0xfd}):
		return "zstd"
	default:
		return ""
	}
}

// judge finds out what kind of body this is, from its bytes first and its
// content type last. The kinds that stand for success are given to the
// documented forms alone; whatever reports an error anywhere is none of them.
func judge(body []byte, contentType string) finding {
	// A byte order mark is no part of the text, and JSON knows four white spaces.
	text := bytes.Trim(bytes.TrimPrefix(body, []byte("\uFEFF")), " \t\r\n")
	switch {
	case string(text) == "null":
		return finding{body: answer.BodyNull}
	case isPage(text, contentType):
		return finding{body: answer.BodyHTML, message: string(text), throttled: saysThrottled(headings(text)...)}
	case len(text) == 0:
		return finding{body: answer.BodyEmpty}
	case !json.Valid(text):
		return finding{body: answer.BodyText, message: string(text), throttled: saysThrottled(string(text))}
	default:
		return judgeJSON(text)
	}
}

// judgeJSON judges a valid JSON document that is not null.
func judgeJSON(text []byte) finding {
	s := scanJSON(text)
	f := finding{codes: s.sortedCodes(), message: s.message, throttled: s.throttled()}
	switch {
	case len(f.codes) > 0:
		f.body = answer.BodyCoded
		f.codes = withInner(f.codes, f.message)
	case s.failed:
		f.body = answer.BodyFailed
	case s.isSuccess():
		return finding{body: answer.BodySuccess, message: s.message}
	case s.task:
		return finding{body: answer.BodyTask, message: s.message, running: s.running}
	default:
		f.body = answer.BodyJSON
	}
	if f.message == "" {
		f.message = string(text)
	}
	return f
}

// heading matches what a page says first. Its scripts may hold any words.
var heading = regexp.MustCompile(`(?is)<(?:title|h1)\b[^>]*>(.{1,200}?)</`)

// headings are the title and the headings of a page.
func headings(page []byte) []string {
	var all []string
	for _, m := range heading.FindAllSubmatch(page, maxWords) {
		all = append(all, string(m[1]))
	}
	return all
}

// pageMarks are what a page begins with, sooner or later.
var pageMarks = regexp.MustCompile(`(?i)<(!doctype|html|head|body|title|meta|script)\b`)

// isPage reports whether text is meant for a browser, by its beginning or by its
// content type. A page is one even when it is empty: the service sends JSON, so
// something else has answered in its place.
func isPage(text []byte, contentType string) bool {
	if bytes.HasPrefix(text, []byte("<")) && pageMarks.Match(text[:min(len(text), 1024)]) {
		return true
	}
	media, _, _ := mime.ParseMediaType(contentType)
	return (media == "text/html" || media == "application/xhtml+xml") && !json.Valid(text)
}

const (
	// wrapperCode is the service's error for all that its inner services do; the
	// real code is in its text (API Reference, Error Codes).
	wrapperCode = "CC.00050006"
	// maxCodes and maxCode bound the codes of an answer and the bytes of each.
	maxCodes, maxCode = 8, 64
)

// innerCode matches a code inside a text: CC.00101085.500, APIGW.0308.
var innerCode = regexp.MustCompile(`\b[A-Z][A-Za-z]{1,31}\.[0-9]{4,8}(\.[0-9]{3})?\b`)

// withInner returns codes with those that a wrapper's text names behind it.
func withInner(codes []string, message string) []string {
	at := slices.IndexFunc(codes, func(c string) bool { return strings.HasPrefix(c, wrapperCode) })
	if at < 0 {
		return codes
	}
	all := slices.Clone(codes[:at+1])
	for _, c := range slices.Concat(innerCode.FindAllString(message, maxCodes), codes[at+1:]) {
		if !slices.Contains(all, c) && len(all) < maxCodes {
			all = append(all, c)
		}
	}
	return all
}

// minCoded is how many bytes a secret has that is masked inside an error code of a
// service's form. A code decides what an answer means, and is not to be lost to a
// short password of digits.
const minCoded = 8

// hideCode masks the given secrets in an error code.
func hideCode(code string, secrets []string) string {
	if innerCode.FindString(code) != code {
		return secret.Hide(code, secrets)
	}
	for _, s := range secrets {
		if len(s) >= minCoded {
			code = strings.ReplaceAll(code, s, secret.Mask)
		}
	}
	return code
}
