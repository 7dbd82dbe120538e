package schedule

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/robfig/cron/v3"
)

// Bounds of the values in a Spec.
const (
	minEvery    = time.Second
	maxEvery    = 366 * 24 * time.Hour
	minDeadline = time.Second // below, even a punctual start could be too late
	maxJitter   = 24 * time.Hour
)

// Fault is one reason why a Spec is refused.
type Fault struct {
	Field  string // the key in small letters: cron, timezone, overlap, missed, deadline or jitter
	Reason string
}

// Faults are all reasons why a Spec is refused. They are the error of Parse.
type Faults []Fault

// Error names every fault, one a line.
func (f Faults) Error() string {
	lines := make([]string, len(f))
	for i, fault := range f {
		lines[i] = fault.Field + ": " + fault.Reason
	}
	return strings.Join(lines, "\n")
}

// Parse parses a Spec. Its error is of type Faults and has all that is wrong. It never
// panics.
func Parse(spec Spec) (*Schedule, error) {
	spec.Cron = strings.Join(strings.Fields(spec.Cron), " ")
	if spec.Timezone == "" {
		spec.Timezone = "UTC"
	}
	if spec.Overlap == "" {
		spec.Overlap = OverlapSkip
	}
	if spec.Missed == "" {
		spec.Missed = MissedOnce
	}
	s := &Schedule{spec: spec}
	var faults, more Faults
	s.every, s.fields, faults = parseCron(spec.Cron)
	s.zone, more = parseRest(spec)
	if faults = append(faults, more...); len(faults) > 0 {
		return nil, faults
	}
	return s, nil
}

// parseRest checks everything but the cron text, and returns the time zone.
func parseRest(spec Spec) (zone *time.Location, faults Faults) {
	refuse := func(bad bool, field, format string, args ...any) {
		if bad {
			faults = append(faults, Fault{field, fmt.Sprintf(format, args...)})
		}
	}
	zone, err := time.LoadLocation(spec.Timezone)
	refuse(err != nil, "timezone", "%v; write an IANA name such as Asia/Shanghai, Europe/Berlin or UTC", err)
	refuse(!spec.Overlap.known(), "overlap", "unknown policy %q; write skip, queue-one or replace", spec.Overlap)
	refuse(spec.Missed != MissedOnce && spec.Missed != MissedNone,
		"missed", "unknown policy %q; write once or none", spec.Missed)
	d := spec.Deadline
	refuse(d != 0 && d < minDeadline, "deadline", "%s is below %s; write 0 for no deadline", d, minDeadline)
	j := spec.Jitter
	refuse(j < 0 || j > maxJitter, "jitter", "%s is not between 0 and %s", j, maxJitter)
	return zone, faults
}

// parseCron parses the cron text. It returns either the interval of an @every or the
// five fields.
func parseCron(text string) (every time.Duration, fields *cron.SpecSchedule, faults Faults) {
	if word, rest, _ := strings.Cut(text, " "); word == "@every" {
		every, faults = parseEvery(rest)
		return every, nil, faults
	}
	fields, faults = parseFields(text)
	return 0, fields, faults
}

// parseFields parses five fields, or a descriptor that stands for them.
func parseFields(text string) (*cron.SpecSchedule, Faults) {
	refuse := func(format string, args ...any) (*cron.SpecSchedule, Faults) {
		return nil, Faults{{"cron", fmt.Sprintf(format, args...)}}
	}
	upper := strings.ToUpper(text)
	if text == "" {
		return refuse("it is empty; write five fields such as \"0 2 * * *\", or @daily")
	}
	// The parser panics on such a prefix without a space behind it.
	if strings.Contains(upper, "TZ=") {
		return refuse("%q holds a time zone; write it under timezone instead", text)
	}
	if faults := stray(text); len(faults) > 0 {
		return nil, faults
	}
	parser := cron.NewParser(cron.Minute | cron.Hour | cron.Dom | cron.Month | cron.Dow | cron.Descriptor)
	parsed, err := parser.Parse(text)
	if err != nil {
		return refuse("%v; write minute, hour, day of month, month and day of week (0 is Sunday), or @hourly, @daily, "+
			"@weekly, @monthly, @yearly, @every 15m", err)
	}
	fields, ok := parsed.(*cron.SpecSchedule)
	if !ok {
		return refuse("%q is not a schedule of days and hours", text)
	}
	fields.Location = time.UTC
	// Whatever can match at all does so within five years from a leap year.
	if fields.Next(time.Date(2000, time.January, 1, 0, 0, 0, 0, time.UTC)).IsZero() {
		return refuse("%q never comes: no month it names has such a day", text)
	}
	return fields, nil
}

// parseEvery parses the interval of an @every.
func parseEvery(text string) (time.Duration, Faults) {
	every, err := time.ParseDuration(text)
	switch {
	case err != nil:
		return 0, Faults{{"cron", fmt.Sprintf("@every: %v; write for example @every 15m", err)}}
	case every < minEvery || every > maxEvery || every%time.Second != 0:
		return 0, Faults{{"cron", fmt.Sprintf("@every %s is not a number of whole seconds from %s to %s",
			text, minEvery, maxEvery)}}
	}
	return every, nil
}

// stray finds what the parser would accept although nobody means it: empty elements of
// a list, and steps and ranges that do not fit their field.
func stray(text string) Faults {
	sizes := []int{60, 24, 31, 12, 7}
	var faults Faults
	for i, field := range strings.Fields(text) {
		for element := range strings.SplitSeq(field, ",") {
			why := ""
			span, step, _ := strings.Cut(element, "/")
			switch {
			case element == "":
				why = "has an empty element"
			case strings.HasPrefix(span, "*-"), strings.HasPrefix(span, "?-"):
				why = "begins a range with every value"
			case i < len(sizes) && tooLong(step, sizes[i]):
				why = fmt.Sprintf("has a step above the %d values there are; only its first value would count", sizes[i])
			}
			if why != "" {
				faults = append(faults, Fault{"cron", fmt.Sprintf("field %d, %q, %s", i+1, field, why)})
				break
			}
		}
	}
	return faults
}

// tooLong says whether a step is a number above the size of its field.
func tooLong(step string, size int) bool {
	n, err := strconv.Atoi(step)
	return err == nil && n > size
}
