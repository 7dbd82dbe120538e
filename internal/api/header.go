package api

import (
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// The header fields that are sent or read, in the canonical form that lets them
// be put into an http.Header directly.
const (
	headerAuthorization = "Authorization"
	headerContentType   = "Content-Type"
	headerLanguage      = "X-Language"
	headerProjectID     = "X-Project-Id"
	headerRequestID     = "X-Request-Id"
	headerRetryAfter    = "Retry-After"
	headerSdkDate       = "X-Sdk-Date"
	headerSecurityToken = "X-Security-Token"
	headerSubjectToken  = "X-Subject-Token"
	headerToken         = "X-Auth-Token"
	headerTraceID       = "X-Iam-Trace-Id"
	headerUserAgent     = "User-Agent"
)

// maxWait caps every wait that a server asks for. It is far beyond any use; it
// only keeps arithmetic on durations from overflowing.
const maxWait = 365 * 24 * time.Hour

// retryAfter returns the wait that h asks for (RFC 9110, section 10.2.3):
// seconds, or a date that is read against the server's own clock when it sent a
// Date. A past date, a negative number and garbage are no wait at all.
func retryAfter(h http.Header, now time.Time) time.Duration {
	value := strings.TrimSpace(h.Get(headerRetryAfter))
	if value == "" {
		return 0
	}
	seconds, err := strconv.ParseInt(value, 10, 64)
	if err == nil || errors.Is(err, strconv.ErrRange) {
		return span(seconds, time.Second)
	}
	date, err := http.ParseTime(value)
	if err != nil {
		return 0
	}
	if sent, err := http.ParseTime(h.Get("Date")); err == nil {
		now = sent
	}
	return min(max(date.Sub(now), 0), maxWait)
}

// span returns n units, but no less than nothing and no more than maxWait.
func span(n int64, unit time.Duration) time.Duration {
	if n > int64(maxWait/unit) {
		return maxWait
	}
	return max(time.Duration(n), 0) * unit
}

// requestID returns the name that the service, or IAM, gave the request: at most
// 128 bytes of it, and nothing of one that could break a log line or that repeats
// one of the secrets.
func requestID(h http.Header, secrets []string) string {
	id := h.Get(headerRequestID)
	if id == "" {
		id = h.Get(headerTraceID)
	}
	if !isToken(id) || hide(id, secrets) != id {
		return ""
	}
	return cut(id, 128)
}

// isToken reports whether text is visible ASCII without white space, and so can
// be put into a header field as it is.
func isToken(text string) bool {
	for i := range len(text) {
		if text[i] <= ' ' || text[i] > '~' {
			return false
		}
	}
	return true
}
