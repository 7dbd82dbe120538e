package httpanswer

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"cleaner/internal/answer"
	"cleaner/internal/connpool"
)

func TestReadWait(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	date := func(d time.Duration) string { return now.Add(d).Format(http.TimeFormat) }
	for _, row := range []struct {
		name, value string
		want        time.Duration
		ok          bool
	}{
		{"none", "", 0, false},
		{"seconds", "120", 2 * time.Minute, true},
		{"seconds in white space", " 5 ", 5 * time.Second, true},
		{"zero", "0", 0, true},
		{"negative", "-5", 0, false},
		{"absurd", "999999999999", maxWait, true},
		{"beyond numbers", strings.Repeat("9", 40), maxWait, true},
		{"beyond numbers, negative", "-" + strings.Repeat("9", 40), 0, false},
		{"fraction", "1.5", 1500 * time.Millisecond, true},
		{"a long fraction", "0.0000000001", 0, true},
		{"date", date(time.Minute), time.Minute, true},
		{"date of RFC 850", now.Add(time.Minute).Format("Monday, 02-Jan-06 15:04:05 GMT"), time.Minute, true},
		{"date of C", now.Add(time.Minute).Format(time.ANSIC), time.Minute, true},
		{"date with a zone", now.Add(time.Minute).In(time.FixedZone("", 8*3600)).Format(time.RFC1123Z), time.Minute, true},
		{"date of RFC 3339", now.Add(time.Minute).Format(time.RFC3339), time.Minute, true},
		{"past date", date(-time.Minute), 0, true},
		{"absurd date", "Fri, 31 Dec 9999 23:59:59 GMT", maxWait, true},
		{"Unix time", "1767323105", time.Minute, true},
		{"Unix time with a fraction", "1767323105.25", time.Minute, true},
		{"Unix time in milliseconds", "1767323105500", time.Minute + 500*time.Millisecond, true},
		{"past Unix time", "1767323000", 0, true},
		{"eleven digits are no Unix time", "17673231050", maxWait, true},
		{"words", "soon", 0, false},
		{"a float of Go", "1e3", 0, false},
		{"infinity", "Inf", 0, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			if got, ok := readWait(row.value, now, time.Second); got != row.want || ok != row.ok {
				t.Errorf("readWait(%q) = %v, %v, want %v, %v", row.value, got, ok, row.want, row.ok)
			}
		})
	}
}

// header makes a header of pairs of names and values.
func header(pairs ...string) http.Header {
	h := http.Header{}
	for i := 0; i < len(pairs); i += 2 {
		h.Set(pairs[i], pairs[i+1])
	}
	return h
}

func TestWaitOf(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	date := func(d time.Duration) string { return now.Add(d).Format(http.TimeFormat) }
	for _, row := range []struct {
		name   string
		status int
		header http.Header
		want   time.Duration
	}{
		{"nothing", 429, header(), 0},
		{"Retry-After", 200, header("Retry-After", "7"), 7 * time.Second},
		// The server's clock is an hour ahead of ours, and means a minute by it.
		{"date by the server's clock", 429, header("Retry-After", date(time.Hour+time.Minute), "Date", date(time.Hour)), time.Minute},
		{"Unix time by the server's clock", 429, header("Retry-After", "1767326705", "Date", date(time.Hour)), time.Minute},
		{"date with a broken clock", 429, header("Retry-After", date(time.Minute), "Date", "yesterday"), time.Minute},
		{"milliseconds", 429, header("retry-after-ms", "1500"), 1500 * time.Millisecond},
		{"milliseconds of Azure", 429, header("x-ms-retry-after-ms", "250"), 250 * time.Millisecond},
		{"Retry-After comes first", 429, header("Retry-After", "2", "Retry-After-Ms", "1500", "RateLimit-Reset", "60"), 2 * time.Second},
		{"Retry-After comes first when it is none", 429, header("Retry-After", "0", "RateLimit-Reset", "60"), 0},
		{"what cannot be read is passed over", 429, header("Retry-After", "soon", "Retry-After-Ms", "-1", "RateLimit-Reset", "60"), time.Minute},

		{"reset, seconds", 429, header("RateLimit-Reset", "60"), time.Minute},
		{"reset, Unix time", 429, header("X-RateLimit-Reset", "1767323105"), time.Minute},
		{"reset, Unix time in milliseconds", 429, header("X-RateLimit-Reset", "1767323105000"), time.Minute},
		{"reset, in three words", 429, header("X-Rate-Limit-Reset", "60"), time.Minute},
		{"reset under 503", 503, header("X-RateLimit-Reset", "60"), time.Minute},
		{"reset under 503 with quota left", 503, header("X-RateLimit-Reset", "60", "X-RateLimit-Remaining", "9"), 0},
		{"reset under 403", 403, header("X-RateLimit-Reset", "60"), 0},
		{"reset under 403 with nothing left", 403, header("X-RateLimit-Reset", "60", "X-RateLimit-Remaining", "0"), time.Minute},
		{"reset under 200 with quota left", 200, header("RateLimit-Reset", "60", "RateLimit-Remaining", "1"), 0},
		{"reset under 200 with nothing left", 200, header("RateLimit-Reset", "60", "RateLimit-Remaining", "0"), time.Minute},
		{"what is left of another quota", 403, header("RateLimit-Reset", "60", "X-RateLimit-Remaining", "0"), 0},
	} {
		t.Run(row.name, func(t *testing.T) {
			if got := waitOf(row.header, row.status, now); got != row.want {
				t.Errorf("waitOf = %v, want %v", got, row.want)
			}
		})
	}
}

