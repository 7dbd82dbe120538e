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

// TestDocsTellExitCodes: docs/operate.md tells them as the manual does, word for word.
func TestDocsTellExitCodes(t *testing.T) {
	page, err := os.ReadFile("../../docs/operate.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range exitMeanings {
		if row := "\n| " + m.name + " | " + m.says + " |"; !strings.Contains(string(page), row) {
			t.Errorf("no row %s", row)
		}
	}
}
