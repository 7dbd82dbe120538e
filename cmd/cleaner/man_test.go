package main

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"cleaner/internal/exitcode"
	"cleaner/internal/prompt"
	"cleaner/internal/rig/man"
)

// manPages writes the pages, as the program that is built with the tag man does, and
// returns what a reader sees of each, packed, by their names.
func manPages(t *testing.T) (folder string, pages map[string]string) {
	t.Helper()
	folder, pages = t.TempDir(), map[string]string{}
	date, err := man.Date("1700000000")
	if err != nil {
		t.Fatal(err)
	}
	root := newRoot(&app{})
	prompt.RefuseUnknown(root)
	if err := man.Of(version, date, envSimSecretKey).Write(folder, root); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(folder, "*.1"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		text, err := exec.CommandContext(t.Context(), "mandoc", "-T", "utf8", "-O", "width=1000", f).Output()
		if err != nil {
			t.Fatal(err)
		}
		plain := regexp.MustCompile(".\b").ReplaceAllString(string(text), "") // bold is printed twice
		pages[strings.TrimSuffix(filepath.Base(f), ".1")] = packed(plain)
	}
	return folder, pages
}

// packed is a text without its lines and gaps: man breaks lines at spaces and hyphens.
func packed(text string) string { return strings.Join(strings.Fields(text), "") }

// eachCommand calls f with all commands that help shows.
func eachCommand(cmd *cobra.Command, f func(*cobra.Command)) {
	f(cmd)
	for _, c := range cmd.Commands() {
		if c.IsAvailableCommand() {
			eachCommand(c, f)
		}
	}
}

// TestManPages: every command has its page, with all that it and its flags say in
// --help, of the date that is asked for, and nothing in it surprises man.
func TestManPages(t *testing.T) {
	folder, pages := manPages(t)
	root := newRoot(&app{})
	prompt.RefuseUnknown(root)
	eachCommand(root, func(cmd *cobra.Command) {
		name := strings.ReplaceAll(cmd.CommandPath(), " ", "-")
		page, ok := pages[name]
		if !ok {
			t.Errorf("%s has no page", cmd.CommandPath())
		}
		for _, part := range []string{
			"NAME " + name + " - " + cmd.Short + "SYNOPSIS", "DESCRIPTION" + cmd.Long, " 2023-11-14 ", "EXIT STATUS", "SEE ALSO",
		} {
			if !strings.Contains(page, packed(part)) {
				t.Errorf("%s: no %q in\n%s", cmd.CommandPath(), part, page)
			}
		}
		cmd.InitDefaultHelpFlag() // as cobra does when it runs
		cmd.InitDefaultVersionFlag()
		cmd.Flags().VisitAll(func(f *pflag.Flag) {
			if _, says := pflag.UnquoteUsage(f); !regexp.MustCompile(`--` + f.Name + `[[=]\S*` + regexp.QuoteMeta(packed(says))).MatchString(page) {
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
	testFirstPage(t, pages["cleaner"])
}

// testFirstPage looks for what is on the page of the program alone: exit codes, all
// variables that the code names, and files.
func testFirstPage(t *testing.T, page string) {
	t.Helper()
	_, status, _ := strings.Cut(page, "EXITSTATUS")
	status, variables, _ := strings.Cut(status, "ENVIRONMENT")
	variables, files, _ := strings.Cut(variables, "FILES")
	for _, r := range exitcode.Table() {
		if row := packed(strconv.Itoa(r.Code) + r.Meaning); !strings.Contains(status, row) {
			t.Errorf("no %q in EXIT STATUS", row)
		}
	}
	for _, name := range variablesInCode(t) {
		if !strings.Contains(variables, name) {
			t.Errorf("no %s in ENVIRONMENT", name)
		}
	}
	if !strings.Contains(files, "/etc/cleaner/cleaner.yaml") {
		t.Error("no configuration in FILES")
	}
}

// variablesInCode are the environment variables that the product's code names.
func variablesInCode(t *testing.T) (names []string) {
	t.Helper()
	for _, root := range []string{".", "../../internal"} {
		err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			switch {
			case err != nil:
				return err
			case d.IsDir() && d.Name() == "rig":
				return filepath.SkipDir
			case !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go"):
				return nil
			}
			text, err := os.ReadFile(path)
			for _, m := range regexp.MustCompile(`"((?:CLEANER|CLOUD_SDK|CREDENTIALS)_[A-Z_]+)"`).FindAllSubmatch(text, -1) {
				names = append(names, string(m[1]))
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if len(names) < 5 {
		t.Fatalf("the code names only %q", names)
	}
	return names
}
