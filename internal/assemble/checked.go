package assemble

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"cleaner/internal/config"
	"cleaner/internal/schedule"
)

// TellChecked tells what a configuration that all rules have passed comes to: what may be
// amiss, the far side, the ledger, the protect list, where serve listens, and when passes
// begin.
func TellChecked(w io.Writer, path string, cfg *config.Config, now time.Time) error {
	service, iamEndpoint, err := cfg.Service.Endpoints()
	if err != nil {
		return err
	}
	rules, err := ProtectRules(cfg)
	if err != nil {
		return err
	}
	var b strings.Builder
	fmt.Fprintf(&b, "configuration %s is valid\n", path)
	for _, warning := range slices.Concat(Missing(cfg), cfg.Outdated(), StrayRules(cfg), Unencrypted(cfg)) {
		b.WriteString("warning  " + warning + "\n")
	}
	fmt.Fprintf(&b, "service  %s\niam      %s\nqueue    %s\n", service, iamEndpoint, cfg.Queue.URL)
	if rules != "" {
		b.WriteString("protect  " + rules + "\n")
	}
	if len(cfg.Schedule) > 0 { // else there is no serve
		b.WriteString("listen   " + listening(cfg.Listen) + "\n")
	}
	tellNext(&b, cfg, now)
	_, err = io.WriteString(w, b.String())
	return err
}

// listening is where serve listens, in a line.
func listening(l config.Listen) string {
	at := Listeners(l)
	return strings.Join(slices.DeleteFunc([]string{at.Address, at.Socket}, func(s string) bool { return s == "" }), " and ")
}

// tellNext tells for each schedule when its next passes begin, in its own zone and in
// UTC.
func tellNext(b *strings.Builder, cfg *config.Config, now time.Time) {
	for i, t := range cfg.Schedule {
		parsed, err := schedule.Parse(Schedule(t))
		if err != nil {
			continue // a rule reports it
		}
		fmt.Fprintf(b, "%s %s\n", JobName(i), parsed)
		for _, at := range parsed.Upcoming(now, 5) {
			fmt.Fprintf(b, "  %s  %s\n", at.Format("Mon 2006-01-02 15:04 -07:00"), at.UTC().Format(time.RFC3339))
		}
	}
}
