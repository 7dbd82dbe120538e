package api

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	date := func(d time.Duration) string { return now.Add(d).Format(http.TimeFormat) }
	for _, row := range []struct {
		name, value, date string
		want              time.Duration
	}{
		{"none", "", "", 0},
		{"seconds", "120", "", 2 * time.Minute},
		{"seconds in white space", " 5 ", "", 5 * time.Second},
		{"zero", "0", "", 0},
		{"negative", "-5", "", 0},
		{"absurd", "999999999999", "", maxWait},
		{"beyond numbers", strings.Repeat("9", 40), "", maxWait},
		{"beyond numbers, negative", "-" + strings.Repeat("9", 40), "", 0},
		{"date", date(time.Minute), "", time.Minute},
		{"past date", date(-time.Minute), "", 0},
		{"absurd date", "Fri, 31 Dec 9999 23:59:59 GMT", "", maxWait},
		// The server's clock is an hour ahead of ours, and means a minute by it.
		{"date by the server's clock", date(time.Hour + time.Minute), date(time.Hour), time.Minute},
		{"date with a broken clock", date(time.Minute), "yesterday", time.Minute},
		{"fraction", "1.5", "", 0},
		{"words", "soon", "", 0},
	} {
		t.Run(row.name, func(t *testing.T) {
			h := http.Header{}
			h.Set("Retry-After", row.value)
			h.Set("Date", row.date)
			if got := retryAfter(h, now); got != row.want {
				t.Errorf("retryAfter(%q) = %v, want %v", row.value, got, row.want)
			}
		})
	}
}

func FuzzRetryAfter(f *testing.F) {
	f.Add("120", "")
	f.Add("Fri, 31 Dec 1999 23:59:59 GMT", "Fri, 31 Dec 9999 23:59:59 GMT")
	f.Fuzz(func(t *testing.T, value, date string) {
		h := http.Header{"Retry-After": {value}, "Date": {date}}
		if got := retryAfter(h, time.Now()); got < 0 || got > maxWait {
			t.Fatalf("retryAfter(%q) = %v", value, got)
		}
	})
}

func TestRequestID(t *testing.T) {
	for _, row := range []struct {
		name string
		h    http.Header
		want string
	}{
		{"none", http.Header{}, ""},
		{"service", http.Header{"X-Request-Id": {"abc-1"}}, "abc-1"},
		{"IAM", http.Header{"X-Iam-Trace-Id": {"token_1"}}, "token_1"},
		{"too long", http.Header{"X-Request-Id": {strings.Repeat("a", 200)}}, strings.Repeat("a", 128)},
		{"a secret", http.Header{"X-Request-Id": {"ak-" + plantedID}}, ""},
		{"a secret that would be cut", http.Header{"X-Request-Id": {strings.Repeat("a", 120) + plantedID}}, ""},
		{"unprintable", http.Header{"X-Request-Id": {"a\x1b[2J"}}, ""},
	} {
		if got := requestID(row.h, []string{plantedID}); got != row.want {
			t.Errorf("%s: requestID = %q, want %q", row.name, got, row.want)
		}
	}
}
