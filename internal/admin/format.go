package admin

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// speed formats requests a second, with one decimal below 100.
func speed(rate float64) string {
	if rate >= 100 {
		return strconv.FormatFloat(rate, 'f', 0, 64)
	}
	return strings.TrimSuffix(strconv.FormatFloat(rate, 'f', 1, 64), ".0")
}

// percent formats the share of part in whole. It is 0 % only for nothing, and 100 % only
// for all.
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

// clock formats a time in UTC; a dash for none.
func clock(t time.Time) string {
	if t.IsZero() {
		return "–"
	}
	return t.UTC().Format("2006-01-02 15:04:05 UTC")
}

// local formats a time in its own time zone; a dash for none.
func local(t time.Time) string {
	if t.IsZero() {
		return "–"
	}
	return t.Format("Mon 2 Jan 15:04:05 MST")
}

// span formats a duration in its two largest units.
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

// ago formats how long t was before now.
func ago(now, t time.Time) string {
	if t.IsZero() {
		return "–"
	}
	return span(now.Sub(t)) + " ago"
}

// until formats how long t is after now.
func until(now, t time.Time) string {
	switch {
	case t.IsZero():
		return "–"
	case t.Before(now):
		return "due"
	}
	return "in " + span(t.Sub(now))
}

// share formats the share of throttled answers.
func share(throttled, requests int64) string { return percent(throttled, max(requests, throttled)) }

// millis formats seconds as milliseconds; a dash for none.
func millis(seconds float64) string {
	if seconds == 0 {
		return "–"
	}
	return strconv.FormatFloat(seconds*1000, 'f', 0, 64) + " ms"
}

// troubles lists counts by their name, the most frequent first; a dash for none.
func troubles(counts map[string]int64) string {
	if len(counts) == 0 {
		return "–"
	}
	names := slices.SortedFunc(maps.Keys(counts), func(a, b string) int {
		return cmp.Or(cmp.Compare(counts[b], counts[a]), cmp.Compare(a, b))
	})
	for i, name := range names {
		names[i] = fmt.Sprintf("%d %s", counts[name], strings.ReplaceAll(name, "_", " "))
	}
	return strings.Join(names, ", ")
}

// share100 formats a share as a percentage.
func share100(share float64) string { return strconv.FormatFloat(100*share, 'f', -1, 64) + " %" }
