package admin

import (
	"fmt"
	"slices"
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

// problemList collects problems by their level.
type problemList struct{ bad, warn, note []problem }

func (l *problemList) addBad(format string, args ...any) {
	l.bad = append(l.bad, problem{"bad", fmt.Sprintf(format, args...)})
}

func (l *problemList) addWarn(format string, args ...any) {
	l.warn = append(l.warn, problem{"warn", fmt.Sprintf(format, args...)})
}

func (l *problemList) addNote(format string, args ...any) {
	l.note = append(l.note, problem{"note", fmt.Sprintf(format, args...)})
}

// problems says what is wrong, the worst first. The texts have no numbers that change
// every second, because screen readers read them aloud when they change.
func problems(s Status, unready []string) []problem {
	var l problemList
	for _, why := range unready {
		l.addBad("Not ready: %s", sentence(why))
	}
	for _, text := range s.Alerts {
		l.addBad("%s", sentence(text))
	}
	if s.Pass != nil {
		l.addPass(s.Pass, s.Now)
	} else {
		l.addIdle(s)
	}
	if text := unverifiedProblem(s); text != "" {
		l.addWarn("%s", text)
	}
	l.addHeld(s)
	if s.freshlyDead() {
		l.addWarn("Task IDs were given up in the last day: see the dead letters below.")
	}
	if s.Paused {
		l.addNote("%s", pausedProblem(s.Pause))
	}
	if s.Draining {
		l.addNote("The process is about to end.")
	}
	return slices.Concat(l.bad, l.warn, l.note)
}

// addPass adds what is wrong with the pass under way.
func (l *problemList) addPass(p *Pass, now time.Time) {
	if p.Breaker != "" {
		l.addBad("Only probes are sent: %s", sentence(p.Breaker))
	}
	if since := latest(p.LastSettled, p.Began); p.Breaker == "" && now.Sub(since) > stuckAfter {
		l.addWarn("The pass has settled nothing since %s.", clock(since))
	}
	if p.Throttle != "" {
		l.addWarn("Held up: %s", sentence(p.Throttle))
	}
	if p.Waits != "" {
		l.addNote("Waiting: %s", sentence(p.Waits))
	}
	if p.Stopping {
		l.addNote("The pass is stopping: requests under way finish, nothing more is sent.")
	}
}

// addIdle adds what is wrong while no pass is under way.
func (l *problemList) addIdle(s Status) {
	if len(s.Passes) > 0 {
		if v := verdictOf(s.Passes[0]); v.Level == "bad" {
			l.addBad("The last pass, of %s, did not go well: %s", clock(s.Passes[0].Began), sentence(v.Text))
		}
	}
	for _, c := range s.Schedules {
		if !s.Paused && !c.NextUTC.IsZero() && s.Now.Sub(c.NextUTC) > lateAfter {
			l.addWarn("Schedule %s was due at %s and has not started.", c.Name, clock(c.NextUTC))
		}
	}
}

// addHeld adds what is held back from passes, and what has stopped coming in.
func (l *problemList) addHeld(s Status) {
	for _, h := range s.Holds {
		l.addBad("Held: %s", sentence(h.Words))
	}
	for _, i := range s.Intake {
		if i.Stopped != "" {
			l.addBad("Nothing more is received from %s: %s", i.Name, sentence(i.Stopped))
		}
	}
	for _, text := range s.HeldBack {
		l.addWarn("Held back: %s", sentence(text))
	}
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
