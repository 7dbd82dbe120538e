package api

import (
	"bytes"
	"encoding/json"
	"mime"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// answer says what r means in words of this package. What is hidden, which are
// the secrets of the request, is masked in all that is text.
func (r reply) answer(hidden []string) Answer {
	f := finding{body: BodyTooBig}
	if !r.tooBig {
		f = judge(r.body, r.header.Get(headerContentType))
	}
	a := Answer{
		Status:     r.status,
		Codes:      f.codes,
		Body:       f.body,
		RetryAfter: retryAfter(r.header, time.Now()),
		RequestID:  requestID(r.header, hidden),
	}
	for i, code := range a.Codes {
		a.Codes[i] = hide(code, hidden)
	}
	if f.message != "" {
		a.Window = window(f.message)
		a.Message = clean(f.message, hidden)
	}
	return a
}

// finding is what a body says. The message is as sent: neither cut nor clean.
type finding struct {
	body    Body
	codes   []string
	message string
}

// judge finds out what kind of body this is, from its bytes first and its
// content type last. The kinds that stand for success are given to the
// documented forms alone; whatever tells of an error anywhere is none of them.
func judge(body []byte, contentType string) finding {
	// A byte order mark is no part of the text, and JSON knows four white spaces.
	text := bytes.Trim(bytes.TrimPrefix(body, []byte("\uFEFF")), " \t\r\n")
	switch {
	case string(text) == "null":
		return finding{body: BodyNull}
	case isPage(text, contentType):
		return finding{body: BodyHTML, message: string(text)}
	case len(text) == 0:
		return finding{body: BodyEmpty}
	case !json.Valid(text):
		return finding{body: BodyText, message: string(text)}
	default:
		return judgeJSON(text)
	}
}

// judgeJSON judges a valid JSON document that is not null.
func judgeJSON(text []byte) finding {
	s := scanJSON(text)
	f := finding{codes: s.sortedCodes(), message: s.message}
	switch {
	case len(f.codes) > 0:
		f.body = BodyCoded
		f.codes = withInner(f.codes, f.message)
	case s.failed:
		f.body = BodyFailed
	case s.isSuccess():
		f.body = BodySuccess
		return f
	case s.task:
		f.body = BodyTask
		return f
	default:
		f.body = BodyJSON
	}
	if f.message == "" {
		f.message = string(text)
	}
	return f
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

// throttle matches the gateway's text for error 0308, as in "policy user over
// ratelimit,limit:100,time:1 minute".
var throttle = regexp.MustCompile(`(?i)limit:\s*\d+\s*,\s*time:\s*(\d+)\s*(second|minute|hour|day)s?\b`)

// window returns the length of the throttle window that message names, 0 when it
// names none.
func window(message string) time.Duration {
	m := throttle.FindStringSubmatch(message)
	if m == nil {
		return 0
	}
	units := map[string]time.Duration{
		"second": time.Second, "minute": time.Minute, "hour": time.Hour, "day": 24 * time.Hour,
	}
	n, _ := strconv.ParseInt(m[1], 10, 64) // out of range is the largest number
	return span(n, units[strings.ToLower(m[2])])
}
