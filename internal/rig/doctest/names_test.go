package doctest

import (
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"cleaner/internal/config"
)

// TestCommandsAreNamedRight: a command, or a flag of it, that stands in the running
// text is one that there is.
func TestCommandsAreNamedRight(t *testing.T) {
	binary := filepath.Join(programs, "cleaner")
	helps := map[string]string{}
	help := func(words ...string) string {
		key := strings.Join(words, " ")
		if _, known := helps[key]; !known {
			out, err := exec.CommandContext(t.Context(), binary, append(slices.Clone(words), "--help")...).CombinedOutput()
			if err != nil {
				t.Fatalf("%s: %v\n%s", key, err, out)
			}
			helps[key] = string(out)
		}
		return helps[key]
	}
	named := 0
	for _, d := range documents(t) {
		for _, s := range d.spans {
			if rest, ok := strings.CutPrefix(strings.TrimPrefix(s.text, "bin/"), "cleaner "); ok {
				named++
				if fault := misnamed(strings.Fields(rest), help); fault != "" {
					t.Errorf("%s:%d: `%s`: %s", d.path, s.line, s.text, fault)
				}
			}
		}
	}
	if named < 10 {
		t.Errorf("only %d commands are named", named)
	}
}

var flagName = regexp.MustCompile(`^--[a-z-]+`)

// misnamed says what is wrong with the words behind cleaner; empty is nothing.
func misnamed(args []string, help func(...string) string) string {
	var command []string
	for _, arg := range args {
		if !regexp.MustCompile(`(?m)^  ` + regexp.QuoteMeta(arg) + ` `).MatchString(help(command...)) {
			break
		}
		command = append(command, arg)
	}
	if len(command) == 0 {
		return "there is no such command"
	}
	for _, arg := range args[len(command):] {
		if flag := flagName.FindString(arg); flag != "" && !strings.Contains(help(command...), flag+" ") {
			return "there is no flag " + flag
		}
	}
	return ""
}

// TestKeysAreNamedRight: a key of the configuration that stands in the running text
// is one that there is.
func TestKeysAreNamedRight(t *testing.T) {
	paths := config.Paths()
	key := regexp.MustCompile(`^([a-z]+)(\.[a-z0-9_]+)+`)
	named := 0
	for _, d := range documents(t) {
		if d.path == "deploy/k8s/chart/README.md" {
			continue // it names values, which deploy/k8s holds against the chart
		}
		for _, s := range d.spans {
			m := key.FindStringSubmatch(s.text)
			if m == nil || !slices.Contains(paths, m[1]) || path.Ext(s.text) == ".db" {
				continue
			}
			named++
			if !slices.Contains(paths, m[0]) && !fileName.MatchString(m[0]) {
				t.Errorf("%s:%d: there is no key %s", d.path, s.line, m[0])
			}
		}
	}
	if named < 10 {
		t.Errorf("only %d keys are named", named)
	}
}

// TestIndexIsWhole: docs/README.md leads to every page beside it, and to one at
// least in every folder.
func TestIndexIsWhole(t *testing.T) {
	named := map[string]bool{"README.md": true}
	for _, d := range documents(t) {
		for _, l := range d.links {
			if d.path == "docs/README.md" {
				named[l.text], named[path.Dir(l.text)] = true, true
			}
		}
	}
	entries, err := os.ReadDir(filepath.Join(root, "docs"))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if page := e.IsDir() || path.Ext(e.Name()) == ".md"; page && !named[e.Name()] {
			t.Errorf("docs/README.md does not lead to %s", e.Name())
		}
	}
}

// TestMetricsAreNamedRight: a metric that stands in the running text is one that
// the program has.
func TestMetricsAreNamedRight(t *testing.T) {
	shown := read(t, "internal/metrics/testdata/full.prom")
	metric := regexp.MustCompile(`^cleaner_[a-z_]+`)
	named := 0
	for _, d := range documents(t) {
		for _, s := range d.spans {
			name := metric.FindString(s.text)
			if name == "" {
				continue
			}
			named++
			if !strings.Contains(shown, "# TYPE "+name+" ") {
				t.Errorf("%s:%d: there is no metric %s", d.path, s.line, name)
			}
		}
	}
	if named < 5 {
		t.Errorf("only %d metrics are named", named)
	}
}

// fileName matches names of files that look like keys.
var fileName = regexp.MustCompile(`\.(db|json|jsonl|yaml|txt|go|md)$`)

// TestLinksLead: a link to another page, or to a place in one, leads there.
func TestLinksLead(t *testing.T) {
	all := documents(t)
	anchors := map[string][]string{}
	for _, d := range all {
		anchors[d.path] = d.anchors
	}
	for _, d := range all {
		for _, l := range d.links {
			if strings.Contains(l.text, "://") {
				continue // another's page: nobody is asked
			}
			target, anchor, _ := strings.Cut(l.text, "#")
			to := d.path
			if target != "" {
				to = path.Join(path.Dir(d.path), target)
			}
			if _, err := os.Stat(filepath.Join(root, to)); err != nil {
				t.Errorf("%s:%d: the link to %s leads nowhere", d.path, l.line, l.text)
			} else if anchor != "" && !slices.Contains(anchors[to], anchor) {
				t.Errorf("%s:%d: %s has no heading #%s; it has %v", d.path, l.line, to, anchor, anchors[to])
			}
		}
	}
}
