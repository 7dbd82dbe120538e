package terminal

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"cleaner/internal/pass"
)

// Level is the level of a name in the configuration, whose own rule refuses what is none.
func Level(name string) zapcore.Level {
	level, err := zapcore.ParseLevel(name)
	if err != nil {
		return zapcore.InfoLevel
	}
	return level
}

// Log returns a logger to the screen: lines for people where the format is console, or
// auto and the screen a terminal, and JSON otherwise. On a terminal people see the first dead
// letters, and then how many there are; every other log has them all. env has NO_COLOR and TERM.
func (s *Screen) Log(level zapcore.LevelEnabler, format string, env func(string) string) *zap.Logger {
	if format == "console" || format == "auto" && s.IsTerminal() {
		l := &lines{LevelEnabler: level, out: zapcore.Lock(zapcore.AddSync(s))}
		if s.IsTerminal() {
			l.colour, l.letters = env("NO_COLOR") == "" && env("TERM") != "dumb", new(letters)
		}
		return zap.New(l)
	}
	ec := zap.NewProductionEncoderConfig()
	ec.EncodeTime = zapcore.RFC3339NanoTimeEncoder
	ec.EncodeDuration = zapcore.StringDurationEncoder
	return zap.New(zapcore.NewCore(zapcore.NewJSONEncoder(ec), zapcore.Lock(zapcore.AddSync(s)), level))
}

// lines is a log for people: time, level, message, and then what belongs to it.
type lines struct {
	zapcore.LevelEnabler
	out     zapcore.WriteSyncer
	colour  bool
	with    []zapcore.Field
	letters *letters // nil sums up nothing
}

// With adds fields to all lines.
func (l *lines) With(fields []zapcore.Field) zapcore.Core {
	c := *l
	c.with = slices.Concat(l.with, fields)
	return &c
}

// Check takes part when the level is logged.
func (l *lines) Check(e zapcore.Entry, c *zapcore.CheckedEntry) *zapcore.CheckedEntry {
	if l.Enabled(e.Level) {
		return c.AddCore(e, l)
	}
	return c
}

// Write writes a line, unless it is of a dead letter that is summed up.
func (l *lines) Write(e zapcore.Entry, fields []zapcore.Field) error {
	if e.Message == pass.DeadLetter && l.letters != nil && !l.Enabled(zapcore.DebugLevel) {
		said, whole := l.letters.count()
		switch {
		case said == "":
			return nil
		case !whole:
			e.Message, fields = said, nil
		}
	}
	var b strings.Builder
	b.WriteString(e.Time.Format("15:04:05 ") + l.level(e.Level) + " " + e.Message)
	for _, f := range slices.Concat(l.with, fields) {
		b.WriteString(field(f))
	}
	b.WriteString("\n")
	_, err := io.WriteString(l.out, b.String())
	return err
}

// Sync has nothing to write out.
func (l *lines) Sync() error { return nil }

// colours are those of the levels.
var colours = map[zapcore.Level]string{zapcore.DebugLevel: "2", zapcore.InfoLevel: "36", zapcore.WarnLevel: "33", zapcore.ErrorLevel: "31"}

// level is the name of a level, all of the same width.
func (l *lines) level(at zapcore.Level) string {
	name := fmt.Sprintf("%-5s", at.CapitalString())
	if !l.colour {
		return name
	}
	code := colours[at]
	if code == "" {
		code = colours[zapcore.ErrorLevel]
	}
	return "\x1b[" + code + "m" + name + "\x1b[0m"
}

// field is a field as people read it: " key=value", with quotes where the value has spaces.
// One without a value is left out.
func field(f zapcore.Field) string {
	enc := zapcore.NewMapObjectEncoder()
	f.AddTo(enc)
	var text strings.Builder
	for _, key := range slices.Sorted(maps.Keys(enc.Fields)) {
		value := plain(enc.Fields[key])
		if value == "" || strings.HasSuffix(key, "Verbose") { // the stack of an error
			continue
		}
		if strings.ContainsAny(value, " \"\t\n\x1b") {
			value = strconv.Quote(value)
		}
		text.WriteString(" " + key + "=" + value)
	}
	return text.String()
}

// plain is a value as people read it: times and durations no more exactly than they need it.
func plain(value any) string {
	switch v := value.(type) {
	case time.Time:
		return v.UTC().Format(time.RFC3339)
	case time.Duration:
		return v.Round(time.Millisecond).String()
	}
	return fmt.Sprint(value)
}

// lettersShown is how many dead letters have lines of their own.
const lettersShown = 10

// letters counts the dead letters of a log.
type letters struct {
	mu   sync.Mutex // guards n and next
	n    int
	next int // when they are summed up next
}

// count counts one more. It says what to log: the letter itself as a whole, how many there are,
// or nothing.
func (l *letters) count() (said string, whole bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.n++
	switch {
	case l.n <= lettersShown:
		l.next = 2 * lettersShown
		return pass.DeadLetter, true
	case l.n < l.next:
		return "", false
	}
	l.next *= 2
	return fmt.Sprintf("%d dead letters so far; cleaner dead list has them all", l.n), false
}
