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
	script := made.ReplaceAllString(b.text, "") // TestTargetsAreMade looks at these
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

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, path))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
