// Package doctest keeps the pages true that people read: it runs every command
// that they show, with the real binary against the simulated service, and holds
// what they name, be it a flag, a key, a file or another page, to what there is.
//
// A block of commands begins with sh, bash or console behind its fence; what stands
// there too says how it is run. CONTRIBUTING.md has the words.
package doctest

import (
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// bare are the pages that begin with an empty machine. All others are for
// operators, and begin with an installed one, see sandbox.install.
var bare = regexp.MustCompile(`^(README\.md|CONTRIBUTING\.md|docs/install\.md|deploy/.*)$`)

// known are the languages of blocks that hold no commands.
var known = regexp.MustCompile(`^(text|yaml|json|promql|ini|toml)$`)

// words are what may stand behind the language of a fence.
var words = regexp.MustCompile(`^(by|exit|vary|background|stopped|file)$`)

// TestCommandsRun runs every command of every page, but those of which another
// script is named that runs them.
func TestCommandsRun(t *testing.T) {
	ran := 0
	for _, d := range documents(t) {
		var mine []block
		for _, b := range d.blocks {
			if b.has("file") || b.shell() && !b.has("by") {
				mine = append(mine, b)
			}
		}
		ran += len(mine)
		if len(mine) == 0 {
			continue
		}
		t.Run(d.path, func(t *testing.T) {
			t.Parallel()
			s := newSandbox(t)
			if !bare.MatchString(d.path) {
				s.install()
			}
			for _, b := range mine {
				s.block(b)
			}
		})
	}
	if ran < 20 {
		t.Errorf("found %d blocks of commands only: the test looks in the wrong place", ran)
	}
}

// block does what a block says.
func (s *sandbox) block(b block) {
	s.Helper()
	if b.has("stopped") {
		s.stop(s.serve)
		defer s.startServe()
	}
	want := 0
	if text, ok := b.words["exit"]; ok {
		var err error
		want, err = strconv.Atoi(text)
		s.check(err)
	}
	script := withoutMake(b.text)
	switch {
	case b.has("file"):
		s.write(b.words["file"], b.text)
	case b.has("background"):
		s.start(script)
	case b.session():
		s.session(b, want)
	default:
		if out, code := s.run(script); code != want {
			s.Errorf("line %d: exit code %d, want %d\n%s%s", b.line, code, want, b.text, out)
		}
	}
}

// session runs the commands of a console and compares what they print. The exit
// code is that of the last; those before it must end well.
func (s *sandbox) session(b block, want int) {
	s.Helper()
	all := steps(b.text)
	for i, st := range all {
		out, code := s.run(st.command)
		if i == len(all)-1 && code != want || i < len(all)-1 && code != 0 {
			s.Errorf("line %d: exit code %d of %s%s", b.line, code, st.command, out)
		}
		if !matches(st.output, out, b.has("vary")) {
			s.Errorf("line %d: %sprints\n%sand not\n%s", b.line, st.command, out, st.output)
		}
	}
}

// made matches a line that makes a target; make demo is run by this test too.
var made = regexp.MustCompile(`(?m)^(?:\$ )?make ([a-z-]+)\b.*\n?`)

// withoutMake takes the targets out that TestTargetsAreMade knows to be made.
func withoutMake(text string) string {
	return made.ReplaceAllStringFunc(text, func(line string) string {
		if strings.Contains(line, "make demo") {
			return line
		}
		return ""
	})
}

// TestTargetsAreMade: a target that a page makes is made by .ci/run, by itself or
// for another one.
func TestTargetsAreMade(t *testing.T) {
	makefile, ci := read(t, "Makefile"), read(t, ".ci/run")
	reached := map[string]bool{}
	for _, m := range regexp.MustCompile(`\bmake ([a-z-]+)`).FindAllStringSubmatch(ci, -1) {
		reached[m[1]] = true
		rule := regexp.MustCompile(`(?m)^` + m[1] + `:([^#\n]*)`).FindStringSubmatch(makefile)
		if rule == nil {
			t.Fatalf(".ci/run makes %s, which the Makefile does not have", m[1])
		}
		for _, needed := range strings.Fields(rule[1]) {
			reached[needed] = true
		}
	}
	for _, d := range documents(t) {
		for _, b := range d.blocks {
			for _, m := range made.FindAllStringSubmatch(b.text, -1) {
				if b.shell() && !b.has("by") && !reached[m[1]] {
					t.Errorf("%s:%d: .ci/run does not make %s", d.path, b.line, m[1])
				}
			}
		}
	}
}

// TestBlocksAreKnown: no command hides from this test, in code that is indented, in
// a block without a language, or behind a word that means nothing.
func TestBlocksAreKnown(t *testing.T) {
	for _, d := range documents(t) {
		for _, line := range d.indented {
			t.Errorf("%s:%d: code is indented: put it between fences, with a language", d.path, line)
		}
		for _, b := range d.blocks {
			if !b.shell() && !known.MatchString(b.language) {
				t.Errorf("%s:%d: the block's language is %q: say sh, console, text, yaml or json", d.path, b.line, b.language)
			}
			if !b.shell() && regexp.MustCompile(`(?m)^(\$ |(sudo |bin/)?cleaner |systemctl |make )`).MatchString(b.text) {
				t.Errorf("%s:%d: there are commands in a block of %s", d.path, b.line, b.language)
			}
			for word := range b.words {
				if !words.MatchString(word) {
					t.Errorf("%s:%d: %q behind the fence means nothing", d.path, b.line, word)
				}
			}
		}
	}
}

// TestScriptsRunTheRest: the script that a block names can be run, and has every
// line of the block, or reads the page and runs it from there.
func TestScriptsRunTheRest(t *testing.T) {
	for _, d := range documents(t) {
		for _, b := range d.blocks {
			if !b.has("by") {
				continue
			}
			path := filepath.Join(root, b.words["by"])
			info, err := os.Stat(path)
			if err != nil || !info.Mode().IsRegular() {
				t.Errorf("%s:%d: no script %s: %v", d.path, b.line, b.words["by"], err)
				continue
			}
			for _, line := range missing(b.text, read(t, b.words["by"]), filepath.Base(d.path)) {
				t.Errorf("%s:%d: %s does not run %q", d.path, b.line, b.words["by"], line)
			}
		}
	}
}

// missing are the lines of a block that a script does not have. A script that reads
// the page has them all.
func missing(block, script, page string) (lines []string) {
	runs := normal(script)
	if strings.Contains(runs, "/"+page) {
		return nil
	}
	for line := range strings.Lines(normal(block)) {
		if !strings.Contains(runs, strings.TrimSpace(line)) {
			lines = append(lines, strings.TrimSpace(line))
		}
	}
	return lines
}

// comment is one of the shell, at the beginning of a line or behind a space.
var comment = regexp.MustCompile(`(?m)(^|\s)#.*$`)

// normal is a script without prompts, comments, and spaces that do not matter.
func normal(script string) string {
	var b strings.Builder
	script = strings.ReplaceAll(comment.ReplaceAllString(script, ""), "\\\n", " ")
	for line := range strings.Lines(script) {
		line = strings.TrimPrefix(strings.Join(strings.Fields(line), " "), "$ ")
		if line = strings.TrimPrefix(line, "sudo "); line != "" {
			b.WriteString(line + "\n")
		}
	}
	return b.String()
}

func TestMissing(t *testing.T) {
	for _, row := range []struct {
		name, block, script, want string
	}{
		{"there", "sudo apt install x   # first\n", "set -e\n\tapt install x >/dev/null\n", ""},
		{"not there", "systemctl start cleaner\n", "systemctl stop cleaner\n", "systemctl start cleaner"},
		{"in a comment alone", "systemctl start cleaner\n", "# systemctl start cleaner\n", "systemctl start cleaner"},
		{"continued", "helm install \\\n  --wait c\n", "helm install --wait c\n", ""},
		{"read from the page", "anything\n", `. <(lines_of "$here/README.md")`, ""},
		{"the page in a comment", "anything\n", "# as $here/README.md says\n", "anything"},
	} {
		if got := strings.Join(missing(row.block, row.script, "README.md"), "\n"); got != row.want {
			t.Errorf("%s: missing %q, want %q", row.name, got, row.want)
		}
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, path))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
