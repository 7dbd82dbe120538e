package schedule

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestParseRefuses(t *testing.T) {
	for cron, want := range map[string]string{
		"":                                "it is empty",
		"  \t ":                           "it is empty",
		"TZ=UTC":                          "under timezone",
		"CRON_TZ=Asia/Shanghai":           "under timezone",
		"TZ=":                             "under timezone",
		"CRON_TZ=Asia/Shanghai 0 2 * * *": "under timezone",
		" TZ=UTC @daily":                  "under timezone",
		"tz=utc 0 2 * * *":                "under timezone",
		"@every 0s":                       "whole seconds from 1s",
		"@every -5m":                      "whole seconds from 1s",
		"@every 100ms":                    "whole seconds from 1s",
		"@every 1500ms":                   "whole seconds from 1s",
		"@every 9000h":                    "whole seconds from 1s",
		"@every":                          "@every: time: invalid duration",
		"@every soon":                     "@every: time: invalid duration",
		"@every 1h 30m":                   "@every: time: unknown unit",
		"@every 99999999999h":             "@every: time: invalid duration",
		"@reboot":                         "unrecognized descriptor",
		"@HOURLY":                         "unrecognized descriptor",
		"0 0 31 2 *":                      "never comes",
		"0 0 30 2 *":                      "never comes",
		"0 0 31 4,6,9,11 *":               "never comes",
		"0 0 2 * * *":                     "expected exactly 5 fields, found 6",
		"0 2 * *":                         "expected exactly 5 fields, found 4",
		"60 2 * * *":                      "above maximum (59)",
		"0 24 * * *":                      "above maximum (23)",
		"0 2 0 * *":                       "below minimum (1)",
		"0 2 * 13 *":                      "above maximum (12)",
		"0 2 * * 7":                       "0 is Sunday",
		"0 5-2 * * *":                     "beyond end of range",
		"*/0 * * * *":                     "positive number",
		"*/90 * * * *":                    "step above the 60 values",
		"0 */18446744073709551616 * * *":  "failed to parse int",
		"*-5 * * * *":                     "begins a range with every value",
		", * * * *":                       "empty element",
		"1,,2 * * * *":                    "empty element",
		"a * * * *":                       "failed to parse int",
	} {
		_, err := Parse(Spec{Cron: cron})
		if faults, ok := errors.AsType[Faults](err); !ok || faults[0].Field != "cron" || !strings.Contains(err.Error(), want) {
			t.Errorf("Parse(%q) = %v, want a fault of cron with %q", cron, err, want)
		}
	}
}

func TestParseRefusesZones(t *testing.T) {
	for _, name := range []string{"CST6", "UTC+8", "+08:00", "Mars/Olympus", "../etc/passwd", "Asia/Shanghai ", "\x00"} {
		_, err := Parse(Spec{Cron: "@daily", Timezone: name})
		if err == nil || !strings.HasPrefix(err.Error(), "timezone: ") || !strings.Contains(err.Error(), "Asia/Shanghai, Europe") {
			t.Errorf("Parse with zone %q = %v", name, err)
		}
	}
}

func TestParseNamesAllFaults(t *testing.T) {
	_, err := Parse(Spec{
		Cron: ", */90 * * *", Timezone: "Nowhere", Overlap: "wait", Missed: "all", Deadline: -1, Jitter: 25 * time.Hour,
	})
	faults, ok := errors.AsType[Faults](err)
	if !ok {
		t.Fatalf("Parse = %v", err)
	}
	var fields []string
	for _, f := range faults {
		fields = append(fields, f.Field)
	}
	want := []string{"cron", "cron", "timezone", "overlap", "missed", "deadline", "jitter"}
	if diff := cmp.Diff(want, fields); diff != "" {
		t.Errorf("faults (-want +got):\n%s\n%v", diff, err)
	}
}

func TestParseFillsInDefaults(t *testing.T) {
	s := must(t, Spec{Cron: "  0  2\t* * mon-FRI "})
	want := Spec{Cron: "0 2 * * mon-FRI", Timezone: "UTC", Overlap: OverlapSkip, Missed: MissedOnce}
	if diff := cmp.Diff(want, s.Spec()); diff != "" {
		t.Errorf("spec (-want +got):\n%s", diff)
	}
	if got := s.String(); got != "0 2 * * mon-FRI UTC" {
		t.Errorf("String = %q", got)
	}
}

func TestParseTakes(t *testing.T) {
	for _, cron := range []string{
		"0 2 * * *", "*/5 * * * *", "0 0 29 2 *", "0 0 31 2 1", "? ? ? ? ?", "5/15 8-18/2 1,15 jan-JUN sun", "*/60 */24 * * *",
		"@hourly", "@daily", "@midnight", "@weekly", "@monthly", "@yearly", "@annually", "@every 1s", "@every 15m", "@every 8784h",
	} {
		s := must(t, Spec{Cron: cron, Timezone: "Local"})
		if s.Next(time.Now()).IsZero() {
			t.Errorf("%q never comes", cron)
		}
	}
}

// Whatever is written, it is refused with a reason, or has a next tick.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		"0 2 * * *", "TZ=UTC", "CRON_TZ=Asia/Shanghai", "TZ=", "CRON_TZ= 0 2 * * *", "@every 0s", "@every -5m", "@every 1s", "@",
		"@every 2562047h47m16.854775807s", "0 0 31 2 *", "0 0 29 2 *", "*/0 * * * *", ", , , , ,", "*/9223372036854775807 * * * *",
		"1-2-3 * * * *", "1/2/3 * * * *", "-1 * * * *", "\u00a00\u00a02 * * *", "0 2 * * *\x00", "? ? ? ? ?", "/ / / / /",
	} {
		f.Add(seed, "America/New_York", int64(1772953200))
	}
	f.Add("30 1 * * *", "Australia/Lord_Howe", int64(1775314800))
	f.Add("@daily", "../../etc/passwd", int64(0))
	f.Fuzz(func(t *testing.T, cron, zone string, sec int64) {
		s, err := Parse(Spec{Cron: cron, Timezone: zone})
		if err != nil {
			if s != nil || err.Error() == "" {
				t.Errorf("Parse = %v, %q", s, err)
			}
			return
		}
		after := time.Unix(sec%(1<<33), 0) // from 1697 to 2242
		if next := s.Next(after); !next.After(after) {
			t.Errorf("Next(%v) = %v", after, next)
		}
	})
}
