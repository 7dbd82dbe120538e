package daemon

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// grouped writes a number with commas between its thousands.
func grouped(n int64) string {
	text := strconv.FormatInt(n, 10)
	sign := ""
	if strings.HasPrefix(text, "-") {
		sign, text = "-", text[1:]
	}
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return sign + text
}

// speed writes requests a second with no more digits than are of use.
func speed(rate float64) string {
	if rate >= 100 {
		return strconv.FormatFloat(rate, 'f', 0, 64)
	}
	return strings.TrimSuffix(strconv.FormatFloat(rate, 'f', 1, 64), ".0")
}

// percent writes part of whole. What is not nothing is never written as 0 %, and
// what is not all never as 100 %.
func percent(part, whole int64) string {
	switch {
	case whole == 0 || part == 0:
		return "0 %"
	case part == whole:
		return "100 %"
	case part*1000 < whole:
		return "< 0.1 %"
	case (whole-part)*1000 < whole:
		return "> 99.9 %"
	}
	return fmt.Sprintf("%.1f %%", float64(part)*100/float64(whole))
}

// clock writes a moment in UTC; a dash for none.
func clock(t time.Time) string {
	if t.IsZero() {
		return "–"
	}
	return t.UTC().Format("2006-01-02 15:04:05 UTC")
}

// minute writes a moment in UTC for an axis.
func minute(t time.Time) string { return t.UTC().Format("2 Jan 15:04 UTC") }

// local writes a moment in its own time zone; a dash for none.
func local(t time.Time) string {
	if t.IsZero() {
		return "–"
	}
	return t.Format("Mon 2 Jan 15:04:05 MST")
}

// span writes a duration in its two largest units.
func span(d time.Duration) string {
	s := int64(max(d, 0).Round(time.Second) / time.Second)
	switch {
	case s < 60:
		return fmt.Sprintf("%d s", s)
	case s < 3600:
		return fmt.Sprintf("%d min %02d s", s/60, s%60)
	case s < 86400:
		return fmt.Sprintf("%d h %02d min", s/3600, s%3600/60)
	}
	return fmt.Sprintf("%d d %d h", s/86400, s%86400/3600)
}

// ago and until write a moment as seen from now.
func ago(now, t time.Time) string {
	if t.IsZero() {
		return "–"
	}
	return span(now.Sub(t)) + " ago"
}

func until(now, t time.Time) string {
	switch {
	case t.IsZero():
		return "–"
	case t.Before(now):
		return "due"
	}
	return "in " + span(t.Sub(now))
}
