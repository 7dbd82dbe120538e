package assemble

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"cleaner/internal/config"
	"cleaner/internal/schedule"
	"cleaner/internal/signin"
)

// Checked is what a configuration that all rules have passed comes to: what may be
// wrong, the far side, the ledger, the protect list, where serve listens, and when passes
// begin.
type Checked struct {
	Configuration string   `json:"configuration"`
	Warnings      []string `json:"warnings"`
	Service       string   `json:"service"`
	IAM           string   `json:"iam"`
	Queue         string   `json:"queue"`
	Protect       string   `json:"protect"` // empty when nothing is protected
	Listen        string   `json:"listen"`  // empty when nothing is scheduled
	Schedules     []Ticks  `json:"schedules"`
}

// Ticks are the next passes of a schedule.
type Ticks struct {
	Schedule string      `json:"schedule"` // in words
	Next     []time.Time `json:"next"`     // in its own zone
}

// Check finds out what the configuration of the file at path comes to.
func Check(path string, cfg *config.Config, now time.Time) (c Checked, err error) {
	c = Checked{Configuration: path, Queue: cfg.Queue.URL, Schedules: []Ticks{}}
	if c.Service, c.IAM, err = cfg.Service.Endpoints(); err != nil {
		return c, err
	}
	if c.Protect, err = ProtectRules(cfg); err != nil {
		return c, err
	}
	c.Warnings = append([]string{}, slices.Concat(config.Unread(cfg), missing(cfg), cfg.Outdated(), StrayRules(cfg), unencrypted(cfg), Readable(cfg))...)
	if len(cfg.Schedule) > 0 { // else there is no serve
		c.Listen = listening(cfg.Listen)
	}
	for i, t := range cfg.Schedule {
		parsed, err := schedule.Parse(Schedule(t))
		if err != nil {
			continue // a rule reports it
		}
		c.Schedules = append(c.Schedules, Ticks{fmt.Sprintf("%s %s", JobName(i), parsed), parsed.Upcoming(now, 5)})
	}
	return c, nil
}

// Print writes c in lines.
func (c Checked) Print(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "configuration %s is valid\n", c.Configuration)
	for _, warning := range c.Warnings {
		b.WriteString("warning  " + warning + "\n")
	}
	fmt.Fprintf(&b, "service  %s\niam      %s\nqueue    %s\n", c.Service, c.IAM, c.Queue)
	if c.Protect != "" {
		b.WriteString("protect  " + c.Protect + "\n")
	}
	if c.Listen != "" {
		b.WriteString("listen   " + c.Listen + "\n")
	}
	for _, t := range c.Schedules {
		b.WriteString(t.Schedule + "\n")
		for _, at := range t.Next {
			fmt.Fprintf(&b, "  %s  %s\n", at.Format("Mon 2006-01-02 15:04 -07:00"), at.UTC().Format(time.RFC3339))
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// JSON writes c as one object; with shown also the value of each key of cfg, and where it is
// from.
func (c Checked) JSON(w io.Writer, cfg *config.Config, shown bool) error {
	all := struct {
		Checked
		Keys []config.Shown `json:"keys,omitempty"`
	}{Checked: c}
	if shown {
		var err error
		if all.Keys, err = config.Keys(cfg); err != nil {
			return err
		}
	}
	return json.NewEncoder(w).Encode(all)
}

// Readable returns a sentence for each file of a secret that everybody on this machine
// can read.
func Readable(cfg *config.Config) (warnings []string) {
	files := signin.Files(cfg)
	if path := cfg.Listen.TokenFile; path != "" {
		files = append(files, signin.File{Key: "listen.token_file", Path: path})
	}
	for n, i := range cfg.Intake {
		if i.PasswordFile != "" {
			files = append(files, signin.File{Key: fmt.Sprintf("intake[%d].password_file", n), Path: i.PasswordFile})
		}
	}
	for n, u := range cfg.Inputs.URLs {
		at := fmt.Sprintf("inputs.urls[%d].", n)
		files = append(files, signin.File{Key: at + "token_file", Path: u.TokenFile}, signin.File{Key: at + "password_file", Path: u.PasswordFile})
	}
	for _, f := range files {
		if i, err := os.Stat(f.Path); err == nil && i.Mode().Perm()&0o004 != 0 { // what cannot be read is another's to tell
			warnings = append(warnings, fmt.Sprintf("%s: everybody on this machine can read the secret (mode %04o); chmod 600 keeps it to its owner", f.Key, i.Mode().Perm()))
		}
	}
	return warnings
}

// listening is where serve listens, in a line.
func listening(l config.Listen) string {
	at := Listeners(l)
	return strings.Join(slices.DeleteFunc([]string{at.Address, at.Socket}, func(s string) bool { return s == "" }), " and ")
}
