package httpanswer

import (
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"cleaner/internal/answer"
)

// maxWait caps every wait that a server asks for. It is far beyond any use; it
// only keeps arithmetic on durations from overflowing.
const maxWait = 365 * 24 * time.Hour

// The header fields that tell how long to wait, in canonical form. The second
// group counts milliseconds; the third comes with answers that are no throttles
// as well.
const (
	headerRetryAfter   = "Retry-After"
	headerRetryAfterMS = "Retry-After-Ms"
	headerMSRetryAfter = "X-Ms-Retry-After-Ms"
)

// quota is header fields that tell when a quota is renewed, how much of it is left, and
// how large it is.
type quota struct{ reset, remaining, limit string }

// quotas lists the pairs in use, in canonical form.
func quotas() []quota {
	return []quota{
		{"Ratelimit-Reset", "Ratelimit-Remaining", "Ratelimit-Limit"},
		{"X-Ratelimit-Reset", "X-Ratelimit-Remaining", "X-Ratelimit-Limit"},
		{"X-Rate-Limit-Reset", "X-Rate-Limit-Remaining", "X-Rate-Limit-Limit"},
	}
}

// dateOf is the server's clock when it answered; zero when it did not say.
func dateOf(h http.Header) time.Time {
	date, err := http.ParseTime(h.Get("Date"))
	if err != nil {
		return time.Time{}
	}
	return date
}

// saysWait reports whether a header has a field that asks to wait, or tells of a quota.
// Few have one.
func saysWait(h http.Header) bool {
	for _, name := range []string{
		headerRetryAfter, headerRetryAfterMS, headerMSRetryAfter,
		"Ratelimit-Reset", "X-Ratelimit-Reset", "X-Rate-Limit-Reset",
	} {
		if _, ok := h[name]; ok {
			return true
		}
	}
	return false
}

// waitOf returns the wait that an answer's header asks for: by Retry-After if that
// can be read, else by a field that counts milliseconds, else by the renewal of a
// quota. A moment is read against the server's own clock when it sent a Date,
// because clocks differ. What has passed is no wait.
func waitOf(h http.Header, status int, now time.Time) time.Duration {
	if date := dateOf(h); !date.IsZero() {
		now = date
	}
	if wait, ok := readWait(h.Get(headerRetryAfter), now, time.Second); ok {
		return wait
	}
	for _, name := range []string{headerRetryAfterMS, headerMSRetryAfter} {
		if wait, ok := readWait(h.Get(name), now, time.Millisecond); ok {
			return wait
		}
	}
	for _, q := range quotas() {
		if !q.usedUp(h, status) {
			continue
		}
		if wait, ok := readWait(h.Get(q.reset), now, time.Second); ok {
			return wait
		}
	}
	return 0
}

// usedUp reports whether the answer is a throttle by its status or by what is left
// of the quota. Many servers mention a quota in every answer: a 503 is a throttle
// by it only if it does not say that something is left.
func (q quota) usedUp(h http.Header, status int) bool {
	left := strings.TrimSpace(h.Get(q.remaining))
	return left == "0" || status == http.StatusTooManyRequests ||
		status == http.StatusServiceUnavailable && left == ""
}

// quotaOf returns what an answer's header says of the calls that are left; zero when it
// does not say all of it.
func quotaOf(h http.Header, now time.Time) answer.Quota {
	if date := dateOf(h); !date.IsZero() {
		now = date
	}
	for _, q := range quotas() {
		limit, bad := strconv.Atoi(strings.TrimSpace(first(h.Get(q.limit))))
		left, worse := strconv.Atoi(strings.TrimSpace(h.Get(q.remaining)))
		reset, ok := readWait(h.Get(q.reset), now, time.Second)
		if bad == nil && worse == nil && ok && limit > 0 && left >= 0 && reset > 0 {
			return answer.Quota{Limit: limit, Left: left, Reset: reset}
		}
	}
	return answer.Quota{}
}

