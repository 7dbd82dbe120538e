package admin

import (
	"fmt"
	"strings"
	"time"

	"github.com/dustin/go-humanize"

	"cleaner/internal/exitcode"
)

// problem is something that is wrong, in words.
type problem struct {
	Level string // bad, warn or note
	Text  string
}

// After stuckAfter without a settled ID a pass is a problem, and lateAfter its due time
// a schedule that has not started.
const (
	stuckAfter = 5 * time.Minute
	lateAfter  = 2 * time.Minute
)

// problems says what is wrong, the worst first. The texts have no numbers that change
// every second, because screen readers read them aloud when they change.
func problems(s Status, unready []string) []problem {
	var bad, warn, note []problem
	add := func(to *[]problem, level, format string, args ...any) {
		*to = append(*to, problem{level, fmt.Sprintf(format, args...)})
	}
	for _, why := range unready {
		add(&bad, "bad", "Not ready: %s", sentence(why))
	}
	for _, text := range s.Alerts {
		add(&bad, "bad", "%s", sentence(text))
	}
	if p := s.Pass; p != nil {
		if p.Breaker != "" {
			add(&bad, "bad", "Only probes are sent: %s", sentence(p.Breaker))
		}
		if since := latest(p.LastSettled, p.Began); p.Breaker == "" && s.Now.Sub(since) > stuckAfter {
			add(&warn, "warn", "The pass has settled nothing since %s.", clock(since))
		}
		if p.Throttle != "" {
			add(&warn, "warn", "Held up: %s", sentence(p.Throttle))
		}
		if p.Waits != "" {
			add(&note, "note", "Waiting: %s", sentence(p.Waits))
		}
		if p.Stopping {
			add(&note, "note", "The pass is stopping: requests under way finish, nothing more is sent.")
		}
	}
	if len(s.Passes) > 0 && s.Pass == nil {
		if v := verdictOf(s.Passes[0]); v.Level == "bad" {
			add(&bad, "bad", "The last pass, of %s, did not go well: %s", clock(s.Passes[0].Began), sentence(v.Text))
		}
	}
	for _, c := range s.Schedules {
		if s.Pass == nil && !s.Paused && !c.NextUTC.IsZero() && s.Now.Sub(c.NextUTC) > lateAfter {
			add(&warn, "warn", "Schedule %s was due at %s and has not started.", c.Name, clock(c.NextUTC))
		}
	}
	if text := unverifiedProblem(s); text != "" {
		add(&warn, "warn", "%s", text)
	}
	for _, h := range s.Holds {
		add(&bad, "bad", "Held: %s", sentence(h.Words))
	}
	for _, i := range s.Intake {
		if i.Stopped != "" {
			add(&bad, "bad", "Nothing more is received from %s: %s", i.Name, sentence(i.Stopped))
		}
	}
	for _, text := range s.HeldBack {
		add(&warn, "warn", "Held back: %s", sentence(text))
	}
	if s.freshlyDead() {
		add(&warn, "warn", "Task IDs were given up in the last day: see the dead letters below.")
	}
	if s.Paused {
		add(&note, "note", "%s", pausedProblem(s.Pause))
	}
	if s.Draining {
		add(&note, "note", "The process is about to end.")
	}
	return append(append(bad, warn...), note...)
}

// deadFresh is how long a dead letter is something that needs a look by itself: those that
// were left lying do not make every day look bad.
const deadFresh = 24 * time.Hour

// freshlyDead reports whether a task ID was given up lately.
func (s *Status) freshlyDead() bool {
	for _, d := range s.Dead {
		if s.Now.Sub(d.LastAt) < deadFresh {
			return true
		}
	}
	return false
}

// pausedProblem says that schedules start nothing, and by whose will.
func pausedProblem(p *Pause) string {
	if p == nil {
		return "Paused: schedules start nothing until somebody resumes them."
	}
	text := fmt.Sprintf("Paused by %s since %s", p.By, clock(p.Since))
	if p.Reason != "" {
		text += " (" + p.Reason + ")"
	}
	if p.Until.IsZero() {
		return sentence(text + ": schedules start nothing until somebody resumes them")
	}
	return sentence(text + ": schedules start nothing until " + clock(p.Until))
}

// headline sums up problems in a few words, with the worst level.
func headline(ps []problem) problem {
	worst := "ok"
	if len(ps) > 0 {
		worst = ps[0].Level
	}
	return problem{worst, map[string]string{
		"bad": "Something is wrong", "warn": "This needs a look", "note": "All is well, but note", "ok": "All is well",
	}[worst]}
}

// doing says in a sentence what the process is doing.
func doing(s Status) string {
	if p := s.Pass; p != nil {
		who := "started by hand"
		if p.Schedule != "" {
			who = "of schedule " + p.Schedule
		}
		if p.Stopping {
			return fmt.Sprintf("A pass %s is stopping: %s of %s task IDs settled, %d requests under way finish.", who, humanize.Comma(p.Settled), humanize.Comma(p.Total), p.InFlight)
		}
		return fmt.Sprintf("A pass %s is under way: %s of %s task IDs settled.", who, humanize.Comma(p.Settled), humanize.Comma(p.Total))
	}
	if next, ok := s.Next(); ok && !s.Paused {
		return fmt.Sprintf("No pass is under way. The next is %s, %s.", next.Name, until(s.Now, next.NextUTC))
	}
	return "No pass is under way, and none will start by itself."
}

// diedWithin is what has stopped a pass whose process died.
const diedWithin = "death"

// verdictOf says how a pass went, by the exit code that the run command would have had.
func verdictOf(e Ended) problem {
	if e.StoppedBy == diedWithin {
		return problem{"bad", sentence(e.Reason)}
	}
	end := exitcode.Of(e.ExitCode)
	v := problem{string(end.Severity), end.Meaning}
	if end.Code != e.ExitCode {
		v.Text = fmt.Sprintf("it ended with exit code %d", e.ExitCode)
	}
	if e.Reason != "" {
		v.Text += ": " + e.Reason
	}
	return v
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// sentence ends a text with a full stop, and keeps it in one line.
func sentence(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	if strings.HasSuffix(text, ".") {
		return text
	}
	return text + "."
}