func FuzzRetryAfter(f *testing.F) {
	f.Add("120", "")
	f.Add("1767323105.5", "Fri, 31 Dec 1999 23:59:59 GMT")
	f.Add("Fri, 31 Dec 1999 23:59:59 GMT", "Fri, 31 Dec 9999 23:59:59 GMT")
	f.Fuzz(func(t *testing.T, value, date string) {
		for _, name := range []string{"Retry-After", "Retry-After-Ms", "Ratelimit-Reset"} {
			h := http.Header{name: {value}, "Date": {date}}
			if got := waitOf(h, 429, time.Now()); got < 0 || got > maxWait {
				t.Fatalf("waitOf(%s: %q) = %v", name, value, got)
			}
		}
	})
}

// Throttling is told in messages and names of errors, and in no other text.
func TestThrottled(t *testing.T) {
	for _, row := range []struct {
		name, body string
		want       bool
	}{
		{"gateway", `{"error_code":"APIGW.0308","error_msg":"policy user over ratelimit,limit:100,time:1 minute"}`, true},
		{"sentence", `{"error_code":"CC.00070099","error_msg":"Too many requests, try again later"}`, true},
		{"Throttling", `{"code":"Throttling.User","message":"x"}`, true},
		{"throttled", `{"status":"error","message":"Request was throttled."}`, true},
		{"RATE_LIMIT_EXCEEDED", `{"error":{"code":"RATE_LIMIT_EXCEEDED"}}`, true},
		{"camel case", `{"error":{"errors":[{"reason":"userRateLimitExceeded"}]}}`, true},
		{"TooManyRequests", `{"error":"TooManyRequests"}`, true},
		{"title", `{"error":{"code":429,"title":"Too Many Requests"}}`, true},
		{"rate exceeded", `{"message":"Rate exceeded"}`, true},
		{"API rate limit", `{"message":"API rate limit exceeded"}`, true},
		{"too frequent", `{"error_code":"DEVCB.1","error_msg":"operation is too frequent"}`, true},
		{"Chinese", `{"error_code":"CC.00070099","error_msg":"操作过于频繁，请稍后再试"}`, true},
		{"Chinese, flow control", `{"error_code":"CC.00070099","error_msg":"触发流控"}`, true},
		{"words", "Rate limit exceeded\n", true},
		{"title of a page", "<html><head><title>429 Too Many Requests</title></head></html>", true},
		{"heading of a page", "<html><body><h1 class=x>Too many requests</h1></body></html>", true},

		{"script of a page", "<html><script>m={busy:'Too many requests'}</script></html>", false},
		{"name of a task", `{"task_status":2,"title":"rate limit"}`, false},
		{"title without an error", `{"title":"rate limit","type":"throttling"}`, false},
		{"JSON as a message", `{"note":"too many requests"}`, false},
		{"another rate", `{"message":"cannot generate limits"}`, false},
		{"another error", `{"error_code":"CC.00050001","error_msg":"query task list error"}`, false},
		{"busy", `{"error_code":"CC.00050012","error_msg":"network busy, retry later"}`, false},
		{"null", "null", false},
		{"success", `{"httpStatus":"OK","result":true,"status":"success","message":"rate limit"}`, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			if got := judge([]byte(row.body), "application/json").throttled; got != row.want {
				t.Errorf("throttled = %v, want %v", got, row.want)
			}
		})
	}
}

