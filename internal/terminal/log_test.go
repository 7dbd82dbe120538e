package terminal

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"cleaner/internal/pass"
)

// logged is what a log for people has written, without the time.
func logged(t *testing.T, level zapcore.Level, colour bool, say func(*zap.Logger)) []string {
	t.Helper()
	var b bytes.Buffer
	say(zap.New(&lines{LevelEnabler: level, out: zapcore.AddSync(&b), colour: colour, letters: new(letters)}))
	var all []string
	for line := range strings.Lines(b.String()) {
		if len(line) < 9 || line[2] != ':' || line[8] != ' ' {
			t.Errorf("no time in %q", line)
		}
		all = append(all, strings.TrimSuffix(line[9:], "\n"))
	}
	return all
}

func TestLogForPeople(t *testing.T) {
	say := func(l *zap.Logger) {
		l.Debug("hidden")
		l.With(zap.String("pass", "7")).Warn("slow", zap.Int("n", 3), zap.String("why", "a b"), zap.String("none", ""), zap.Error(errors.New("x\ny")))
		l.Error("bad", zap.String("text", "\x1b[2J"), zap.Time("at", time.Unix(0, 5)), zap.Duration("wait", 1234567890))
	}
	want := []string{`WARN  slow pass=7 n=3 why="a b" error="x\ny"`, `ERROR bad text="\x1b[2J" at=1970-01-01T00:00:00Z wait=1.235s`}
	if got := logged(t, zapcore.InfoLevel, false, say); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%q, want %q", got, want)
	}
	if got := logged(t, zapcore.InfoLevel, true, say); !strings.HasPrefix(got[0], "\x1b[33mWARN \x1b[0m slow") {
		t.Errorf("%q has no colour", got[0])
	}
}

// The first ten dead letters have lines, then only their number is said, less and less often. At
// the level debug, and as JSON, each has one.
func TestDeadLettersAreSummedUp(t *testing.T) {
	say := func(l *zap.Logger) {
		for i := range 100 {
			l.With(zap.String("pass", "7")).Warn(pass.DeadLetter, zap.Int("task", i))
		}
		l.Warn("another")
	}
	got := logged(t, zapcore.InfoLevel, false, say)
	if len(got) != 10+3+1 || got[9] != "WARN  dead letter pass=7 task=9" || got[len(got)-1] != "WARN  another" {
		t.Fatalf("%q", got)
	}
	for i, n := range []int{20, 40, 80} {
		if want := fmt.Sprintf("WARN  %d dead letters so far; cleaner dead list has them all pass=7", n); got[10+i] != want {
			t.Errorf("%q, want %q", got[10+i], want)
		}
	}
	if got := logged(t, zapcore.DebugLevel, false, say); len(got) != 101 {
		t.Errorf("%d lines at the level debug", len(got))
	}
	for format, line := range map[string]string{"auto": `"msg":"dead letter"`, "console": "WARN  dead letter"} { // into a file
		var b bytes.Buffer
		say(NewScreen(&b).Log(zapcore.InfoLevel, format, func(string) string { return "" }))
		if n := strings.Count(b.String(), line); n != 100 {
			t.Errorf("%s: %d dead letters", format, n)
		}
	}
}