// first is the first of the limits that a field may list: "100, 100;w=60".
func first(limits string) string {
	limit, _, _ := strings.Cut(limits, ",")
	limit, _, _ = strings.Cut(limit, ";")
	return limit
}

// number matches a count, which may have a fraction.
var number = regexp.MustCompile(`^([0-9]+)(?:\.([0-9]+))?$`)

// readWait reads a wait in any form in use (RFC 9110, section 10.2.3, and what
// servers send beside it): a count of units, whole or not, a date, or a Unix time
// in seconds or milliseconds, which has 9, 10 or 13 digits: as a count it would be
// years. It reports whether text has one of these forms; the wait is never negative
// and never above maxWait.
func readWait(text string, now time.Time, unit time.Duration) (wait time.Duration, ok bool) {
	text = strings.TrimSpace(text)
	if text == "" {
		return 0, false
	}
	m := number.FindStringSubmatch(text)
	if m == nil {
		date, ok := readDate(text)
		return bounded(date.Sub(now)), ok
	}
	n, _ := strconv.ParseInt(m[1], 10, 64) // out of range is the largest number
	switch len(m[1]) {
	case 9, 10:
		return bounded(time.Unix(n, 0).Sub(now)), true
	case 13:
		return bounded(time.UnixMilli(n).Sub(now)), true
	default:
		fraction, _ := strconv.ParseFloat("0."+m[2]+"0", 64)
		return bounded(span(n, unit) + time.Duration(fraction*float64(unit))), true
	}
}

// readDate reads a date in one of the forms of HTTP, or in one of the two that are
// sent in their place.
func readDate(text string) (time.Time, bool) {
	if date, err := http.ParseTime(text); err == nil {
		return date, true
	}
	for _, layout := range []string{time.RFC1123Z, time.RFC3339} {
		if date, err := time.Parse(layout, text); err == nil {
			return date, true
		}
	}
	return time.Time{}, false
}

// bounded returns wait, but no less than nothing and no more than maxWait.
func bounded(wait time.Duration) time.Duration { return min(max(wait, 0), maxWait) }

// span returns n units, but no less than nothing and no more than maxWait.
func span(n int64, unit time.Duration) time.Duration {
	if n > int64(maxWait/unit) {
		return maxWait
	}
	return max(time.Duration(n), 0) * unit
}

// windowed matches the gateway's text for error 0308, as in "policy user over
// ratelimit,limit:100,time:1 minute".
var windowed = regexp.MustCompile(`(?i)limit:\s*(\d+)\s*,\s*time:\s*(\d+)\s*(second|minute|hour|day)s?\b`)

// window returns the throttle window that message names and how many calls it may hold;
// zero when it names none.
func window(message string) (length time.Duration, limit int) {
	m := windowed.FindStringSubmatch(message)
	if m == nil {
		return 0, 0
	}
	units := map[string]time.Duration{
		"second": time.Second, "minute": time.Minute, "hour": time.Hour, "day": 24 * time.Hour,
	}
	limit, _ = strconv.Atoi(m[1])
	n, _ := strconv.ParseInt(m[2], 10, 64) // out of range is the largest number
	return span(n, units[strings.ToLower(m[3])]), limit
}

// throttles matches the words that services have for throttling, in sentences and
// in names: "Too many requests", RATE_LIMIT_EXCEEDED, userRateLimitExceeded,
// Throttling.User. The Chinese ones are "(too) frequent", "flow control" and "flow
// limit".
var throttles = regexp.MustCompile(`(?i:throttl|(?:^|[^a-z]|over)rate[ _-]?(?:limit|exceed)|too[ _-]?many[ _-]?(?:requests|calls)|` +
	`too[ _-]?frequent|flow[ _-]?control)|[a-z]Rate[ _-]?Limit|频繁|流控|限流`)

// saysThrottled reports whether one of the texts mentions throttling.
func saysThrottled(texts ...string) bool {
	return slices.ContainsFunc(texts, throttles.MatchString)
}