func TestWindow(t *testing.T) {
	for _, row := range []struct {
		message string
		want    time.Duration
	}{
		{"policy user over ratelimit,limit:100,time:1 minute", time.Minute},
		{"policy ip over ratelimit,limit:5,time:5 second", 5 * time.Second},
		{"policy user over ratelimit, limit: 200, time: 5 minutes", 5 * time.Minute},
		{"over ratelimit,limit:1,time:2 Hours", 2 * time.Hour},
		{"over ratelimit,limit:1,time:1 day", 24 * time.Hour},
		{"over ratelimit,limit:1,time:99999999999999999999 day", maxWait},
		{"over ratelimit,limit:1,time:400 days", maxWait},
		{"over ratelimit,limit:1,time:0 day", 0},
		{"over ratelimit,limit:1,time:1 fortnight", 0},
		{"wait 1 minute", 0},
		{"", 0},
	} {
		if got, _ := window(row.message); got != row.want {
			t.Errorf("window(%q) = %v, want %v", row.message, got, row.want)
		}
	}
}

// TestQuota: what is left is read when all of it is said.
func TestQuota(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for _, row := range []struct {
		name   string
		header http.Header
		want   answer.Quota
	}{
		{"nothing", header(), answer.Quota{}},
		{"the draft's fields", header("RateLimit-Limit", "100", "RateLimit-Remaining", "7", "RateLimit-Reset", "30"), answer.Quota{Limit: 100, Left: 7, Reset: 30 * time.Second}},
		{"a list of limits", header("RateLimit-Limit", "100, 100;w=60", "RateLimit-Remaining", "0", "RateLimit-Reset", "30"), answer.Quota{Limit: 100, Reset: 30 * time.Second}},
		{"with X-, and a Unix time", header("X-RateLimit-Limit", "50", "X-RateLimit-Remaining", "1", "X-RateLimit-Reset", "1767323105"), answer.Quota{Limit: 50, Left: 1, Reset: time.Minute}},
		{"a part of it", header("RateLimit-Limit", "100", "RateLimit-Remaining", "7"), answer.Quota{}},
		{"nonsense", header("RateLimit-Limit", "many", "RateLimit-Remaining", "7", "RateLimit-Reset", "30"), answer.Quota{}},
	} {
		t.Run(row.name, func(t *testing.T) {
			if got := quotaOf(row.header, now); got != row.want {
				t.Errorf("quota %+v, want %+v", got, row.want)
			}
		})
	}
}

// TestReadFindsEveryWait: Read skips what looks for waits where no field asks for one, and
// misses none that does.
func TestReadFindsEveryWait(t *testing.T) {
	for _, name := range []string{
		"Retry-After", "retry-after-ms", "x-ms-retry-after-ms", "RateLimit-Reset", "X-RateLimit-Reset", "X-Rate-Limit-Reset",
	} {
		r := connpool.Reply{Status: http.StatusTooManyRequests, Header: header(name, "7000")}
		if a := Read(r, nil); a.RetryAfter == 0 {
			t.Errorf("%s is not read", name)
		}
	}
	for _, q := range quotas() {
		r := connpool.Reply{Status: http.StatusOK, Header: header(q.limit, "100", q.remaining, "7", q.reset, "30")}
		if a := Read(r, nil); a.Quota != (answer.Quota{Limit: 100, Left: 7, Reset: 30 * time.Second}) {
			t.Errorf("%s: quota %+v", q.limit, a.Quota)
		}
	}
}
