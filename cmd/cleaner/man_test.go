package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// manPages has the program write its pages, and returns them by name.
func manPages(t *testing.T) (folder string, pages map[string]string) {
	t.Helper()
	folder, pages = t.TempDir(), map[string]string{}
	env := map[string]string{"SOURCE_DATE_EPOCH": "1700000000"}
	if code := run(t.Context(), []string{"man", folder}, func(k string) string { return env[k] }, nil, os.Stderr, os.Stderr); code != exitOK {
		t.Fatalf("exit code %d", code)
	}
	files, err := filepath.Glob(filepath.Join(folder, "*.1"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		pages[strings.TrimSuffix(filepath.Base(f), ".1")] = strings.NewReplacer(`\-`, "-", `\e`, `\`).Replace(string(text))
	}
	return folder, pages
}

// eachCommand calls f with all commands that help shows.
func eachCommand(cmd *cobra.Command, f func(*cobra.Command)) {
	f(cmd)
	for _, c := range cmd.Commands() {
		if c.IsAvailableCommand() {
			eachCommand(c, f)
		}
	}
}

// TestManPages: every command has its page, with every flag and what --help says of
// it, of the date that is asked for, and nothing in it surprises man.
func TestManPages(t *testing.T) {
	folder, pages := manPages(t)
	eachCommand(newRoot(&app{}), func(cmd *cobra.Command) {
		page, ok := pages[pageName(cmd)]
		if !ok {
			t.Errorf("%s has no page", cmd.CommandPath())
		}
		for _, part := range []string{cmd.Short, " 1 2023-11-14 ", ".SH SYNOPSIS\n", ".SH EXIT STATUS\n", ".SH SEE ALSO\n"} {
			if !strings.Contains(page, part) {
				t.Errorf("%s: no %q", cmd.CommandPath(), part)
			}
		}
		cmd.Flags().VisitAll(func(f *pflag.Flag) {
			if _, says := pflag.UnquoteUsage(f); !regexp.MustCompile(`\n\.B (-., )?--` + f.Name + `( .*)?\n` + regexp.QuoteMeta(says)).MatchString(page) {
				t.Errorf("%s: no --%s", cmd.CommandPath(), f.Name)
			}
		})
	})
	if len(pages) < 20 {
		t.Errorf("%d pages only", len(pages))
	}
	files, err := filepath.Glob(filepath.Join(folder, "*.1"))
	if err != nil {
		t.Fatal(err)
	}
	if out, err := exec.CommandContext(t.Context(), "mandoc", append([]string{"-T", "lint", "-W", "warning"}, files...)...).CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("mandoc: %v\n%s", err, out)
	}
}

// documents are what is written for people, by path.
func documents(t *testing.T) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, pattern := range []string{"*.md", "docs/*.md", "docs/*/*.md", "deploy/*/*.md", "deploy/*/*.service", "deploy/*/cleaner.yaml", "configs/*.yaml"} {
		paths, err := filepath.Glob(filepath.Join("../..", pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range paths {
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			all[path] = string(text)
		}
	}
	return all
}

// TestDocsNameCommandsAndFlags: what is written of a command exists.
func TestDocsNameCommandsAndFlags(t *testing.T) {
	call := regexp.MustCompile("(?:^|[\\s/`(=])cleaner((?: [a-z]+)+)([^`\n|]*)")
	flag := regexp.MustCompile(`(?:^|\s)--([a-z][a-z-]*)`)
	found := 0
	for path, text := range documents(t) {
		for _, m := range call.FindAllStringSubmatch(text, -1) {
			cmd, rest, err := newRoot(&app{}).Find(strings.Fields(m[1]))
			if err != nil || !cmd.HasParent() {
				continue // the name in a sentence
			}
			for _, f := range flag.FindAllStringSubmatch(strings.Join(rest, " ")+m[2], -1) {
				found++
				cmd.InitDefaultHelpFlag()
				if cmd.Flags().Lookup(f[1]) == nil {
					t.Errorf("%s: %s has no --%s", path, cmd.CommandPath(), f[1])
				}
			}
		}
	}
	if found < 10 {
		t.Errorf("%d flags found only", found)
	}
}

// TestDocsTellExitCodes: as the manual does, word for word.
func TestDocsTellExitCodes(t *testing.T) {
	all := ""
	for _, text := range documents(t) {
		all += text
	}
	for _, m := range exitMeanings {
		if row := "| " + m.name + " | " + m.says + " |"; !strings.Contains(all, row) {
			t.Errorf("no document has the row %s", row)
		}
	}
}
