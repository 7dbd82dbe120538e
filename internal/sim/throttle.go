package sim

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"cleaner/internal/quota"
)

// ThrottleShape is a form in which a throttle says that it is one.
type ThrottleShape string

// The forms. Those with a wait name the rest of the window, rounded up.
const (
	Shape429       ThrottleShape = "429"         // APIGW.0308, whose text names limit and window
	Shape429Date   ThrottleShape = "429-date"    // and Retry-After, an HTTP date
	Shape429Unix   ThrottleShape = "429-unix"    // and Retry-After, a Unix time
	Shape429Millis ThrottleShape = "429-millis"  // and x-ms-retry-after-ms
	Shape429Reset  ThrottleShape = "429-reset"   // and RateLimit-Reset, in seconds
	Shape503       ThrottleShape = "503"         // a page of HTML, and Retry-After in seconds
	Shape403       ThrottleShape = "403"         // without a code, and Retry-After in seconds
	Shape400       ThrottleShape = "400"         // without a code, and Retry-After in seconds
	Shape413       ThrottleShape = "413"         // without a code, and Retry-After in seconds
	ShapeFrequent  ThrottleShape = "400-words"   // an unknown code whose text is 请求过于频繁
	ShapeFlow      ThrottleShape = "200-words"   // an unknown code whose text names 流控
	ShapeEnglish   ThrottleShape = "500-english" // an unknown code whose text is "too many requests"
	ShapeBare      ThrottleShape = "429-bare"    // without a word
	ShapeBare503   ThrottleShape = "503-bare"    // a page of HTML, and no wait
)

// ThrottleShapes lists them all.
func ThrottleShapes() []ThrottleShape {
	return []ThrottleShape{
		Shape429, Shape429Date, Shape429Unix, Shape429Millis, Shape429Reset,
		Shape503, Shape403, Shape400, Shape413, ShapeFrequent, ShapeFlow, ShapeEnglish, ShapeBare, ShapeBare503,
	}
}

// ShapeNames lists them for people, in one line.
func ShapeNames() string {
	var names []string
	for _, shape := range ThrottleShapes() {
		names = append(names, string(shape))
	}
	return strings.Join(names, ", ")
}

// mostRival is the most calls a second that a rival may make.
const mostRival = 1_000_000

// codeBusy is in no published table.
const codeBusy = "CC.00059429"

// validate refuses a window that the gateway's text could not name, and a form
// that there is not.
func (t Throttle) validate() error {
	if t.Window < 0 || t.Window%time.Second != 0 {
		return fmt.Errorf("throttle window %s is not in whole seconds", t.Window)
	}
	for _, shape := range t.Shapes {
		if !slices.Contains(ThrottleShapes(), shape) {
			return fmt.Errorf("throttle shape %q is unknown; use one of %v", shape, ThrottleShapes())
		}
	}
	if t.Limit < 0 {
		return fmt.Errorf("throttle of %d requests is negative", t.Limit)
	}
	if !(t.Rival >= 0 && t.Rival <= mostRival) { // which not-a-number is not
		return fmt.Errorf("a rival of %v calls a second is not between 0 and %v", t.Rival, mostRival)
	}
	if t.Hold < 0 {
		return fmt.Errorf("tarpit %v is negative", t.Hold)
	}
	var errs []error
	for _, l := range t.Limits {
		errs = append(errs, l.Validate())
	}
	for _, c := range t.Script {
		for _, l := range c.Limits {
			errs = append(errs, l.Validate())
		}
	}
	return errors.Join(errs...)
}

// refusal is the answer to a throttled call, which may come again after a wait; now
// is the time by the service's clock.
func (l *limiter) refusal(a quota.Answer, now time.Time, requestID string) reply {
	shape := l.shape()
	rep := shape.reply(text(a.Limit), requestID)
	rep.throttled = true
	rep.header = shape.header(rep.header, a.Wait, now)
	if l.RetryAfter {
		rep.header.Set("Retry-After", whole(a.Wait, time.Second))
	}
	return rep
}

// shape is the form whose turn it is.
func (l *limiter) shape() ThrottleShape {
	if len(l.Shapes) == 0 {
		return Shape429
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.refused++
	return l.Shapes[(l.refused-1)%len(l.Shapes)]
}

// reply is the refusal without what names the wait; text is the gateway's message.
func (t ThrottleShape) reply(text, requestID string) reply {
	switch t {
	case ShapeBare:
		return reply{status: http.StatusTooManyRequests}
	case Shape503, ShapeBare503:
		return reply{status: 503, header: http.Header{"Content-Type": {"text/html"}}, body: busyPage}
	case Shape403, Shape400, Shape413:
		status, _ := strconv.Atoi(string(t)) // its name is a number
		return reply{status: status, body: `{"error_msg":"access is limited for the moment"}`}
	case ShapeFrequent:
		return coded(400, codeBusy, "请求过于频繁")
	case ShapeFlow:
		return coded(200, codeBusy, "触发流控，请稍后再试")
	case ShapeEnglish:
		return coded(500, codeBusy, "too many requests")
	}
	return gatewayError(http.StatusTooManyRequests, "APIGW.0308", text, requestID)
}

// header adds to h, which may be nil, what names the wait.
func (t ThrottleShape) header(h http.Header, wait time.Duration, now time.Time) http.Header {
	if h == nil {
		h = http.Header{}
	}
	// The earliest whole second that is not before the end of the wait.
	end := now.Add(wait + time.Second - 1).Truncate(time.Second)
	switch t {
	case Shape429Date:
		h.Set("Retry-After", end.UTC().Format(http.TimeFormat))
	case Shape429Unix:
		h.Set("Retry-After", strconv.FormatInt(end.Unix(), 10))
	case Shape429Millis:
		h.Set("X-Ms-Retry-After-Ms", whole(wait, time.Millisecond))
	case Shape429Reset:
		h.Set("Ratelimit-Remaining", "0")
		h.Set("Ratelimit-Reset", whole(wait, time.Second))
	case Shape503, Shape403, Shape400, Shape413:
		h.Set("Retry-After", whole(wait, time.Second))
	}
	return h
}

// whole is d in units, rounded up.
func whole(d, unit time.Duration) string {
	return strconv.FormatInt(int64((d+unit-1)/unit), 10)
}
