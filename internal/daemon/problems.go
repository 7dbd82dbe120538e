package daemon

import (
	"fmt"
	"strings"
	"time"
)

// problem is something that is wrong, in words.
type problem struct {
	Level string // bad, warn or note
	Text  string
}

// stuckAfter is how long nothing may be settled in a pass, and lateAfter how long
// a schedule may be due, before it is said.
const (
	stuckAfter = 5 * time.Minute
	lateAfter  = 2 * time.Minute
)

// problems says what is wrong, the worst first. The texts hold no number that
// changes each second: they are read aloud when they change.
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
			add(&bad, "bad", "Nothing is sent but probes: %s", sentence(p.Breaker))
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
			add(&note, "note", "The pass is stopping: what is under way ends, nothing more is sent.")
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
	if s.Ledger.Dead > 0 {
		add(&warn, "warn", "Task IDs were given up and wait for a person: see dead letters below.")
	}
	if s.Paused {
		add(&note, "note", "Paused: schedules start nothing until somebody resumes.")
	}
	if s.Draining {
		add(&note, "note", "The process is about to end.")
	}
	if s.DryRun {
		add(&note, "note", "Dry run: passes send nothing.")
	}
	return append(append(bad, warn...), note...)
}

// headline is the worst of problems in a few words, with its level.
func headline(ps []problem) problem {
	worst := "ok"
	if len(ps) > 0 {
		worst = ps[0].Level
	}
	return problem{worst, map[string]string{
		"bad": "Something is wrong", "warn": "This needs a look", "note": "All is well, but note", "ok": "All is well",
	}[worst]}
}

// doing says in a sentence what goes on.
func doing(s Status) string {
	if p := s.Pass; p != nil {
		who := "started by hand"
		if p.Schedule != "" {
			who = "of schedule " + p.Schedule
		}
		return fmt.Sprintf("A pass %s is under way: %s of %s task IDs settled.", who, grouped(p.Settled), grouped(p.Total))
	}
	if next, ok := nextOf(s.Schedules); ok && !s.Paused {
		return fmt.Sprintf("No pass is under way. The next is %s, %s.", next.Name, until(s.Now, next.NextUTC))
	}
	return "No pass is under way, and none is to come by itself."
}

// nextOf is the schedule that runs next; false when none will.
func nextOf(all []Schedule) (next Schedule, ok bool) {
	for _, c := range all {
		if !c.NextUTC.IsZero() && (!ok || c.NextUTC.Before(next.NextUTC)) {
			next, ok = c, true
		}
	}
	return next, ok
}

// verdictOf says how a pass went, by the exit code that run would have given it.
func verdictOf(e Ended) problem {
	v, known := map[int]problem{
		0: {"ok", "settled all it could"},
		1: {"bad", "a fault of cleaner or of its machine"},
		2: {"bad", "the configuration or the input was refused"},
		3: {"warn", "finished, with dead letters"},
		4: {"note", "a cap, the time box or the pace left work pending"},
		5: {"bad", "a safety belt stopped it"},
		6: {"bad", "credentials, permission, region or endpoint were refused"},
		7: {"bad", "another process holds the queue"},
		8: {"note", "stopped by hand or by a signal"},
	}[e.ExitCode]
	if !known {
		v = problem{"bad", fmt.Sprintf("it ended with exit code %d", e.ExitCode)}
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
