package doctest

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// made matches a line that makes a target.
var made = regexp.MustCompile(`(?m)^(?:\$ )?make ([a-z-]+)\b.*\n?`)

// TestTargetsAreMade: a target that a page makes is made by .ci/run, by itself or
// for another one.
func TestTargetsAreMade(t *testing.T) {
	inCI := targets(read(t, ".ci/run"), read(t, "Makefile"))
	if !inCI["test"] {
		t.Errorf(".ci/run does not make test, or this test cannot read it: %v", inCI)
	}
	for _, d := range documents(t) {
		for _, b := range d.blocks {
			for _, m := range made.FindAllStringSubmatch(b.text, -1) {
				if b.shell() && !b.has("by") && !inCI[m[1]] {
					t.Errorf("%s:%d: .ci/run does not make %s", d.path, b.line, m[1])
				}
			}
		}
	}
}

// targets are those that a script makes, and what these need.
func targets(script, makefile string) map[string]bool {
	reached := map[string]bool{}
	for _, m := range regexp.MustCompile(`\bmake((?: [-\w]+)+)`).FindAllStringSubmatch(comment.ReplaceAllString(script, ""), -1) {
		for target := range strings.FieldsSeq(m[1]) {
			rule := regexp.MustCompile(`(?m)^` + target + `:([^#\n]*)`).FindStringSubmatch(makefile)
			if rule == nil {
				continue // an option, or another's
			}
			for needed := range strings.FieldsSeq(target + " " + rule[1]) {
				reached[needed] = true
			}
		}
	}
	return reached
}

// TestScriptsRunTheRest: the script that a block names can be run, and has every
// line of the block, or reads the page and runs it from there.
func TestScriptsRunTheRest(t *testing.T) {
	found := 0
	for _, d := range documents(t) {
		for _, b := range d.blocks {
			if !b.has("by") {
				continue
			}
			found++
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
	if found == 0 {
		t.Error("found no block that a script runs: the test looks in the wrong place")
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
